"""The purpose function Φ: how far the work is, 0-10, after the fact, by seven rules against gaming.

1. No visible change cited, no gain.        By code: the evidence must stand in what the critic saw.
2. Nothing for intentions.                  By code: the critic is never shown a thought or a plan of the actor.
3. No flattery.                             By prompt, and by rule 1: praise cites nothing.
4. One fixed scale.                         By prompt: five anchors, the same for every task.
5. Looks like progress earns nothing.       By code: such a verdict never lifts Φ, and is flagged.
6. Equal states get equal scores.           By code: a verdict is kept by purpose and state; it is not asked for again.
7. Confidence is stated.                    By code: without it, or with a Φ that is no number in 0-10: no verdict.

Being done changes nothing about a state, so it changes nothing about Φ. Checks by code come before any model, in this
order of trust: user > given tests > generated tests > judge > self. A task that has tests is judged by them alone.
"""

import re
from collections.abc import Sequence
from typing import Final

from purpose_agent.core.critics import (
    CodeCheck,
    Critic,
    DeltaCritic,
    Judgement,
    StandardCritic,
    TestsCritic,
    UserCheck,
    Verdict,
    View,
)
from purpose_agent.core.state_delta import Delta
from purpose_agent.types import Record, Score, State, Task

__all__ = [
    "CodeCheck", "Critic", "DeltaCritic", "Judged", "PurposeFunction", "StandardCritic", "TestsCritic", "UserCheck",
    "shaped_reward",
]  # fmt: skip

GAMMA: Final = 0.99
BOOKKEEPING: Final = frozenset({"attempts"})  # facts that tell what the work cost, not how far it is
LEAST_EVIDENCE = 2
_NOT_WORDS = re.compile(r"[\W_]+")


class Judged(Record, frozen=True, kw_only=True):
    """The score of a step. `made` tells that a verdict was made or sought just now; `why` why there is none."""

    score: Score
    made: bool = False
    by: str = ""
    why: str = ""
    judgement: Judgement | None = None


class PurposeFunction:
    """Scores the states of one run. `standing` is the last verdict, whatever steps without one came after it."""

    def __init__(
        self,
        purpose: str,
        task: Task,
        *,
        checks: Sequence[CodeCheck] = (),
        critic: Critic | None = None,
        standing: Score = Score(),
    ) -> None:
        self.standing = standing
        self._purpose = purpose
        self._task = task
        self._checks = tuple(checks)
        self._critic = None if task.tests else critic
        self._cache: dict[str, Score] = {}

    async def score(self, before: State, after: State, delta: Delta) -> Judged:
        if not (delta.changed.keys() - BOOKKEEPING or delta.removed):
            return Judged(score=self._unchanged())
        key = self._key(after)
        known = self._cache.get(key)
        if known is not None:
            return self._settle(known, key, flags=("same_state",), by="an earlier verdict on the same state")
        for check in self._checks:
            found = check.check(after)
            if found is not None:
                return self._settle(found, key, by=check.name)
        if self._critic is None:
            return Judged(score=Score())
        judgement = await self._critic.judge(
            View(purpose=self._purpose, task=self._task, before=before, after=after, delta=delta)
        )
        if judgement.verdict is None:
            flagged = Score(flags=("no_verdict",))
            return Judged(score=flagged, made=True, by=self._critic.name, why=judgement.why, judgement=judgement)
        ruled = self._apply_rules(judgement.verdict, judgement.visible, self._critic)
        return self._settle(ruled, key, by=self._critic.name, judgement=judgement)

    def seed(self, state: State) -> None:
        """After a resume: the standing verdict is the verdict on this state."""
        if self.standing.phi is not None:
            self._cache[self._key(state)] = self.standing

    def _apply_rules(self, verdict: Verdict, visible: str, critic: Critic) -> Score:
        before = self.standing.phi or 0.0
        phi, flags = verdict.phi, []
        if not is_cited(verdict.evidence, visible):
            flags.append("no_evidence")
        if verdict.looks_like_progress:
            flags.append("looks_like_progress")
        return Score(
            phi=min(phi, before) if flags else phi,
            tier=critic.tier,
            evidence=verdict.evidence,
            confidence=verdict.confidence,
            flags=tuple(flags),
        )

    def _settle(
        self, score: Score, key: str, *, by: str, flags: tuple[str, ...] = (), judgement: Judgement | None = None
    ) -> Judged:
        """Make it the standing verdict, with its shaped reward."""
        self._cache.setdefault(key, score)
        settled = Score(
            phi=score.phi,
            tier=score.tier,
            evidence=score.evidence,
            confidence=score.confidence,
            shaped=shaped_reward(self.standing.phi, score.phi),
            flags=score.flags + tuple(flag for flag in flags if flag not in score.flags),
            passed=score.passed,
            total=score.total,
        )
        changed = settled.phi != self.standing.phi or not flags
        self.standing = settled
        return Judged(score=settled, made=changed, by=by, judgement=judgement)

    def _unchanged(self) -> Score:
        standing = self.standing
        if standing.phi is None:
            return Score(flags=("same_state",))
        return Score(
            phi=standing.phi,
            tier=standing.tier,
            evidence=standing.evidence,
            confidence=standing.confidence,
            shaped=shaped_reward(standing.phi, standing.phi),
            flags=("same_state",),
            passed=standing.passed,
            total=standing.total,
        )

    def _key(self, state: State) -> str:
        """Purpose and task are those of this run, so the state tells the rest."""
        if BOOKKEEPING.isdisjoint(state.facts):
            return state.digest()
        return State(facts={name: value for name, value in state.facts.items() if name not in BOOKKEEPING}).digest()


def shaped_reward(before: float | None, after: float | None) -> float:
    """F = γΦ(s′) − Φ(s), potential-based shaping (Ng, Harada, Russell 1999); a state without verdict counts as 0."""
    return GAMMA * (after or 0.0) - (before or 0.0)


def is_cited(evidence: str, visible: str) -> bool:
    """Whether the words of the evidence stand in the visible text, in their order; case and signs do not matter."""
    cited = _plain(evidence)
    return len(cited) >= LEAST_EVIDENCE and f" {cited} " in f" {_plain(visible)} "


def _plain(text: str) -> str:
    return _NOT_WORDS.sub(" ", text.lower()).strip()
