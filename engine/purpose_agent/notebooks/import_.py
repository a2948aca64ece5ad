"""A notebook from a `.ipynb` file: one of ours with nothing lost, or anybody's as well as it can be told.

In one of ours, a cell whose text was edited in Jupyter keeps the edit. A foreign notebook becomes notes: its Markdown
as it stands, its code in fences with what it printed. A file that is no notebook gives a sentence; nothing is stored.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from purpose_agent.notebooks import words
from purpose_agent.notebooks.answers import quoted, read_answer
from purpose_agent.notebooks.errors import NotebookUnreadable
from purpose_agent.notebooks.export import FORMAT, OURS, answer_text, cell_text, jupyter
from purpose_agent.notebooks.model import (
    MAX_SOURCE_CHARS,
    Cell,
    Document,
    NewId,
    Notebook,
    TeamChoice,
    new_id,
    title_from,
)

MAX_BYTES = 50_000_000
MAX_CELLS = 2_000
_MAX_OUTPUT_CHARS = 4_000
_LABEL = re.compile(r"\A\*\*(?P<kind>Task|Question|Lesson)(?: \[\d+\])?\*\*\n\n")
_CHECKS = re.compile(r"\n\n(?P<fence>`{3,})python\n.*\n(?P=fence)\s*\Z", re.DOTALL)


def read_ipynb(content: bytes | str, *, name: str = "The file", make_id: NewId = new_id) -> Document:
    """The document in a `.ipynb` file. Raises NotebookUnreadable with what is wrong and what to do."""
    raw = _parse(content, name)
    ours = _section(raw.metadata, "notebook")
    notebook = _our_notebook(_mapping(raw.metadata), name) if ours else None
    cells: list[Cell] = []
    for entry in raw.cells[: MAX_CELLS + 1]:
        cells.extend(_read_cell(entry, cells, make_id))
    if len(cells) > MAX_CELLS:
        raise NotebookUnreadable(f"{name} has more than {MAX_CELLS:,} cells.", "Split it into smaller notebooks.")
    if notebook is None:
        cells = [cell for cell in cells if cell.source.strip()]
        notebook = _foreign_notebook(cells, name, make_id)
    return Document(notebook=notebook, cells=_with_unique_ids(cells, make_id))


def _parse(content: bytes | str, name: str) -> Any:
    nbformat = jupyter()
    fix = "Export it again, or open it in Jupyter and save it as a notebook (.ipynb)."
    if len(content) > MAX_BYTES:
        raise NotebookUnreadable(
            f"{name} is larger than {MAX_BYTES // 1_000_000} MB.", "Clear its outputs and save it."
        )
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        looked_at = json.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise NotebookUnreadable(f"{name} is not a notebook, or it was cut off.", fix, details=str(error)) from error
    if not isinstance(looked_at, dict) or not ({"cells", "worksheets"} & looked_at.keys()):
        raise NotebookUnreadable(f"{name} has no notebook cells in it.", fix)
    try:
        notebook = nbformat.reads(text, as_version=4)
        _, notebook = nbformat.validator.normalize(notebook, version=4, version_minor=5)
        nbformat.validate(notebook)
    except (
        nbformat.ValidationError,
        nbformat.reader.NotJSONError,
        KeyError,
        AttributeError,
        TypeError,
        ValueError,
    ) as error:
        raise NotebookUnreadable(
            f"{name} is damaged: its cells do not follow the notebook format.", fix, details=str(error)
        ) from error
    return notebook


def _read_cell(entry: Any, before: list[Cell], make_id: NewId) -> list[Cell]:
    mark = _mapping(entry.get("metadata"))
    source = str(entry.get("source", ""))[:MAX_SOURCE_CHARS]
    if _section(mark, "head"):
        return []
    if answered := _section(mark, "answer_of"):
        return _edited_answer(source, str(answered), before, make_id)
    if kept := _section(mark, "cell"):
        return [_our_cell(kept, source, make_id)]
    return [Cell(cell_id=make_id(), kind="note", source=_foreign_source(entry, source))]


def _our_cell(kept: Any, source: str, make_id: NewId) -> Cell:
    """The record in the metadata, with the source from the page when somebody edited it there."""
    try:
        cell = msgspec.convert(kept, Cell)
    except (msgspec.ValidationError, ValueError):
        return _labelled_cell(source, make_id)
    if source == cell_text(cell):
        return cell
    text = _LABEL.sub("", source, count=1) if cell.kind != "note" else source
    return msgspec.structs.replace(cell, source=_CHECKS.sub("", text) if cell.settings.checks else text)


def _labelled_cell(source: str, make_id: NewId) -> Cell:
    """A cell whose record was damaged: its label still tells what it is."""
    label = _LABEL.match(source)
    kinds = {word: kind for kind, word in words.KIND.items()}
    kind = kinds[label["kind"]] if label else "note"
    return Cell(cell_id=make_id(), kind=kind, source=_LABEL.sub("", source, count=1))


def _edited_answer(source: str, cell_id: str, before: list[Cell], make_id: NewId) -> list[Cell]:
    """An answer is in its cell's record already; one that was edited in Jupyter is kept as a note."""
    output = next((cell.settings.output for cell in before if cell.cell_id == cell_id), None)
    if output is not None and source in (read_answer(output.answer).body, answer_text(output)):
        return []
    return [Cell(cell_id=make_id(), kind="note", source=source)] if source.strip() else []


def _our_notebook(metadata: dict[str, Any], name: str) -> Notebook | None:
    ours = metadata[OURS]
    if ours.get("format", 0) > FORMAT:
        raise NotebookUnreadable(f"{name} was made by a newer version.", "Update Purpose Agent, then import it again.")
    try:
        return msgspec.convert(ours["notebook"], Notebook)
    except (msgspec.ValidationError, ValueError):
        return None  # the cells still tell all they know; the notebook gets a title from them


def _foreign_notebook(cells: list[Cell], name: str, make_id: NewId) -> Notebook:
    heading = next((m[1] for cell in cells if (m := re.search(r"^#+\s+(.+)$", cell.source, re.MULTILINE))), "")
    title = title_from(heading.strip() or name.removesuffix(".ipynb"))
    at = datetime.now(UTC)
    return Notebook(notebook_id=make_id(), title=title, team=TeamChoice(purpose=title), created_at=at, updated_at=at)


def _foreign_source(entry: Any, source: str) -> str:
    if entry.get("cell_type") == "markdown" or not source.strip():
        return source
    language = "python" if entry.get("cell_type") == "code" else ""
    printed = "".join(_printed(output) for output in entry.get("outputs", ()))[:_MAX_OUTPUT_CHARS].rstrip()
    return quoted(source, language) + (f"\n\n{quoted(printed)}" if printed else "")


def _printed(output: Any) -> str:
    text = output.get("text") or _mapping(output.get("data")).get("text/plain") or ""
    return text if isinstance(text, str) else "".join(map(str, text))


def _with_unique_ids(cells: list[Cell], make_id: Callable[[], str]) -> tuple[Cell, ...]:
    seen: set[str] = set()
    unique = []
    for cell in cells:
        fresh = cell.cell_id and cell.cell_id not in seen
        unique.append(cell if fresh else msgspec.structs.replace(cell, cell_id=make_id()))
        seen.add(unique[-1].cell_id)
    return tuple(unique)


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _section(metadata: Any, name: str) -> Any:
    return _mapping(_mapping(metadata).get(OURS)).get(name)
