"""How much harm a lesson could do if it were wrong, in four tiers with the reasons in words.

What a scanner found counts first. The rest is judgement, not measurement: what a lesson may steer, how many tasks it
reaches and who wrote it. Each of these alone asks for a look; two of them together ask for a careful one.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from purpose_agent.memory.cards import CardKind, CardOrigin, MemoryCard
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.scanning import Finding, Severity

RiskTier = Literal["low", "medium", "high", "critical"]
TIERS: tuple[RiskTier, ...] = ("low", "medium", "high", "critical")

PERSON, EXTRACTOR = "person", "extractor"
_STEERS: Mapping[CardKind, str] = {
    "purpose_contract": "it changes what the team is for",
    "critic_calibration": "it changes how answers are scored",
    "tool_policy": "it changes how tools are used",
}
_MADE: Mapping[CardOrigin, str] = {
    "mutation": "it is a variation of another lesson, not something seen in a run",
    "crossover": "it is put together from other lessons, not something seen in a run",
    "hindsight": "it comes from a run that reached something other than its goal",
}
_STEERING, _WIDE, _SECOND_HAND, _MODELS_WORDS, _REPLACES = 2, 2, 2, 1, 1
_MEDIUM_FROM, _HIGH_FROM = 2, 4


class Risk(NamedTuple):
    """`reasons` is empty for a lesson that gives no cause for a second look."""

    tier: RiskTier
    reasons: tuple[str, ...] = ()

    @property
    def fits_a_batch(self) -> bool:
        """Whether it may be decided together with others; what is high or critical is looked at by itself."""
        return self.tier in ("low", "medium")


def risk_of(view: CardView) -> Risk:
    """The tier of a lesson as it stands."""
    found, reasons = _of_findings(view.findings)
    weight, more = _of_card(view.card)
    judged = 2 if weight >= _HIGH_FROM else 1 if weight >= _MEDIUM_FROM else 0
    return Risk(TIERS[max(found, judged)], (*reasons, *more))


def _of_findings(findings: tuple[Finding, ...]) -> tuple[int, list[str]]:
    if not findings:
        return 0, []
    tiers: Mapping[Severity, int] = {"low": 0, "medium": 1, "high": 2, "critical": 3}
    worst = max(findings, key=lambda finding: tiers[finding.severity])
    told = {"low": "something small", "medium": "something doubtful", "high": "something grave"}
    word = told.get(worst.severity, "something critical")
    return tiers[worst.severity], [f"a scanner found {word} in it"]


def _of_card(card: MemoryCard) -> tuple[int, list[str]]:
    weight, reasons = 0, []
    if card.kind in _STEERS:
        weight += _STEERING
        reasons.append(_STEERS[card.kind])
    if card.author == PERSON:
        return weight, reasons
    if not (card.scope.task_kind or card.scope.tool or card.scope.agent):
        weight += _WIDE
        reasons.append("it applies to every task")
    if card.origin in _MADE:
        weight += _SECOND_HAND
        reasons.append(_MADE[card.origin])
    if card.author != EXTRACTOR:
        weight += _MODELS_WORDS
        reasons.append("a language model wrote it in its own words")
    if card.supersedes:
        weight += _REPLACES
        reasons.append("it takes the place of lessons that you have")
    return weight, reasons
