"""Memory of one workspace: the ledger of lessons, what each is worth, and which ones a run gets."""

from collections.abc import Callable, Sequence
from datetime import datetime

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.effects import EffectLedger
from purpose_agent.memory.errors import LessonEmpty, LessonRefused
from purpose_agent.memory.ledger import CardView, Ledger, LedgerStore
from purpose_agent.memory.scanning import DEFAULT_SCANNERS, Scanner
from purpose_agent.memory.selection import Selector
from purpose_agent.runtime.events import now
from purpose_agent.types import Score

TESTED_POLICY = "policy: tested lessons"
_TRUSTED_TIERS = ("user", "given_tests")
_DOUBTS = ("critical", "high", "medium")


class Memory:
    """What the loop, the screens and the command line share. Safe from any thread."""

    def __init__(
        self,
        journal: LedgerStore,
        *,
        scanners: Sequence[Scanner] = DEFAULT_SCANNERS,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._clock = clock
        self.effects = EffectLedger(journal, clock=clock)
        self.ledger = Ledger(journal, scanners=scanners, effects=self.effects, clock=clock)
        self.selector = Selector(self.ledger, self.effects)

    @property
    def waiting(self) -> int:
        """How many lessons wait for a decision."""
        return self.ledger.count("quarantined")

    @property
    def in_use(self) -> int:
        """How many lessons may go into a prompt."""
        return len(self.ledger.promoted())

    def teach(self, text: str, *, by: str = "person", scope: Scope | None = None) -> MemoryCard:
        """Keep a person's sentence as a lesson in use. Raises LessonEmpty, LessonTooLong or LessonRefused."""
        if not isinstance(text, str):
            raise LessonEmpty("The lesson is not a text.", "Say in a sentence what the team must keep to.")
        card = MemoryCard(
            kind="user_preference",
            do=text,
            scope=scope or Scope(),
            author="person",
            origin="person",
            created_at=self._clock(),
        )
        taught = self.ledger.teach(card, by=by)
        if taught.status == "rejected":
            raise LessonRefused(
                self.ledger.card(taught.card_id).reason, "Say it without that part, or open it again under Review."
            )
        return taught.card

    @property
    def read_only(self) -> "ReadOnlyMemory":
        """What a run gets that must not change the memory: there is nothing in it to write with."""
        return ReadOnlyMemory(self)

    def born(self, run_id: str) -> list[CardView]:
        """The lessons that a run gave birth to, oldest first."""
        return self.ledger.born_of(run_id)

    def approve_if_trusted(self, card: str | MemoryCard, score: Score) -> bool:
        """Approve a waiting lesson that the person's own tests confirmed, for those who switched that policy on.

        Only after a success whose evidence is the person's word or tests, and only where no scanner had doubts.
        """
        card_id = card if isinstance(card, str) else card.card_id
        view = self.ledger.card(card_id)
        doubts = any(finding.severity in _DOUBTS for finding in view.findings)
        if view.card.origin not in ("run", "person"):
            return False  # what is made from other lessons, or from a failed run, is no tested success
        if view.status != "quarantined" or doubts or not score.is_success or score.tier not in _TRUSTED_TIERS:
            return False
        reason = f"the run succeeded by {'your own check' if score.tier == 'user' else 'your tests'}"
        self.ledger.approve(card_id, by=TESTED_POLICY, reason=reason, version=view.card.version)
        return True


class ReadOnlyMemory:
    """Lessons for prompts, and nothing else."""

    __slots__ = ("ledger", "selector")

    def __init__(self, memory: Memory) -> None:
        self.selector = memory.selector
        self.ledger = _Reading(memory.ledger)


class _Reading:
    """The two doors to prompts, without the ledger behind them."""

    __slots__ = ("on_trial", "promoted")

    def __init__(self, ledger: Ledger) -> None:
        self.promoted = ledger.promoted
        self.on_trial = ledger.on_trial
