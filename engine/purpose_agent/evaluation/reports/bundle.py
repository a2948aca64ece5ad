"""A study as one archive: the page, its pictures, the data as CSV and Parquet, and the script that checks it all."""

import tempfile
import zipfile
from pathlib import Path

from purpose_agent.evaluation.reports.figures import pictures, png, svg
from purpose_agent.evaluation.reports.page import page
from purpose_agent.evaluation.studies.exporting import new_folder, snapshot, write_data
from purpose_agent.evaluation.studies.folder import StudyFolder

REPORT, FIGURES = "report.html", "figures"
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a zip; the same study gives the same archive


def report(folder: StudyFolder, *, is_whole: bool) -> str:
    """The page. Raises StudyError when the study cannot be read."""
    now = snapshot(folder)
    return page(now.plan, now.found, is_whole=is_whole)


def write_all(folder: StudyFolder, into: Path, *, is_whole: bool) -> list[Path]:
    """Everything or nothing, into a new folder. Raises StudyError when it holds something already."""
    now = snapshot(folder)
    with new_folder(into) as place:
        written = write_data(now, place)
        (place / REPORT).write_text(page(now.plan, now.found, is_whole=is_whole), encoding="utf-8")
        (place / FIGURES).mkdir()
        drawn = []
        for picture in pictures(now.plan, now.found):
            drawn += [place / FIGURES / f"{picture.name}.{form}" for form in ("svg", "png")]
            drawn[-2].write_text(svg(picture), encoding="utf-8")
            drawn[-1].write_bytes(png(picture))
    return [into / path.relative_to(place) for path in (place / REPORT, *drawn, *written)]


def bundle(folder: StudyFolder, *, is_whole: bool) -> bytes:
    """The same as a zip."""
    with tempfile.TemporaryDirectory() as place:
        into = Path(place) / "study"
        archive = Path(place) / "study.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            for path in write_all(folder, into, is_whole=is_whole):
                name = path.relative_to(into.parent).as_posix()
                entry = zipfile.ZipInfo(name, _EARLIEST)
                entry.compress_type = zipfile.ZIP_DEFLATED
                zipped.writestr(entry, path.read_bytes())
        return archive.read_bytes()
