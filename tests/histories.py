"""Random histories of a memory, and beside them a model of what may be in a prompt after each.

Every version of every lesson carries a mark of its own (`zq7v2x`), so any text that comes out of the product can be
searched for words that nobody approved. The model is kept apart from the ledger: a stack of standings for each card.
"""

import random
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from purpose_agent.core.prompt_compiler import ActorPrompt
from purpose_agent.core.spec import AgentSpec
from purpose_agent.memory.cards import KINDS, MemoryCard, Scope
from purpose_agent.memory.errors import LessonError
from purpose_agent.memory.memory import Memory
from purpose_agent.memory.promoted import PromotedLesson
from purpose_agent.memory.scanning import Finding
from purpose_agent.memory.selection import Selection
from purpose_agent.storage.migrations import shipped
from purpose_agent.storage.sqlite_file import statements
from purpose_agent.types import LessonUse, Score, State, Task

KINDS_OF_TASK = ("code: text → text", "writing", "")
ACTS = (
    "add", "add", "add", "teach", "approve", "approve", "approve", "reject", "archive", "revoke", "reopen", "edit",
    "edit_approve", "trust", "credit", "credit", "replay", "note", "undo", "undo", "rollback", "rollback_one", "merge",
    "expire", "correct",
)  # fmt: skip
MARK = re.compile(r"zq\d+v\d+x")
AGENT = AgentSpec(role="coder", answers=True)
BAD = "badbadbad"


class StoreInMemory:
    """What a ledger needs of the journal, on real SQLite without a disk."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._db.deserialize(_empty())

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def read(self) -> sqlite3.Connection:
        return self._db

    def close(self) -> None:
        self._db.close()


@lru_cache(maxsize=1)
def _empty() -> bytes:
    db = sqlite3.connect(":memory:", isolation_level=None)
    for migration in shipped("journal"):
        for statement in statements(migration.sql):
            db.execute(statement)
    image = db.serialize()
    db.close()
    return image


class Clock:
    """Goes on by a second each time it is read, but for a look at an earlier moment."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)
        self._stands: datetime | None = None

    def __call__(self) -> datetime:
        if self._stands is not None:
            return self._stands
        self.now += timedelta(seconds=1)
        return self.now

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        self._stands = moment
        yield
        self._stands = None


def scanner(card: MemoryCard) -> Sequence[Finding]:
    bad = BAD in card.do
    return [Finding(scanner="prompt_injection", severity="critical", why="It gives orders.")] if bad else []


class History:
    """Does random things to a memory; `approved` are the marks that may stand in a prompt now."""

    def __init__(self, store: StoreInMemory, rng: random.Random) -> None:
        self.clock = Clock()
        self.memory = Memory(store, scanners=[scanner], clock=self.clock)
        self._rng = rng
        self._cards: dict[str, list[str]] = {}  # card id → marks it was in use with after each decision, "" = not
        self._at: dict[int, dict[str, str]] = {}  # ledger position → mark in use of each card
        self._marks: dict[tuple[str, int], str] = {}
        self._runs: list[str] = []
        self._expires: dict[str, datetime] = {}
        self._supersedes: dict[str, tuple[str, ...]] = {}
        self._count = 0
        self._before = 0  # ledger position before the present act

    @property
    def card_ids(self) -> list[str]:
        return list(self._cards)

    @property
    def approved(self) -> set[str]:
        """Lapsed lessons are not in it."""
        lapsed = {card_id for card_id, at in self._expires.items() if at <= self.clock.now}
        return {stack[-1] for card_id, stack in self._cards.items() if stack[-1] and card_id not in lapsed}

    def step(self) -> str:
        act = self._rng.choice(ACTS)
        self._before = self.memory.ledger.position
        try:
            self._do(act)
        except LessonError:
            act = f"{act}: refused"
        self._at[self.memory.ledger.position] = {card_id: stack[-1] for card_id, stack in self._cards.items()}
        return act

    def _do(self, act: str) -> None:
        ledger, rng = self.memory.ledger, self._rng
        if act in ("add", "merge", "expire") or not self._cards:
            self._add(act)
            return
        if act == "teach":
            self._teach()
            return
        if act == "rollback":
            self._roll_back(None)
            return
        card_id = rng.choice(list(self._cards))
        match act:
            case "approve":
                self._decided(card_id, ledger.approve(card_id, by="person", reason="sure").card.version)
            case "edit" | "edit_approve":
                self._edit(card_id, approve=act == "edit_approve")
            case "trust":
                tier = rng.choice(("given_tests", "judge", "self"))
                if self.memory.approve_if_trusted(card_id, Score(phi=9.0, tier=tier)):  # type: ignore[arg-type]
                    self._decided(card_id, ledger.card(card_id).card.version)
            case "credit" | "replay":
                self._credit(card_id, replay=act == "replay")
            case "correct":
                if self._runs:
                    self.memory.effects.correct(rng.choice(self._runs), rng.random() < 0.5, None)
            case "note":
                ledger.note(card_id, by="replay", reason="tried", evidence={"tried": rng.randrange(9)})
            case "undo":
                self._undo(card_id)
            case "rollback_one":
                self._roll_back(card_id)
            case _:
                getattr(ledger, act)(card_id, by="person")
                self._decided(card_id, 0)

    def _mark(self, card_id: str, version: int) -> str:
        return self._marks[card_id, version]

    def _new_mark(self) -> str:
        self._count += 1
        return f"zq{self._count}v{self._rng.randrange(9)}x"

    def _add(self, act: str) -> None:
        rng, mark = self._rng, self._new_mark()
        known = list(self._cards)
        supersedes = tuple(rng.sample(known, min(2, len(known)))) if act == "merge" else ()
        expires = self.clock.now + timedelta(seconds=rng.randrange(1, 60)) if act == "expire" else None
        card = MemoryCard(
            card_id=f"lesson-{self._count}",
            kind=rng.choice([kind for kind in KINDS if kind != "critic_calibration"]),
            when="words about text come",
            do=f"Unapproved words {mark}{BAD if rng.random() < 0.1 else ''}",
            scope=Scope(task_kind=rng.choice(KINDS_OF_TASK)),
            supersedes=supersedes,
            expires=expires,
        )
        added = self.memory.ledger.add_candidate(card, actor="extractor", reason="")
        self._cards[added.card_id] = [""]
        self._marks[added.card_id, 1] = mark
        self._supersedes[added.card_id] = supersedes
        if expires:
            self._expires[added.card_id] = expires

    def _teach(self) -> None:
        mark = self._new_mark()
        card = MemoryCard(
            card_id=f"lesson-{self._count}",
            kind="user_preference",
            do=f"Taught words {mark} about text",
            author="person",
            origin="person",
        )
        self.memory.ledger.teach(card, by="person")
        self._cards[card.card_id] = ["", mark]
        self._marks[card.card_id, 1] = mark

    def _edit(self, card_id: str, *, approve: bool) -> None:
        mark = self._new_mark()
        bad = BAD if self._rng.random() < 0.1 else ""
        view = self.memory.ledger.edit(card_id, by="person", do=f"Edited words {mark}{bad}", approve=approve)
        self._marks[card_id, view.card.version] = mark
        self._decided(card_id, view.card.version if approve and not bad else 0)

    def _decided(self, card_id: str, version: int) -> None:
        """`version` 0: it is not in use after this."""
        self._cards[card_id].append(self._mark(card_id, version) if version else "")
        if version:
            for replaced in self._supersedes.get(card_id, ()):
                view = self.memory.ledger.card(replaced)
                if view.evidence.get("replaced_by") == card_id and view.row > self._before:
                    self._cards[replaced].append("")

    def _credit(self, card_id: str, *, replay: bool) -> None:
        rng = self._rng
        self._runs.append(f"run {len(self._runs)}")
        use = LessonUse(card_id=card_id, version=1, text="", withheld=rng.random() < 0.2)
        kind, success = rng.choice(KINDS_OF_TASK), rng.random() < 0.6
        self.memory.effects.record(self._runs[-1], kind, [use], success, None, source="replay" if replay else "live")

    def _undo(self, card_id: str) -> None:
        before = {key: self.memory.ledger.card(key).row for key in self._cards}
        self.memory.ledger.undo(card_id, by="person")
        for key, stack in self._cards.items():
            if self.memory.ledger.card(key).row != before[key] and len(stack) > 1:
                stack.pop()

    def _roll_back(self, card_id: str | None) -> None:
        to = self._rng.choice(list(self._at))
        then = self._at[to]
        moved = self.memory.ledger.rollback(to, by="person", card_ids=None if card_id is None else [card_id])
        for view in moved:
            self._cards[view.card_id].append(then.get(view.card_id, ""))


def chosen(memory: Memory, seed: int, kind: str = KINDS_OF_TASK[0]) -> Selection:
    return memory.selector.select(TASK, kind, rng=random.Random(seed))


def compiled(lessons: Sequence[PromotedLesson]) -> tuple[str, str]:
    """The text of an actor's first prompt with these lessons, and its hash."""
    prompt = ActorPrompt(purpose="Help with text", agent=AGENT, task=TASK, lessons=lessons).compile(State())
    return prompt.text, prompt.sha256


TASK = Task(text="Unapproved edited taught words about text come: what now?")
