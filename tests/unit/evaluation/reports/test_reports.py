"""A report stands alone: no request, no script, no word of a task that becomes markup, figures that can be checked."""

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
from lxml import html

from purpose_agent.evaluation.reports.bundle import bundle, report, write_all
from purpose_agent.evaluation.reports.figures import pictures, png, svg
from purpose_agent.evaluation.studies.exporting import recomputed
from purpose_agent.evaluation.studies.findings import findings
from purpose_agent.evaluation.studies.folder import StudyFolder
from purpose_agent.evaluation.studies.plan import StudyPlan
from tests.unit.evaluation.studies.test_findings import played
from tests.unit.evaluation.studies.test_plans import plan_of

HOSTILE = "<script>alert(1)</script><img src=https://example.org/x.png> $x^2$ {{ 7 * 7 }}"


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    plan, folder = plan_of(12, 4, repeats=2), StudyFolder(tmp_path, "s1")
    folder.begin(plan)
    folder.add_all(played(plan, helps=5))
    return folder


def titled(plan: StudyPlan, title: str) -> StudyPlan:
    return msgspec.structs.replace(plan, title=title, purpose=title)


def test_the_page_tells_what_the_study_found(folder: StudyFolder) -> None:
    found = findings(folder.plan(), folder.outcomes())
    page = html.fromstring(report(folder, is_whole=True))
    assert page.xpath("string(//p[@class='verdict'])") == found.headline.verdict.sentence
    text = " ".join(page.text_content().split())
    for comparison in found.comparisons:
        if comparison.verdict.tasks:
            assert " ".join(comparison.verdict.sentence.split()) in text
    assert len(page.xpath("//figure[@role='img' and @aria-label]/div/*[name()='svg']")) == 3
    assert page.xpath("//table/thead/tr/th[not(@scope)]") == []
    assert "5 tasks went better, none worse, 7 came out alike (exact sign test: p = 0.062)." in text
    assert "not finished" not in text
    assert "not finished" in report(folder, is_whole=False)


def test_the_page_asks_nothing_of_anybody(folder: StudyFolder) -> None:
    folder.begin(titled(folder.plan(), HOSTILE))
    text = report(folder, is_whole=True)
    page = html.fromstring(text)
    assert page.xpath("//script | //img | //link | //iframe | //object | //@onload | //@src") == []
    assert all(target.startswith("#") for target in page.xpath("//@href | //@*[name()='xlink:href']"))
    assert not re.search(r"url\((?!#)", text)
    assert "default-src 'none'" in text
    assert HOSTILE in page.text_content()
    assert "49" not in page.xpath("string(//h1)")
    names = page.xpath("//@id")
    assert len(names) == len(set(names))


def test_the_same_study_gives_the_same_bytes(folder: StudyFolder) -> None:
    assert report(folder, is_whole=True) == report(folder, is_whole=True)
    assert bundle(folder, is_whole=True) == bundle(folder, is_whole=True)


def test_the_archive_holds_all_and_checks_itself(folder: StudyFolder, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle(folder, is_whole=True))) as archive:
        archive.extractall(tmp_path / "there")
    into = tmp_path / "there" / "study"
    names = {path.relative_to(into).as_posix() for path in into.rglob("*") if path.is_file()}
    assert {"report.html", "plan.json", "outcomes.csv", "outcomes.parquet", "figures.json", "recompute.py"} <= names
    assert {f"figures/{name}.{form}" for name in ("transfer", "harm", "effort") for form in ("svg", "png")} <= names
    done = subprocess.run([sys.executable, "recompute.py"], cwd=into, check=False, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_every_figure_follows_from_the_parquet_alone(folder: StudyFolder, tmp_path: Path) -> None:
    write_all(folder, tmp_path / "out", is_whole=True)
    (tmp_path / "out" / "outcomes.csv").unlink()
    figures, same = recomputed(tmp_path / "out")
    assert same
    assert "comparisons" in figures
    rows = pq.read_table(tmp_path / "out" / "outcomes.parquet")
    assert rows.num_rows == len(folder.outcomes())
    assert str(rows.schema.field("right").type) == "bool"
    (tmp_path / "out" / "outcomes.parquet").unlink()
    assert recomputed(tmp_path / "out") == ("", False)


def test_pictures_are_drawn_for_what_there_is(folder: StudyFolder) -> None:
    plan, outcomes = folder.plan(), folder.outcomes()
    made = pictures(plan, findings(plan, outcomes))
    assert [picture.name for picture in made] == ["transfer", "harm", "effort"]
    for picture in made:
        drawn = svg(picture)
        assert all(f">{name}</text>" in drawn for name in ("lessons", "no memory", "empty memory", "raw episodes"))
        assert "n = " in drawn
        assert png(picture).startswith(b"\x89PNG")
    assert "approved lessons 100 % after 12 tasks" in made[0].told
    assert pictures(plan, findings(plan, [])) == []


def test_a_study_that_has_not_begun_has_a_page_too(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path, "s2")
    folder.begin(plan_of(4))
    assert "Not enough data" in report(folder, is_whole=False)
