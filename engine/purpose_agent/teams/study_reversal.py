"""The memory of a proof: a copy of the person's own, in which lessons are rolled back and put back for real.

Between two phases the ledger of the copy moves by the means that a person has, and by no other: a roll-back of each
lesson to how it stood before it was approved, and a new approval. Every move is a row that can be read afterwards.
Saying a phase again changes nothing, so a process that died between two moves is no matter; and a run of an earlier
phase that is taken up late finds that phase again.
"""

import threading
from pathlib import Path

from purpose_agent.evaluation.studies.plan import ArmKind, StudyError, StudyPlan
from purpose_agent.memory.copying import copy_memory
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.ledger_rows import LedgerStore, last_position
from purpose_agent.memory.memory import Memory
from purpose_agent.storage.journal import Journal


def prepare(plan: StudyPlan, person: LedgerStore, path: Path) -> None:
    """Copy the person's memory as it stands into the file, unless that was done before.

    Raises StudyError where a lesson of the plan is not in use any more.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    journal = Journal(path)
    try:
        if not last_position(journal.read()):
            copy_memory(person, journal)
            in_use = {lesson.card_id for lesson in Memory(journal).ledger.promoted()}
            if not in_use.issuperset(plan.lessons):
                raise StudyError("A lesson of this plan is not in use any more.", "Make the plan again.")
    finally:
        journal.close()


class Reversal:
    """The copy, and the phase in which it stands. Safe from any thread; processes may share the file.

    Raises StudyError where the copy is gone.
    """

    def __init__(self, plan: StudyPlan, journal: Journal) -> None:
        self.memory = Memory(journal)
        known = self.memory.ledger.known(plan.lessons)
        if len(known) < len(plan.lessons):
            raise StudyError("The memory that this study works in is not there any more.", "Make the study again.")
        self._lessons = plan.lessons
        self._replaced = {card_id for view in known for card_id in view.card.supersedes}
        self._actor = f"study {plan.study_id}"
        self._lock = threading.Lock()
        self._start = self._position_before(journal)

    def enter(self, phase: ArmKind) -> None:
        """Bring the lessons to where they stand in a phase: lessons, undone or again."""
        with self._lock:
            if all(self._stands(view, phase) for view in self.memory.ledger.known(self._lessons)):
                return
            match phase:
                case "lessons":
                    self._as_at_the_start()
                case "undone":
                    self._roll_back()
                case _:
                    self._roll_back(only_first_approvals=True)
                    self._approve_again()

    def _stands(self, view: CardView, phase: ArmKind) -> bool:
        """Whether the lesson is where it belongs in this phase, in the ledger: other processes may have moved it."""
        if phase == "undone" or view.status != "promoted":
            return phase == "undone" and view.status != "promoted"
        if view.card_id in self._replaced:  # brought back by its first approval, see `_approve_again`
            return True
        return (view.in_use_since > self._start) == (phase == "again")

    def _as_at_the_start(self) -> None:
        self.memory.ledger.rollback(
            self._start, by=self._actor, reason="a run of the first phase is taken up again", card_ids=self._lessons
        )

    def _roll_back(self, *, only_first_approvals: bool = False) -> None:
        """Each lesson to how it stood right before it was approved."""
        for view in self.memory.ledger.known(self._lessons):
            if view.status != "promoted" or (only_first_approvals and view.in_use_since > self._start):
                continue
            self.memory.ledger.rollback(
                view.in_use_since - 1,
                by=self._actor,
                reason="rolled back, to see whether the gain goes",
                card_ids=[view.card_id],
            )

    def _approve_again(self) -> None:
        """In the order of their first approval, with what had been found out about them since then."""
        ledger, before = self.memory.ledger, self.memory.ledger.as_of(self._start)
        first = [before.card(card_id) for card_id in self._lessons]
        for then in sorted(first, key=lambda view: view.in_use_since):
            view = ledger.card(then.card_id)
            if view.status == "promoted":
                continue
            if view.status != "quarantined":
                view = ledger.reopen(view.card_id, by=self._actor, reason="to put it back")
            view = ledger.approve(view.card_id, by=self._actor, reason="put back, to see whether the gain comes back")
            lost = {name: value for name, value in then.evidence.items() if view.evidence.get(name) != value}
            if lost:
                ledger.note(
                    view.card_id, by=self._actor, reason="found out before the roll-back, and still true", evidence=lost
                )
        for view in ledger.known(self._replaced):  # an approval puts them away once more, fetched back or not
            if view.status != before.card(view.card_id).status:
                ledger.rollback(self._start, by=self._actor, reason="as it was", card_ids=[view.card_id])

    def _position_before(self, journal: Journal) -> int:
        """Of the last row that the copy began with: every row since is this study's."""
        query = "SELECT coalesce(min(position) - 1, (SELECT max(position) FROM ledger), 0) FROM ledger WHERE actor = ?"
        return int(journal.query(query, (self._actor,))[0][0])
