"""What may be decided without asking after a test, for those who switched it on. Both are off until then."""

from collections.abc import Callable
from typing import Protocol

from purpose_agent.memory.memory import Memory
from purpose_agent.memory.replay_evidence import ReplayEvidence
from purpose_agent.memory.risk import risk_of
from purpose_agent.teams.lessons import Lessons
from purpose_agent.types import JSON

APPROVE_CONFIRMED = "approve_confirmed_lessons"
"""Setting: the highest risk up to which lessons that a test confirmed are used without asking ("low", "medium")."""
REJECT_HARMFUL = "reject_harmful_lessons"
"""Setting: lessons that a test showed to harm are turned down without asking."""
CONFIRMED_POLICY = "policy: confirmed lessons"
HARMFUL_POLICY = "policy: harmful lessons"
_UP_TO: dict[JSON, tuple[str, ...]] = {"low": ("low",), "medium": ("low", "medium")}


class Settings(Protocol):
    def setting(self, key: str, default: JSON = None) -> JSON: ...


class ReplayPolicies:
    """Acts in the name of the policy that a person switched on, so the ledger says who decided.

    read_documents  whether a run read text of documents; what came of such a run is for a person to decide.
    """

    def __init__(
        self, settings: Settings, memory: Memory, lessons: Lessons, *, read_documents: Callable[[str], bool]
    ) -> None:
        self._settings = settings
        self._read_documents = read_documents
        self._memory = memory
        self._lessons = lessons

    def apply(self, card_id: str, evidence: ReplayEvidence) -> None:
        view = self._memory.ledger.card(card_id)
        if view.status != "quarantined":
            return
        if evidence.verdict == "harmful" and self._settings.setting(REJECT_HARMFUL) is True:
            self._lessons.reject(card_id, by=HARMFUL_POLICY, reason="past tasks went worse with it")
        allowed = _UP_TO.get(self._settings.setting(APPROVE_CONFIRMED), ())
        is_harmless = risk_of(view).tier in allowed and not view.findings
        if evidence.confirmed and is_harmless and not self._read_documents(view.card.source_run):
            self._lessons.approve(
                card_id, by=CONFIRMED_POLICY, reason="a test on past tasks confirmed it", version=view.card.version
            )
