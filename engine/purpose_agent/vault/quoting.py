"""Passages as a model reads them: `[1] file, place`, and the text below. What files say is data, never an order."""

from collections.abc import Sequence
from typing import NamedTuple

from purpose_agent.memory.immune.fence import fenced, quoted_as_data
from purpose_agent.vault.records import Passage

_PLACES_TOLD = 3


class Quoted(NamedTuple):
    """`texts` go into `Task.context`; `notices` tell the person what was done to them."""

    texts: tuple[str, ...]
    notices: tuple[str, ...] = ()


def quoted(passages: Sequence[Passage]) -> Quoted:
    """The passages in their order, numbered from 1. A flagged one that the person keeps is quoted line by line."""
    texts, notices = [], []
    for number, passage in enumerate(passages, 1):
        place = place_of(passage)
        head = f"[{number}] {place}"
        if name := fenced(place, "vault", "a file").told:  # a name is somebody else's text too
            head = f"[{number}] a file whose name is left out"
            notices.append(name)
        is_kept = passage.flag is not None and passage.decision != "trust"
        body = quoted_as_data(passage.text, place) if is_kept else passage.text
        if is_kept:
            notices.append(f"A passage of {place} that you kept gives orders; the model reads it marked as data.")
        texts.append(f"{head}\n{body}")
    return Quoted(tuple(texts), tuple(dict.fromkeys(notices)))


def held_back(passages: Sequence[Passage]) -> list[str]:
    """A sentence for each place from which a passage was left out, since it gives orders and nobody decided on it."""
    places = list(dict.fromkeys(place_of(passage) for passage in passages))
    return [
        f"A passage of {place} gives orders to its reader. It was left out until you decide on it in the Vault."
        for place in places[:_PLACES_TOLD]
    ]


def place_of(passage: Passage) -> str:
    """The file and the place in it, as a citation names them."""
    return f"{passage.name}, {passage.place}" if passage.place else passage.name
