"""Memory cards: one reusable lesson each, in words that fit a prompt and a person.

A card is written as a candidate, held in quarantine while it is scanned and tried, then promoted or rejected; an old
one is archived. What became of a card is never stored in it: the ledger's rows say that. A card is only its content.
"""

import hashlib
import re
import unicodedata
import uuid
from datetime import datetime
from typing import Literal, get_args

import msgspec

from purpose_agent.memory.errors import LessonEmpty, LessonTooLong
from purpose_agent.runtime.events import now
from purpose_agent.types import Record

CardKind = Literal[
    "purpose_contract",
    "user_preference",
    "skill_card",
    "episodic_case",
    "failure_pattern",
    "critic_calibration",
    "tool_policy",
]
CardStatus = Literal["candidate", "quarantined", "promoted", "rejected", "archived"]
CardOrigin = Literal["run", "person", "merge", "mutation", "crossover", "hindsight", "correction"]
"""How a card came to be. Only `run` and `person` are first-hand; the others are made from what was there."""
KINDS: tuple[CardKind, ...] = get_args(CardKind)
STATUSES: tuple[CardStatus, ...] = get_args(CardStatus)

MAX_TEXT = 300
"""Characters of a lesson in a prompt; ten of them have to fit beside the task."""

STATUS_WORDS: dict[CardStatus, str] = {
    "candidate": "new",
    "quarantined": "waiting for you",
    "promoted": "in use",
    "rejected": "turned down",
    "archived": "put away",
}

_WHEN_MAY_BE_EMPTY: frozenset[CardKind] = frozenset({"purpose_contract", "user_preference", "episodic_case"})
_JOINERS = "\u200c\u200d"  # they carry meaning in Persian, Indic scripts and emoji; other format characters only hide
_LEADING_WHEN = re.compile(r"^when\b[\s,:]*", re.IGNORECASE)


def new_card_id() -> str:
    return f"lesson-{uuid.uuid4().hex[:12]}"


def card_id_from(origin: str) -> str:
    """The same for the same origin. It must hold nothing of the words: an id outlives their erasure."""
    return f"lesson-{hashlib.sha256(origin.encode()).hexdigest()[:12]}"


class Scope(Record, frozen=True, kw_only=True):
    """Where a lesson applies; an empty part means everywhere.

    task_kind  one kind ("code: text → number") or a family of kinds ("code"). It is also the lesson's home: where a
               large effect is thought likely before the first use.
    """

    agent: str = ""
    tool: str = ""
    task_kind: str = ""
    user: str = ""


class MemoryCard(Record, frozen=True, kw_only=True):
    """When / do / why / unless, where it applies and where it came from.

    version      1, 2, … ; it names these very words. An edit takes the next number that was never used, a roll-back
                 brings an earlier one back.
    author       "extractor", a model's name, or "person".
    supersedes   cards that this one takes the place of: they are put away when it is approved, and not before.
    parents      cards that it was made from.
    environment  what it was learned on, as far as that may matter: "python 3.11 · builtin".
    """

    kind: CardKind
    do: str
    when: str = ""
    why: str = ""
    unless: str = ""
    scope: Scope = Scope()
    card_id: str = msgspec.field(default_factory=new_card_id)
    version: int = 1
    source_run: str = ""
    source_step: int = -1
    author: str = "extractor"
    evidence: str = ""
    origin: CardOrigin = "run"
    supersedes: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    environment: str = ""
    expires: datetime | None = None
    created_at: datetime = msgspec.field(default_factory=now)

    @property
    def text(self) -> str:
        """As a prompt and a person read it: "When …: …, unless …, because ….". With no `when`, `do` itself."""
        exceptions = (f", unless {_bare(self.unless)}" if self.unless else "") + (
            f", because {_bare(self.why)}" if self.why else ""
        )
        when = _LEADING_WHEN.sub("", self.when).rstrip(" :,")
        if not when and not exceptions:
            return self.do
        body = f"{_bare(self.do)}{exceptions}." if exceptions else _ended(self.do)
        return f"When {when}: {body}" if when else body


def tidied(card: MemoryCard) -> MemoryCard:
    """The card with plain one-line fields. Raises LessonEmpty or LessonTooLong where it is no lesson."""
    card = msgspec.structs.replace(
        card,
        **{
            name: one_line(getattr(card, name))
            for name in ("when", "do", "why", "unless", "author", "evidence", "environment")
        },
        scope=Scope(**{name: one_line(getattr(card.scope, name)) for name in Scope.__struct_fields__}),
    )
    if not _bare(card.do):
        raise LessonEmpty(
            "The lesson does not say what to do.", "Write one sentence, for example “Check for an empty list first”."
        )
    if not card.when and card.kind not in _WHEN_MAY_BE_EMPTY:
        raise LessonEmpty(
            "The lesson does not say when it applies.", "Add when it applies, for example “the input can be empty”."
        )
    if len(card.text) > MAX_TEXT:
        raise LessonTooLong(
            f"The lesson has {len(card.text)} characters; {MAX_TEXT} fit.",
            "Say it in one or two short sentences, or split it into two lessons.",
        )
    return card


def one_line(text: str) -> str:
    """Composed Unicode on one line: control and hidden format characters gone, runs of blanks made one."""
    composed = unicodedata.normalize("NFC", text)
    if composed.isascii() and composed.isprintable():
        return " ".join(composed.split())
    return " ".join("".join(_plain(char) for char in composed).split())


def act(card: MemoryCard) -> str:
    """What the card says to do, without capitals and signs: cards of one act tell to do the same."""
    return re.sub(r"[\W_]+", " ", card.do.casefold()).strip()


def duplicate_key(card: MemoryCard) -> tuple[str, Scope]:
    """Equal for cards that say the same in the same scope, whatever their capitals, blanks and full stops."""
    return re.sub(r"[\W_]+", " ", card.text.casefold()).strip() or card.text, card.scope


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category in ("Cf", "Cs", "Co", "Cn") and char not in _JOINERS:
        return ""
    return char


def _bare(sentence: str) -> str:
    return sentence.strip().rstrip(".").rstrip()


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…", "。")) else f"{sentence}."
