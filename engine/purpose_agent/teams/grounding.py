"""From a question and the documents that a request names to the passages that the team is given."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.models.embedding.choose import best_shipped_embedder
from purpose_agent.teams.requests import RunRequest
from purpose_agent.types import Source, Task
from purpose_agent.vault.answers.refusal import verdict_on
from purpose_agent.vault.quoting import held_back, quoted
from purpose_agent.vault.records import Document, Passage
from purpose_agent.vault.shelf import Shelf
from purpose_agent.vault.vault import Vault

PASSAGES = 6
BUDGET_CHARS = 3_600
_FILES_TOLD = 3
_NOTHING_FOUND = "No passage of the files fits these words."  # so that no model takes the files for missing


def with_sources(task: Task, request: RunRequest, shelf: Shelf) -> tuple[Task, tuple[str, ...]]:
    """The task with the passages that may answer it, and sentences about what was not read or is held back.

    Raises PurposeError when nothing of the documents can be answered from.
    """
    vaults = [shelf.open(vault_id) for vault_id in request.vaults]
    if request.knowledge:
        vaults.append(_following(request, shelf))
    for vault in vaults:
        vault.read()
        vault.start_work()
    documents = [document for vault in vaults for document in vault.documents]
    if not any(document.status == "ready" for document in documents):
        raise _nothing_to_read(documents)
    found, held = _best_of(vaults, task.text)
    told = quoted([passage for _, passage in found])
    if request.ask and verdict_on(task.text, told.texts, best_shipped_embedder()).standing == "beyond":
        found, told = [], quoted([])  # as `Vault.ask`: nothing that could be taken for an answer
    notices = (*_unread(documents), *held_back(held), *told.notices)
    sources: tuple[Source, ...] = ()
    if not task.context:  # sources stand for the first passages
        sources = tuple(passage.source(vault.vault_id) for vault, passage in found)
    context = (*task.context, *(told.texts or (_NOTHING_FOUND,)))
    return msgspec.structs.replace(task, context=context, sources=sources), notices


def _following(request: RunRequest, shelf: Shelf) -> Vault:
    """The vault of the request's files; a notebook has one of its own, whatever files it has now."""
    own = f"of-notebook-{request.notebook_id}"[:64] if request.notebook_id else ""
    return shelf.following([Path(path) for path in request.knowledge], vault_id=own)


def _best_of(vaults: Sequence[Vault], question: str) -> tuple[list[tuple[Vault, Passage]], list[Passage]]:
    """The best passages of all vaults, best first, together within the budget; and those that are held back."""
    found: list[tuple[Vault, Passage]] = []
    held: list[Passage] = []
    for vault in vaults:
        grounds = vault.grounds(question, PASSAGES, BUDGET_CHARS)
        found += [(vault, passage) for passage in grounds.passages]
        held += grounds.held
    chosen: list[tuple[Vault, Passage]] = []
    left = BUDGET_CHARS
    for vault, passage in sorted(found, key=lambda item: -item[1].score):
        if len(chosen) < PASSAGES and len(passage.text) <= left:
            chosen.append((vault, passage))
            left -= len(passage.text)
    return chosen, held


def _unread(documents: Sequence[Document]) -> list[str]:
    unread = [document for document in documents if document.status != "ready"]
    told = [_told(document) for document in unread[:_FILES_TOLD]]
    if len(unread) > _FILES_TOLD:
        told.append(f"{len(unread) - _FILES_TOLD} more files of the knowledge could not be read.")
    return told


def _nothing_to_read(documents: Sequence[Document]) -> PurposeError:
    """None of the files that were given can be answered from: say of the first ones why."""
    told = " ".join(_told(document) for document in documents[:_FILES_TOLD])
    what = "None of the files of the knowledge could be read." if documents else "There is no file in the knowledge."
    return PurposeError(
        f"{what} {told}".strip(),
        "Give it other files: PDF, Word, PowerPoint, Excel, Markdown, HTML, text, CSV or JSON.",
    )


def _told(document: Document) -> str:
    return f"{document.name}: {document.note}"
