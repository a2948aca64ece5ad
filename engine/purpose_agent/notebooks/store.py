"""Notebooks and cells in the workspace's DuckDB.

Every change is one write by the store's writer thread. Deleting marks a row and undo clears the mark, so nothing that a
person wrote is lost by a click. A new cell takes the place halfway between its neighbours, a move numbers them anew.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from purpose_agent.notebooks.errors import NotebookMissing
from purpose_agent.notebooks.model import (
    MAX_SOURCE_CHARS,
    Cell,
    CellKind,
    CellSettings,
    Document,
    NewId,
    Notebook,
    NotebookSettings,
    TeamChoice,
    new_id,
    title_from,
)
from purpose_agent.notebooks.rows import (
    CELL_COLUMNS,
    NOTEBOOK_COLUMNS,
    as_json,
    cell_of,
    insert_cell,
    insert_notebook,
    notebook_of,
    one,
    place_after,
    stamp,
    unrun,
    with_new_ids,
)
from purpose_agent.types import Record

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

T = TypeVar("T")


class Tables(Protocol):
    """What is needed of `storage.trajectories.Trajectories`."""

    def write(self, change: Callable[["DuckDBPyConnection"], T]) -> T: ...

    def cursor(self) -> "DuckDBPyConnection": ...


class CellRun(Record, frozen=True, kw_only=True):
    """The n-th run of a cell; n counts from 1."""

    cell_id: str
    run_id: str
    n: int


class NotebookStore:
    """Reads return records; changes raise NotebookMissing when what they change is not there."""

    def __init__(self, tables: Tables, *, make_id: NewId = new_id, clock: Callable[[], datetime] | None = None) -> None:
        self._tables = tables
        self._new_id = make_id
        self._now = clock or (lambda: datetime.now(UTC))

    # ---- notebooks

    def notebooks(self) -> list[Notebook]:
        """All that are not deleted, in the person's order."""
        rows = self._read(
            f"SELECT {NOTEBOOK_COLUMNS} FROM notebooks WHERE deleted_at IS NULL ORDER BY position, created_at"
        )
        return [notebook_of(row) for row in rows]

    def notebook(self, notebook_id: str) -> Notebook | None:
        query = f"SELECT {NOTEBOOK_COLUMNS} FROM notebooks WHERE notebook_id = ? AND deleted_at IS NULL"
        rows = self._read(query, [notebook_id])
        return notebook_of(rows[0]) if rows else None

    def document(self, notebook_id: str) -> Document:
        notebook = self.notebook(notebook_id)
        if notebook is None:
            raise _missing_notebook()
        return Document(notebook=notebook, cells=tuple(self.cells(notebook_id)))

    def create(self, purpose: str, *, title: str = "", model: str | None = None) -> Notebook:
        at = self._now()
        notebook = Notebook(
            notebook_id=self._new_id(),
            title=title_from(title or purpose),
            team=TeamChoice(purpose=purpose.strip(), model=model),
            created_at=at,
            updated_at=at,
        )
        return self.add(Document(notebook=notebook)).notebook

    def add(self, document: Document) -> Document:
        """Keep a document, under new ids where its own are taken: an import never overwrites."""
        taken = self._taken_ids([document.notebook.notebook_id, *(cell.cell_id for cell in document.cells)])
        document = with_new_ids(document, taken, self._new_id)

        def put(con: "DuckDBPyConnection") -> None:
            last = one(con, "SELECT coalesce(max(position), 0) FROM notebooks")
            insert_notebook(con, document.notebook, float(last) + 1.0)
            for place, cell in enumerate(document.cells, start=1):
                insert_cell(con, document.notebook.notebook_id, cell, float(place), self._now())

        self._tables.write(put)
        return document

    def change(
        self,
        notebook_id: str,
        *,
        title: str | None = None,
        team: TeamChoice | None = None,
        settings: NotebookSettings | None = None,
    ) -> None:
        """Set what is given, keep the rest."""
        fields: dict[str, Any] = {}
        if title is not None:
            fields["title"] = title_from(title)
        if team is not None:
            fields["team"] = as_json(team)
        if settings is not None:
            fields["settings"] = as_json(settings)
        self._update("notebooks", "notebook_id", notebook_id, fields)

    def duplicate(self, notebook_id: str) -> Notebook:
        """A copy with the same cells and settings, as if nothing in it had been run."""
        document = self.document(notebook_id)
        at = self._now()
        copy = msgspec.structs.replace(
            document.notebook, title=f"{document.notebook.title} (copy)", created_at=at, updated_at=at
        )
        cells = tuple(unrun(cell) for cell in document.cells)
        return self.add(Document(notebook=copy, cells=cells)).notebook

    def move(self, notebook_id: str, by: int) -> None:
        """One place up (-1) or down (+1) among the notebooks; at the end nothing happens."""
        self._move("notebooks", "notebook_id", notebook_id, by, "deleted_at IS NULL", [])

    def delete(self, notebook_id: str) -> None:
        self._update("notebooks", "notebook_id", notebook_id, {"deleted_at": stamp(self._now())})

    def restore(self, notebook_id: str) -> None:
        """Undo of `delete`."""
        self._update("notebooks", "notebook_id", notebook_id, {"deleted_at": None})

    # ---- cells

    def cells(self, notebook_id: str) -> list[Cell]:
        order = "ORDER BY position, created_at"
        query = f"SELECT {CELL_COLUMNS} FROM cells WHERE notebook_id = ? AND deleted_at IS NULL {order}"
        return [cell_of(row) for row in self._read(query, [notebook_id])]

    def cell(self, cell_id: str) -> Cell:
        rows = self._read(f"SELECT {CELL_COLUMNS} FROM cells WHERE cell_id = ? AND deleted_at IS NULL", [cell_id])
        if not rows:
            raise _missing_cell()
        return cell_of(rows[0])

    def add_cell(
        self, notebook_id: str, kind: CellKind, source: str, *, settings: CellSettings | None = None, after: str = ""
    ) -> Cell:
        """A new cell at the end, or right after another."""
        if self.notebook(notebook_id) is None:
            raise _missing_notebook()
        cell = Cell(
            cell_id=self._new_id(), kind=kind, source=source[:MAX_SOURCE_CHARS], settings=settings or CellSettings()
        )

        def put(con: "DuckDBPyConnection") -> None:
            insert_cell(con, notebook_id, cell, place_after(con, notebook_id, after), self._now())
            con.execute("UPDATE notebooks SET updated_at = ? WHERE notebook_id = ?", [stamp(self._now()), notebook_id])

        self._tables.write(put)
        return cell

    def change_cell(
        self,
        cell_id: str,
        *,
        kind: CellKind | None = None,
        source: str | None = None,
        settings: CellSettings | None = None,
    ) -> None:
        fields: dict[str, Any] = {}
        if kind is not None:
            fields["kind"] = kind
        if source is not None:
            fields["source"] = source[:MAX_SOURCE_CHARS]
        if settings is not None:
            fields["settings"] = as_json(settings)
        self._update("cells", "cell_id", cell_id, fields)

    def duplicate_cell(self, cell_id: str) -> Cell:
        cell = self.cell(cell_id)
        settings = msgspec.structs.replace(cell.settings, output=None)
        return self.add_cell(self._home_of(cell_id), cell.kind, cell.source, settings=settings, after=cell_id)

    def move_cell(self, cell_id: str, by: int) -> None:
        """One place up (-1) or down (+1) in its notebook; at the end nothing happens."""
        self._move("cells", "cell_id", cell_id, by, "notebook_id = ? AND deleted_at IS NULL", [self._home_of(cell_id)])

    def delete_cell(self, cell_id: str) -> None:
        self._update("cells", "cell_id", cell_id, {"deleted_at": stamp(self._now())})

    def restore_cell(self, cell_id: str) -> None:
        """Undo of `delete_cell`."""
        self._update("cells", "cell_id", cell_id, {"deleted_at": None})

    # ---- runs of cells

    def record_runs(self, runs: Mapping[str, str]) -> list[CellRun]:
        """Note that cells were started, each with its run: {cell_id: run_id}. Counts the run numbers up."""

        def put(con: "DuckDBPyConnection") -> list[CellRun]:
            made = []
            for cell_id, run_id in runs.items():
                n = int(one(con, "SELECT coalesce(max(run_count), 0) FROM cells WHERE cell_id = ?", [cell_id])) + 1
                con.execute("UPDATE cells SET run_count = ?, last_run_id = ? WHERE cell_id = ?", [n, run_id, cell_id])
                con.execute("INSERT INTO cell_runs (cell_id, run_id, n) VALUES (?, ?, ?)", [cell_id, run_id, n])
                made.append(CellRun(cell_id=cell_id, run_id=run_id, n=n))
            return made

        return self._tables.write(put)

    def runs_of(self, cell_ids: Sequence[str]) -> dict[str, list[CellRun]]:
        """The runs of cells, oldest first."""
        if not cell_ids:
            return {}
        marks = ", ".join("?" * len(cell_ids))
        rows = self._read(
            f"SELECT cell_id, run_id, n FROM cell_runs WHERE cell_id IN ({marks}) ORDER BY n", list(cell_ids)
        )
        found: dict[str, list[CellRun]] = {cell_id: [] for cell_id in cell_ids}
        for cell_id, run_id, n in rows:
            found[cell_id].append(CellRun(cell_id=cell_id, run_id=run_id, n=n))
        return found

    # ---- private

    def _read(self, query: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._tables.cursor() as cursor:
            return list(cursor.execute(query, list(params)).fetchall())

    def _update(self, table: str, key: str, value: str, fields: dict[str, Any]) -> None:
        columns = {"updated_at": stamp(self._now()), **fields}
        assignments = ", ".join(f"{name} = ?" for name in columns)
        query = f"UPDATE {table} SET {assignments} WHERE {key} = ? RETURNING {key}"
        if not self._tables.write(lambda con: con.execute(query, [*columns.values(), value]).fetchall()):
            raise _missing_notebook() if table == "notebooks" else _missing_cell()

    def _move(self, table: str, key: str, value: str, by: int, where: str, params: list[Any]) -> None:
        query = f"SELECT {key} FROM {table} WHERE {where} ORDER BY position, created_at"
        order = [str(row[0]) for row in self._read(query, params)]
        if value not in order:
            raise _missing_notebook() if table == "notebooks" else _missing_cell()
        place = order.index(value)
        order.insert(max(0, place + by), order.pop(place))

        def renumber(con: "DuckDBPyConnection") -> None:
            for position, moved in enumerate(order, start=1):
                con.execute(f"UPDATE {table} SET position = ? WHERE {key} = ?", [float(position), moved])

        self._tables.write(renumber)

    def _home_of(self, cell_id: str) -> str:
        rows = self._read("SELECT notebook_id FROM cells WHERE cell_id = ? AND deleted_at IS NULL", [cell_id])
        if not rows:
            raise _missing_cell()
        return str(rows[0][0])

    def _taken_ids(self, ids: Iterable[str]) -> set[str]:
        wanted = list(ids)
        marks = ", ".join("?" * len(wanted))
        rows = self._read(
            f"SELECT notebook_id FROM notebooks WHERE notebook_id IN ({marks}) "
            f"UNION ALL SELECT cell_id FROM cells WHERE cell_id IN ({marks})",
            [*wanted, *wanted],
        )
        return {str(row[0]) for row in rows}


def _missing_notebook() -> NotebookMissing:
    return NotebookMissing("This notebook is not here any more.", "Choose another one, or undo its deletion.")


def _missing_cell() -> NotebookMissing:
    return NotebookMissing("This cell is not here any more.", "Reload the page, or undo its deletion.")
