"""Rows of the notebook tables to records and back: the SQL that the store's methods share."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from purpose_agent.notebooks.model import Cell, CellSettings, Document, Notebook, NotebookSettings, TeamChoice

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NOTEBOOK_COLUMNS = "notebook_id, title, team, settings, epoch_us(created_at), epoch_us(updated_at)"
CELL_COLUMNS = "cell_id, kind, source, settings, run_count, last_run_id"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def notebook_of(row: tuple[Any, ...]) -> Notebook:
    notebook_id, title, team, settings, created, updated = row
    return Notebook(
        notebook_id=notebook_id,
        title=title,
        team=msgspec.json.decode(team, type=TeamChoice),
        settings=msgspec.json.decode(settings, type=NotebookSettings),
        created_at=_EPOCH + timedelta(microseconds=created),
        updated_at=_EPOCH + timedelta(microseconds=updated),
    )


def cell_of(row: tuple[Any, ...]) -> Cell:
    cell_id, kind, source, settings, run_count, last_run_id = row
    return Cell(
        cell_id=cell_id,
        kind=kind,
        source=source,
        settings=msgspec.json.decode(settings, type=CellSettings),
        run_count=run_count,
        last_run_id=last_run_id or "",
    )


def insert_notebook(con: "DuckDBPyConnection", notebook: Notebook, position: float) -> None:
    con.execute(
        "INSERT INTO notebooks (notebook_id, title, team, settings, created_at, updated_at, position) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            notebook.notebook_id,
            notebook.title,
            as_json(notebook.team),
            as_json(notebook.settings),
            stamp(notebook.created_at),
            stamp(notebook.updated_at),
            position,
        ],
    )


def insert_cell(con: "DuckDBPyConnection", notebook_id: str, cell: Cell, position: float, at: datetime) -> None:
    con.execute(
        "INSERT INTO cells (cell_id, notebook_id, position, kind, source, settings, run_count, last_run_id, "
        "created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            cell.cell_id,
            notebook_id,
            position,
            cell.kind,
            cell.source,
            as_json(cell.settings),
            cell.run_count,
            cell.last_run_id,
            stamp(at),
            stamp(at),
        ],
    )


def place_after(con: "DuckDBPyConnection", notebook_id: str, after: str) -> float:
    """Halfway between a cell and the next one; at the end when `after` is "" or gone."""
    order = con.execute(
        "SELECT cell_id, position FROM cells WHERE notebook_id = ? ORDER BY position, created_at", [notebook_id]
    ).fetchall()
    ids = [row[0] for row in order]
    here = ids.index(after) if after in ids else len(ids) - 1
    if here == len(ids) - 1:
        return float(order[here][1]) + 1 if order else 1.0
    low, high = float(order[here][1]), float(order[here + 1][1])
    middle = (low + high) / 2
    if low < middle < high:
        return middle
    for position, cell_id in enumerate(ids, start=1):  # after some 50 halvings there is no number left between
        con.execute("UPDATE cells SET position = ? WHERE cell_id = ?", [float(position), cell_id])
    return here + 1.5


def one(con: "DuckDBPyConnection", query: str, params: Sequence[Any] = ()) -> Any:
    """The single value of a query that always has one row."""
    row = con.execute(query, list(params)).fetchone()
    return row[0] if row else None


def stamp(at: datetime) -> datetime:
    """The tables hold UTC without a zone; a moment with one would be shifted to the session's."""
    return at.astimezone(UTC).replace(tzinfo=None)


def as_json(record: msgspec.Struct) -> str:
    return msgspec.json.encode(record).decode()


def with_new_ids(document: Document, taken: set[str], make_id: Callable[[], str]) -> Document:
    """The same document with a fresh id wherever its own is taken already."""

    def fresh(given: str) -> str:
        return make_id() if not given or given in taken else given

    notebook = msgspec.structs.replace(document.notebook, notebook_id=fresh(document.notebook.notebook_id))
    cells = tuple(msgspec.structs.replace(cell, cell_id=fresh(cell.cell_id)) for cell in document.cells)
    return Document(notebook=notebook, cells=cells)


def unrun(cell: Cell) -> Cell:
    """The cell as if it had never been run."""
    settings = msgspec.structs.replace(cell.settings, output=None)
    return msgspec.structs.replace(cell, run_count=0, last_run_id="", settings=settings)
