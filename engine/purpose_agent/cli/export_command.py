"""`export`: a run or a notebook as a file for Jupyter, Markdown, HTML, or JSON."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.follow import cell_of
from purpose_agent.cli.notebook_names import notebook_named
from purpose_agent.cli.options import Details, Home, Json, engine_at
from purpose_agent.errors import PurposeError
from purpose_agent.notebooks.model import Document, Notebook, TeamChoice, new_id, title_from
from purpose_agent.notebooks.outputs import output_of, with_outputs
from purpose_agent.notebooks.run_view import RunFold
from purpose_agent.runtime.events import MemoryCandidate, ModelResponse, RunEvent

if TYPE_CHECKING:
    from purpose_agent.teams.service import Engine
    from purpose_agent.types import RunResult

Format = Literal["ipynb", "md", "html", "json"]


def export(
    target: Annotated[str, typer.Argument(help="A run's id, or a notebook's id or title.")],
    form: Annotated[Format, typer.Option("--format", "-f", help="The form of the file.")] = "md",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write; otherwise printed.")] = None,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Write a run or a notebook as a file.

    Jupyter (.ipynb), Markdown, one-file HTML, or JSON with all that is known of it. A lesson that waits for review is
    counted, never quoted.
    """
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        result = engine.result(target)
        text = _run_text(engine, result, form) if result else _notebook_text(engine, target, form)
    if output is None:
        screen.data({"target": target, "format": form, "text": text})
        screen.result(text.rstrip("\n"))
        return
    try:
        output.expanduser().write_text(text, encoding="utf-8")
    except OSError as error:
        raise PurposeError(
            f"{output} cannot be written: {error.strerror}.", "Give another place with --output."
        ) from error
    screen.data({"target": target, "format": form, "file": str(output)})
    screen.tell(f"Written to {output}")


def _run_text(engine: "Engine", result: "RunResult", form: Format) -> str:
    if any(use.trial for use in result.lessons):
        raise PurposeError(
            f"{result.run_id} repeats an earlier task with lessons that may not be approved, so it is not exported.",
            "Export the run whose task it repeats; what the comparison showed stands beside the lesson in Review.",
        )
    if form == "json":
        events = [msgspec.to_builtins(_without_proposals(event)) for event in engine.events(result.run_id)]
        return _json({"result": result, "events": events})
    return _document_text(_document_of(engine, result), form)


def _without_proposals(event: RunEvent) -> RunEvent:
    """The event without the words of a lesson that was proposed: it leaves only once approved."""
    match event:
        case MemoryCandidate() | ModelResponse(purpose="distiller"):
            return msgspec.structs.replace(event, text="")
        case _:
            return event


def _notebook_text(engine: "Engine", target: str, form: Format) -> str:
    from purpose_agent.notebooks.store import NotebookStore

    store = NotebookStore(engine.workspace.trajectories())
    book = notebook_named(store, target, what="run and no notebook")
    return _document_text(_with_outputs(engine, store.document(book.notebook_id)), form)


def _with_outputs(engine: "Engine", document: Document) -> Document:
    """The document with what the last run of each cell left."""
    outputs = {}
    for cell in document.cells:
        if cell.last_run_id:
            view = RunFold(cell.last_run_id).feed(engine.events(cell.last_run_id))
            output = output_of(cell, view, engine.job_of(cell.last_run_id))
            outputs.update({cell.cell_id: output} if output else {})
    return with_outputs(document, outputs)


def _document_of(engine: "Engine", result: "RunResult") -> Document:
    """A notebook of one cell, so that a run is exported by the same writers."""
    at = datetime.now(UTC)
    notebook = Notebook(
        notebook_id=new_id(),
        title=title_from(result.task),
        team=TeamChoice(purpose=""),
        created_at=at,
        updated_at=at,
    )
    return Document(notebook=notebook, cells=(cell_of(engine, result),))


def _document_text(document: Document, form: Format) -> str:
    from purpose_agent.notebooks.export import to_ipynb, to_markdown
    from purpose_agent.notebooks.html_export import to_html

    writers: dict[str, Callable[[Document], str]] = {"ipynb": to_ipynb, "md": to_markdown, "html": to_html}
    return writers[form](document) if form in writers else _json(document)


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
