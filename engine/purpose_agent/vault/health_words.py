"""The health of a document in words, for every screen."""

from collections.abc import Sequence

from purpose_agent.vault.records import Document, DocumentStatus

STATUS_WORDS: dict[DocumentStatus, str] = {
    "waiting": "waits to be read",
    "ready": "ready",
    "empty": "no text in it",
    "unreadable": "cannot be read",
    "skipped": "left out",
}


def state(document: Document) -> str:
    """In a few words: "ready", "ready, a newer file waits", "cannot be read"."""
    told = STATUS_WORDS[document.status]
    if document.is_waiting and document.status != "waiting":
        return f"{told}, a newer file waits" if document.version else f"{told}, waits to be read again"
    return told


def remarks(document: Document) -> list[str]:
    """Sentences that a person should read about a document; none when all is well."""
    told = [document.note] if document.note else []
    if document.empty_pages:
        told.append(f"No text on {_pages(document.empty_pages)} of {document.pages}.")
    if document.same_as:
        told.append(f"The same text as {_names(document.same_as)}.")
    if document.like:
        told.append(f"Nearly the same as {_names(document.like)}.")
    if document.flagged:
        count = "One passage gives" if document.flagged == 1 else f"{document.flagged} passages give"
        told.append(f"{count} orders to whoever reads it, and no answer rests on it until you decide.")
    return told


def _pages(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"page {numbers[0]}"
    shown = ", ".join(str(number) for number in numbers[:8])
    return f"pages {shown}" + (" and more," if len(numbers) > 8 else "")


def _names(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
