"""Whatever is done to lessons, the ledger's rows tell it, the fold agrees with them and the chain holds."""

import tempfile
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, invariant, multiple, rule

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.errors import IllegalMove, LessonError
from purpose_agent.memory.ledger import Ledger
from purpose_agent.memory.memory import Memory
from purpose_agent.storage.journal import Journal

ALLOWED = {
    "approve": {"quarantined"},
    "reject": {"quarantined"},
    "archive": {"quarantined", "promoted"},
    "revoke": {"promoted"},
    "reopen": {"promoted", "rejected", "archived"},
}
BECOMES = {
    "approve": "promoted",
    "reject": "rejected",
    "archive": "archived",
    "revoke": "quarantined",
    "reopen": "quarantined",
}
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(str.strip)
names = st.sampled_from(["the list is empty", "a number is negative", "text has capitals"])
scopes = st.builds(Scope, task_kind=st.sampled_from(["", "code", "writing"]))


class LedgerMachine(RuleBasedStateMachine):
    """Two ledgers stand on one journal, as two processes would; both are used in turns."""

    cards: ClassVar[Bundle[str]] = Bundle("cards")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.journal = Journal(Path(self.folder.name) / "journal.sqlite")
        self.ledgers = [Memory(self.journal).ledger for _ in range(2)]
        self.statuses: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.turn = 0

    @property
    def ledger(self) -> Ledger:
        self.turn += 1
        return self.ledgers[self.turn % 2]

    @rule(target=cards, when=names, do=st.sampled_from(["Stop.", "stop", "Go on."]), scope=scopes)
    def add(self, when: str, do: str, scope: Scope) -> MultipleResults[str] | str:
        card = MemoryCard(kind="skill_card", when=when, do=do, scope=scope)
        added = self.ledger.add_candidate(card, actor="extractor", reason="")
        assert added.is_new is (added.card_id not in self.statuses)
        assert added.status == self.statuses.setdefault(added.card_id, "quarantined")
        self.versions.setdefault(added.card_id, 1)
        return added.card_id if added.is_new else multiple()

    @rule(card_id=cards, act=st.sampled_from(sorted(ALLOWED)))
    def decide(self, card_id: str, act: str) -> None:
        if self.statuses[card_id] in ALLOWED[act]:
            view = getattr(self.ledger, act)(card_id, by="person")
            assert view.status == BECOMES[act]
            self.statuses[card_id] = view.status
            return
        with pytest.raises(IllegalMove) as refused:
            getattr(self.ledger, act)(card_id, by="person")
        assert refused.value.what
        assert refused.value.fix

    @rule(card_id=cards, do=words, approve=st.booleans())
    def edit(self, card_id: str, do: str, approve: bool) -> None:
        before = self.ledger.card(card_id)
        try:
            after = self.ledger.edit(card_id, by="person", do=do, approve=approve)
        except LessonError:
            return
        if after.card.version == before.card.version:
            self.statuses[card_id] = after.status
            return
        self.statuses[card_id] = "promoted" if approve else "quarantined"
        self.versions[card_id] += 1

    @invariant()
    def every_reader_agrees_with_the_model(self) -> None:
        fresh = Ledger(self.journal).promoted()
        for ledger in (*self.ledgers, Ledger(self.journal)):
            views = ledger.cards(limit=1000)
            assert {view.card_id: view.status for view in views} == self.statuses
            assert {view.card_id: view.card.version for view in views} == self.versions
            in_use = {card_id for card_id, status in self.statuses.items() if status == "promoted"}
            assert {lesson.card_id for lesson in ledger.promoted()} == in_use
            assert ledger.count("promoted") == len(in_use)
            groups = [[x.card_id for x in ledger.promoted().newest(kind, 99)] for kind in ("", "code", "writing")]
            assert groups == [[x.card_id for x in fresh.newest(kind, 99)] for kind in ("", "code", "writing")]
            assert list(ledger.promoted()) == list(fresh)

    @invariant()
    def the_chain_holds_and_each_history_joins_up(self) -> None:
        assert self.ledger.verify().ok
        for card_id, status in self.statuses.items():
            rows = self.ledger.history(card_id)
            assert [row.from_status for row in rows] == [None, *(row.to_status for row in rows[:-1])]
            assert rows[-1].to_status == status

    def teardown(self) -> None:
        self.journal.close()
        self.folder.cleanup()


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
