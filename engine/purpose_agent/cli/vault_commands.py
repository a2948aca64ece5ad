"""`purpose-agent vault`: put documents in, see how they arrived, find things in them, ask."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.exit_codes import RUN_FAILED
from purpose_agent.cli.options import Details, Home, Json, Model, engine_at
from purpose_agent.errors import PurposeError

if TYPE_CHECKING:
    from purpose_agent.vault.records import Document
    from purpose_agent.vault.vault import Vault

vault = typer.Typer(help="Documents: put in, see their health, search, ask.")

_SHOWN_CHARS = 300
_LOOKED_AT = 5

Name = Annotated[str, typer.Argument(metavar="VAULT", help="The vault's title, or its id.")]
Paths = Annotated[list[Path], typer.Argument(help="Files and folders.")]
Many = Annotated[int, typer.Option("--many", "-k", help="How many passages.", min=1, max=50)]


@vault.command("list")
def list_vaults(home: Home = None, json: Json = False, details: Details = False) -> None:
    """List the vaults."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        found = engine.vaults.vaults()
    screen.data(found)
    if not found:
        screen.result('There is no vault yet. Make one: purpose-agent vault add "My documents" FILE …')
        return
    rows = [
        (info.title, f"{info.ready:,} of {info.documents:,}", f"{info.chunks:,}", f"{info.bytes_on_disk / 1e6:,.1f} MB")
        for info in found
    ]
    screen.table("", ("Vault", "#Read", "#Passages", "#On disk"), rows)


@vault.command()
def add(name: Name, paths: Paths, home: Home = None, json: Json = False, details: Details = False) -> None:
    """Put copies of files and folders into a vault; it is made when there is none of this name."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        try:
            into = engine.vaults.named(name)
        except PurposeError:
            into = engine.vaults.create(name)
        into.add_files(paths)
        _catch_up(screen, into)
        documents = into.documents
    _tell_documents(screen, documents)


@vault.command()
def show(name: Name, home: Home = None, json: Json = False, details: Details = False) -> None:
    """Show the documents of a vault and how each arrived."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        documents = engine.vaults.named(name).documents
    _tell_documents(screen, documents)


@vault.command()
def search(
    name: Name,
    query: Annotated[str, typer.Argument(help="What to look for.")],
    many: Many = 5,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Find passages."""
    from purpose_agent.vault.quoting import place_of

    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        found = engine.vaults.named(name).search(query, many)
    screen.data(found)
    for passage in found:
        screen.result(f"{place_of(passage)}\n  {' '.join(passage.text.split())[:_SHOWN_CHARS]}\n")
    if not found:
        screen.result("No passage fits these words.")


@vault.command()
def ask(
    name: Name,
    question: Annotated[str, typer.Argument(help="The question.")],
    model: Model = None,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Answer a question from the documents, each sentence with its source, checked."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine, screen.busy("Reading"):
        answer = engine.vaults.named(name).ask(question, model=model)
    screen.data(answer)
    screen.result(str(answer))


@vault.command()
def remove(
    name: Name,
    documents: Annotated[list[str], typer.Argument(help="Names of documents, as `vault show` lists them.")],
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Take documents out of every place of the workspace."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        of = engine.vaults.named(name)
        known = {document.name: document.doc_id for document in of.documents}
        if missing := [given for given in documents if given not in known]:
            raise PurposeError(f"There is no document {missing[0]} in this vault.", "See `purpose-agent vault show`.")
        of.remove([known[given] for given in documents])
    screen.data({"removed": documents})
    screen.result(f"Taken out: {', '.join(documents)}")


@vault.command()
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Delete a vault with all that stands in it."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        gone = engine.vaults.named(name)
        if not yes and not typer.confirm(f"Delete “{gone.title}” with {len(gone.documents)} documents?", err=True):
            raise typer.Exit(RUN_FAILED)
        title = gone.title
        engine.vaults.delete(gone.vault_id)
    screen.data({"deleted": title})
    screen.result(f"Deleted: {title}")


@vault.command("export")
def export_vault(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Write a vault into one file."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        engine.vaults.put_away(engine.vaults.named(name).vault_id, file)
    screen.data({"file": str(file), "bytes": file.stat().st_size})
    screen.result(f"Written: {file} ({file.stat().st_size / 1e6:,.1f} MB)")


@vault.command("import")
def import_vault(
    file: Annotated[Path, typer.Argument(help="A file that `vault export` wrote.")],
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Take a vault in that was exported."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        taken = engine.vaults.take_in(file)
        _catch_up(screen, taken)
        title, documents = taken.title, taken.documents
    screen.tell(f"Taken in: {title}")
    _tell_documents(screen, documents)


@vault.command("test")
def try_out(
    name: Name,
    questions: Annotated[int, typer.Option(help="How many.", min=1, max=500)] = 20,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Ask whether what stands in the documents can be found: questions are made from them and looked up."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine, screen.busy("Looking things up"):
        recall = engine.vaults.named(name).test_itself(questions, k=_LOOKED_AT)
    screen.data(recall)
    screen.result(
        f"Found {recall.found} of {recall.total} among the first {_LOOKED_AT} passages"
        f" (likely between {recall.low:.0%} and {recall.high:.0%})."
    )


def _catch_up(screen: Screen, what: "Vault") -> None:
    """Read and embed here, with a word about each file; Ctrl-C keeps what was done."""
    last = ""

    def report(text: str, progress: float | None) -> None:
        nonlocal last
        if text != last:
            last = text
            screen.tell(text)

    reporting: Callable[[str, float | None], None] = report
    what.catch_up(reporting)


def _tell_documents(screen: Screen, documents: "list[Document]") -> None:
    from purpose_agent.vault.health_words import state

    screen.data(documents)
    rows = [(d.name, state(d), f"{d.pages or ''}", f"{d.characters:,}", d.note) for d in documents]
    screen.table("", ("Document", "State", "#Pages", "#Characters", "Note"), rows)
