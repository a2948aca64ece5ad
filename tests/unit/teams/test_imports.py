"""Runs brought from elsewhere are a study to look at: figures as anybody works them out, and nothing is learned."""

import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from lxml import html
from scipy import stats

from purpose_agent.evaluation.studies.folder import StudyFolder
from purpose_agent.evaluation.studies.importing import as_study
from purpose_agent.evaluation.studies.plan import StudyError
from purpose_agent.evaluation.suites import load_suite
from purpose_agent.evaluation.trajectory_formats.records import Log, LogError, LoggedRun
from purpose_agent.storage.terms import Terms
from purpose_agent.teams.imports import TEAM
from purpose_agent.teams.service import Engine, engine_for

DATA = Path(__file__).resolve().parents[2] / "data"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
"""Beside the project, where the whole files lie on some machines."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = engine_for(tmp_path / "home")
    yield engine
    engine.close()


def files(excerpt: str, whole: str) -> list[Path]:
    return [path for path in (DATA / excerpt, SHARED / whole) if path.exists()]


def table(rows: list[tuple[bool, bool]]) -> tuple[int, int]:
    """Pairs in which only the tested arm, and only the control is right."""
    return sum(a and not b for a, b in rows), sum(b and not a for a, b in rows)


@pytest.mark.parametrize("path", files("trials_excerpt.jsonl", "reflections_dev.jsonl"), ids=lambda path: path.name)
def test_trials_with_lessons_against_a_control_agree_with_a_computation_by_hand(engine: Engine, path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    trials = min(len(row["success_control"]) for row in rows)
    found = engine.studies.findings(engine.imports.take_in_file(path).plan.study_id)
    headline = found.headline
    assert (headline.part, headline.tested, headline.control) == ("retry", "lessons", "none")

    shares = np.array(
        [[np.mean(row[name][1:trials]) for name in ("success_with_lessons", "success_control")] for row in rows]
    )
    gains = shares[:, 0] - shares[:, 1]
    verdict = headline.verdict
    assert (verdict.tasks, verdict.runs) == (len(rows), 2 * len(rows) * (trials - 1))
    assert verdict.estimate == pytest.approx(gains.mean())
    assert verdict.low is not None
    assert verdict.high is not None
    drawn = stats.bootstrap((gains,), np.mean, n_resamples=4_000, random_state=1, method="basic").confidence_interval
    assert (verdict.low, verdict.high) == pytest.approx((drawn.low, drawn.high), abs=0.04)
    signs = np.sign(gains)
    flips = stats.binomtest(int((signs > 0).sum()), int((signs != 0).sum())).pvalue if signs.any() else 1.0
    assert (verdict.word == "better") == (gains.mean() > 0 and flips < 0.05)

    for arm, name in (("lessons", "success_with_lessons"), ("none", "success_control")):
        last = found.curve(arm, "retry")[-1].solved
        right = sum(sum(row[name][1:trials]) for row in rows)
        assert last is not None
        n = len(rows) * (trials - 1)
        low, high = stats.binomtest(right, n).proportion_ci(method="wilson")
        assert last == pytest.approx((right / n, low, high))
    first = next(one for one in found.comparisons if (one.part, one.scale) == ("transfer", "solved"))
    only = table([(bool(row["success_with_lessons"][0]), bool(row["success_control"][0])) for row in rows])
    assert first.verdict.estimate == pytest.approx((only[0] - only[1]) / len(rows))


@pytest.mark.parametrize(
    "path", files("answer_steps_excerpt.jsonl", "trajectories_dev.jsonl"), ids=lambda path: path.name
)
def test_answers_made_better_agree_with_mcnemars_test_by_hand(engine: Engine, path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    found = engine.studies.findings(engine.imports.take_in_file(path).plan.study_id)
    ends = [(bool(row["steps"][-1]["truly_correct"]), bool(row["steps"][0]["truly_correct"])) for row in rows]
    only_last, only_first = table(ends)
    verdict = found.headline.verdict
    assert verdict.estimate == pytest.approx((only_last - only_first) / len(rows))
    p = stats.binomtest(only_last, only_last + only_first).pvalue if only_last + only_first else 1.0
    assert (verdict.word == "better") == (only_last > only_first and p < 0.05)
    shares = {name: found.curve(name, "transfer")[-1].solved for name in ("first answer", "last answer")}
    for place, name in enumerate(("last answer", "first answer")):
        right = sum(end[place] for end in ends)
        low, high = stats.binomtest(right, len(rows)).proportion_ci(method="wilson")
        assert shares[name] == pytest.approx((right / len(rows), low, high))


def test_what_is_brought_is_looked_at_and_neither_done_nor_learned_from(engine: Engine) -> None:
    before = engine.memory.ledger.verify()
    brought = engine.imports.take_in_file(DATA / "answer_steps_excerpt.jsonl")
    study_id = brought.plan.study_id
    store = engine.workspace.trajectories()
    store.settle()
    (counted,) = store.sql(
        "SELECT count(*) AS runs, sum(steps) AS steps, min(team) AS team, min(mode) AS mode FROM runs"
    )
    assert counted == {"runs": brought.runs, "steps": brought.steps, "team": TEAM, "mode": "eval"}
    assert store.count() == 0  # none of them is among the person's own
    assert engine.learning.findings().runs == 0
    assert engine.learning.findings().learning.runs == 0
    assert engine.memory.ledger.verify() == before
    with pytest.raises(StudyError, match="done elsewhere"):
        engine.studies.submit(brought.plan)
    outcome = next(o for o in engine.studies.outcomes(study_id) if o.arm == "last answer")
    steps = store.steps(outcome.run_id)
    assert len(steps) == outcome.steps
    assert steps[0].action.answer


def test_the_same_file_is_there_once(engine: Engine) -> None:
    path = DATA / "answer_steps_excerpt.jsonl"
    first, again = engine.imports.take_in_file(path), engine.imports.take_in(path.read_bytes(), "other name.jsonl")
    assert not first.was_there
    assert again.was_there
    assert "brought before" in str(again)
    assert [plan.study_id for plan in engine.studies.list()] == [first.plan.study_id]
    engine.workspace.trajectories().settle()
    assert engine.workspace.trajectories().sql("SELECT count(*) AS n FROM runs") == [{"n": first.runs}]


def test_a_log_without_a_control_says_so_everywhere(engine: Engine, tmp_path: Path) -> None:
    raw = b"\n".join(json.dumps({"task_id": f"t{n}", "right": n % 2 == 0}).encode() for n in range(20))
    brought = engine.imports.take_in(raw, "one arm.jsonl")
    study_id = brought.plan.study_id
    found = engine.studies.findings(study_id)
    assert not found.has_control
    with pytest.raises(StudyError, match="no control"):
        _ = found.headline
    assert "no control" in str(brought)
    assert "no control" in engine.studies.report(study_id)
    assert len(engine.studies.export(study_id, tmp_path / "out")) >= 6
    last = found.curve("none", "transfer")[-1]
    assert last.solved is not None
    assert last.solved.estimate == 0.5


def test_a_broken_log_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(LogError):
        engine.imports.take_in(b'{"task_id": "a", "right": true}\n{"task_id": "b", "tokens": -4}', "runs.jsonl")
    assert engine.studies.list() == []
    engine.workspace.trajectories().settle()
    assert engine.workspace.trajectories().sql("SELECT count(*) AS n FROM runs") == [{"n": 0}]


def test_words_of_a_person_in_a_log_can_be_erased(engine: Engine) -> None:
    raw = b'{"task_id": "a", "right": true, "text": "To Jane Roe-Smith", "log": [{"action": "Dear Jane Roe-Smith"}]}'
    engine.imports.take_in(raw, "runs.jsonl")
    report = engine.erase(engine.plan_erasure(("Jane Roe-Smith",)))
    assert report.is_proven
    assert engine.studies.list() == []
    assert not any(map(Terms(("Jane Roe-Smith",)).stand_in_file, _files(engine.workspace.home)))


def _files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and path.suffix == ".json"]


def test_arms_of_another_name_are_called_as_in_the_log(engine: Engine) -> None:
    rows = [
        {"task_id": f"t{n}", "arm": arm, "right": arm == "new prompt"}
        for n, arm in itertools.product(range(12), ("baseline", "new prompt"))
    ]
    found = engine.imports.take_in(b"\n".join(json.dumps(row).encode() for row in rows), "prompts.jsonl")
    headline = engine.studies.findings(found.plan.study_id).headline
    assert (headline.tested, headline.control, headline.verdict.word) == ("new prompt", "baseline", "better")


def test_a_task_done_twice_without_a_number_is_done_in_two_repeats(engine: Engine) -> None:
    raw = b'{"task_id": "a", "right": true}\n' * 2 + b'{"task_id": "a", "right": false}\n'
    study_id = engine.imports.take_in(raw, "runs.jsonl").plan.study_id
    assert [outcome.repeat for outcome in engine.studies.outcomes(study_id)] == [0, 1, 2]
    (point,) = engine.studies.findings(study_id).curve("none", "transfer")
    assert (point.runs, point.right) == (3, (True, True, False))


def test_what_was_done_elsewhere_is_never_said_to_have_been_agreed(engine: Engine) -> None:
    rows = [
        {"task_id": f"t{n}", "arm": arm, "right": arm == "lessons" or n > 7, "tokens": 40 if arm == "lessons" else 100}
        for n in range(12)
        for arm in ("none", "lessons")
    ]
    raw = b"\n".join(json.dumps(row).encode() for row in rows[:-1])  # the last task was done in one arm only
    study_id = engine.imports.take_in(raw, "runs.jsonl").plan.study_id
    told = " ".join(html.fromstring(engine.studies.report(study_id)).text_content().split())
    assert "was not agreed before" in told
    assert "The work got less: on the tasks that decide, approved lessons took 40 % of the tokens" in told
    assert "what writing them took not counted" in told
    for claim in (
        "paid for themselves",
        "took included",
        "agreed before the start",
        "agreed to decide",
        "tasks agreed",
        "as they stood at the start",
        "first seed",
    ):
        assert claim not in told, claim
    assert engine.studies.is_whole(study_id)
    assert "not finished" not in told
    assert engine.studies.findings(study_id).headline.verdict.word == "better"


def test_tasks_that_only_one_arm_has_done_are_not_waited_for(engine: Engine) -> None:
    rows = [
        {"task_id": f"t{n}", "arm": arm, "right": arm == "lessons"} for n in range(10) for arm in ("none", "lessons")
    ]
    rows += [{"task_id": f"more{n}", "arm": "none", "right": False} for n in range(30)]
    raw = b"\n".join(json.dumps(row).encode() for row in rows)
    verdict = engine.studies.findings(engine.imports.take_in(raw, "partly.jsonl").plan.study_id).headline.verdict
    assert (verdict.word, verdict.tasks) == ("better", 10)


SOUND = b'{"task_id": "a", "right": true}\n{"task_id": "a", "right": false, "arm": "lessons"}'


def spoiled(engine: Engine) -> str:
    """The id of a study of which a line of the outcomes cannot be read any more."""
    study_id = engine.imports.take_in(SOUND, "spoiled.jsonl").plan.study_id
    path = engine.studies.folder(study_id).path / "outcomes.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"repeat":0', b'"repeat":true'))
    return study_id


def test_a_log_that_would_spoil_its_study_is_refused_and_no_other_study_notices(engine: Engine) -> None:
    kept = engine.imports.take_in(SOUND, "runs.jsonl").plan
    with pytest.raises(LogError, match="Result 1: the trial is no whole number"):
        engine.imports.take_in(b'[{"task_id": 1, "reward": 1.0, "trial": true}]', "tau.json")
    assert engine.studies.list() == [kept]
    assert engine.studies.unreadable() == []
    assert [path.name for path in (engine.workspace.home / "studies").iterdir()] == [kept.study_id]


def test_what_could_not_be_read_again_is_refused_before_anything_is_written() -> None:
    for odd in (LoggedRun(task_id="a", repeat=True), LoggedRun(task_id="a", seconds=float("inf"))):
        with pytest.raises(LogError, match="cannot be kept as it is"):
            as_study(Log(form="runs", runs=(odd,)), "s1", "odd")


def test_an_import_that_cannot_be_written_leaves_no_half_study(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(StudyFolder, "begin", full)
        with pytest.raises(OSError, match="No space left"):
            engine.imports.take_in(SOUND, "runs.jsonl")
    assert list((engine.workspace.home / "studies").iterdir()) == []
    assert not engine.imports.take_in(SOUND, "runs.jsonl").was_there


def test_a_study_that_cannot_be_read_is_left_out_and_named_and_stops_no_other(engine: Engine) -> None:
    broken = spoiled(engine)
    kept = engine.imports.take_in(SOUND + b"\n", "runs.jsonl").plan
    folder = engine.workspace.home / "studies"
    for name in ("my-copy", "copied"):
        shutil.copytree(folder / kept.study_id, folder / name)
    assert engine.studies.list() == [kept]
    told = dict(engine.studies.unreadable())
    assert told.keys() == {broken, "copied"}
    assert f"Line 1 of the outcomes of study {broken} cannot be read" in told[broken]
    assert kept.study_id in told["copied"]
    plan = engine.studies.plan(load_suite("related_stream"), purpose="Code", model="builtin")
    assert engine.studies.foresee(plan).runs == plan.size
    for study_id in told:
        engine.studies.remove(study_id)
    assert engine.studies.unreadable() == []
    with pytest.raises(StudyError, match="not there any more"):
        engine.studies.remove(broken)


def test_a_study_that_was_spoiled_is_mended_by_bringing_its_log_again(engine: Engine) -> None:
    study_id = spoiled(engine)
    assert engine.studies.list() == []
    again = engine.imports.take_in(SOUND, "spoiled.jsonl")
    assert not again.was_there
    assert engine.studies.list() == [again.plan]
    assert again.plan.study_id == study_id
    assert engine.studies.unreadable() == []


def test_a_study_is_looked_at_again_when_it_changed(engine: Engine) -> None:
    plan = engine.imports.take_in(SOUND, "runs.jsonl").plan
    assert engine.studies.list() == [plan]
    path = engine.studies.folder(plan.study_id).path / "outcomes.jsonl"
    whole = path.read_bytes()
    path.write_bytes(b"(" + whole)
    assert (engine.studies.list(), len(engine.studies.unreadable())) == ([], 1)
    path.write_bytes(whole)
    assert (engine.studies.list(), engine.studies.unreadable()) == ([plan], [])


def test_a_file_whose_name_is_no_text_is_brought_as_well(engine: Engine) -> None:
    brought = engine.imports.take_in(SOUND, "caf\udce9.jsonl")
    assert engine.studies.list() == [brought.plan]
    assert brought.plan.title.startswith("caf")


def test_a_run_with_very_many_steps_says_that_not_all_were_kept(engine: Engine) -> None:
    raw = json.dumps({"task_id": "a", "right": True, "log": [{"action": "x"}] * 2_001}).encode()
    assert engine.imports.take_in(raw, "runs.jsonl").notices == ("Only the first 2,000 steps of 1 runs were kept.",)
