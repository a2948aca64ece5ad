"""What people's corrections of Φ teach a critic, and the exam that such a lesson has to pass first.

Meta-Rewarding (arXiv 2407.19594) and Self-Taught Evaluators (2408.02666) train a judge on judgements of its own making;
here only a person's corrections count, and nothing is trained: they become one sentence in the critic's prompt. It is
made from one part of the corrected runs and tried on the others: the critic judges what it saw then once more, with
the sentence and without. Unless it comes nearer to the person there, the lesson is turned down.
"""

import math
import random
from collections.abc import Sequence
from datetime import datetime
from itertools import combinations
from statistics import fmean
from typing import Literal, NamedTuple

import msgspec

from purpose_agent.core.critics import SCHEMA, Ask, Verdict, judging_prompt, read_verdict
from purpose_agent.core.recall import tagged
from purpose_agent.core.state_delta import shorten
from purpose_agent.memory.cards import MAX_TEXT, MemoryCard, Scope, one_line
from purpose_agent.memory.environments import fingerprint
from purpose_agent.memory.promoted import PromotedLesson
from purpose_agent.memory.task_kinds import kind_words
from purpose_agent.types import Record

KEY = "calibration"
"""The key under which the ledger keeps the figures of the exam."""
BUILD_RUNS = 4
EXAM_RUNS = 6
"""Runs held out at least: with five, even a gain in every one of them could be chance (1 in 32)."""
CLEAR = 0.05
RANK_SLACK = 0.02
"""Rank agreement may fall by so little: two scores that meet at the end of the scale make a tie, not an error."""
BIAS = 1.0
BIAS_SHARE = 0.8
REASON_CHARS = 90
_EXACT_RUNS = 14
_DRAWS = 20_000

ExamVerdict = Literal["better", "no clear change", "worse", "not enough data"]


class Correction(Record, frozen=True, kw_only=True):
    """One score that a person set in place of a critic's, and what that critic had been shown (`shown`)."""

    run_id: str
    step: int
    task_kind: str
    shown: str
    machine: float
    person: float
    reason: str
    at: datetime | None = None

    @property
    def family(self) -> str:
        """The tasks that a lesson of it is for: "code" of "code: text → number"."""
        return self.task_kind.partition(":")[0]


class Exam(Record, frozen=True, kw_only=True):
    """How far the critic is from the person on runs that the lesson was not made from.

    error_without, error_with   mean absolute difference in points of Φ, each run counting once.
    rank_without, rank_with     Kendall's tau-b with the person's scores, in [-1, 1].
    p                           chance of such a gain if the lesson did nothing (paired sign-flip test, one-sided).
    needed                      corrected runs that are still missing, when there are not enough.
    """

    verdict: ExamVerdict
    task_kind: str = ""
    runs: int = 0
    judged: int = 0
    error_without: float = 0.0
    error_with: float = 0.0
    rank_without: float = 0.0
    rank_with: float = 0.0
    p: float = 1.0
    needed: int = 0

    @property
    def words(self) -> str:
        if self.verdict == "not enough data":
            return f"Not enough data yet: about {self.needed} more corrected run{'' if self.needed == 1 else 's'}."
        return (
            f"On {self.runs} corrected runs that it was not made from, the critic was {self.error_with:.1f} points "
            f"from you with it and {self.error_without:.1f} without (by chance {self.p:.0%}); "
            f"order {self.rank_with:.2f} with, {self.rank_without:.2f} without: {self.verdict}."
        )


class Split(NamedTuple):
    """Corrections by run: those to make the lesson from, and those held out."""

    build: list[Correction]
    held_out: list[Correction]


class Pair(NamedTuple):
    """A correction judged again."""

    correction: Correction
    without: float
    with_it: float


def split(corrections: Sequence[Correction], seed: int) -> Split | int:
    """All corrections of a run on the same side; or how many more runs are needed. The same for the same seed."""
    runs = sorted({correction.run_id for correction in corrections})
    if len(runs) < BUILD_RUNS + EXAM_RUNS:
        return BUILD_RUNS + EXAM_RUNS - len(runs)
    random.Random(seed).shuffle(runs)
    held_out = set(runs[: max(EXAM_RUNS, math.ceil(0.6 * len(runs)))])
    return Split(
        [correction for correction in corrections if correction.run_id not in held_out],
        [correction for correction in corrections if correction.run_id in held_out],
    )


def lesson_from(corrections: Sequence[Correction], family: str, critic: str) -> MemoryCard:
    """What the person said, the largest differences first, and the constant bias where there is one."""
    worst = sorted(corrections, key=lambda c: (-abs(c.machine - c.person), c.run_id, c.step))
    card = MemoryCard(
        kind="critic_calibration",
        when=f"you judge {kind_words(family)}",
        do="",
        why=_bias_words(corrections),
        scope=Scope(task_kind=family),
        source_run=worst[0].run_id,
        source_step=worst[0].step,
        evidence=f"{len(corrections)} scores corrected in {len({c.run_id for c in corrections})} runs",
        origin="correction",
        environment=fingerprint(critic),
    )
    told: dict[str, str] = {}
    for correction in worst:
        reason = shorten(one_line(correction.reason).rstrip("."), REASON_CHARS)
        said = f"{reason} (you gave {correction.machine:.3g}, the person {correction.person:.3g})"
        longer = "; ".join([*told.values(), said])
        if reason.casefold() in told or len(_with(card, longer).text) > MAX_TEXT:
            continue
        told[reason.casefold()] = said
    return _with(card, "; ".join(told.values()))


async def examine(
    card: MemoryCard, held_out: Sequence[Correction], ask: Ask, *, known: Sequence[PromotedLesson] = ()
) -> Exam:
    """Judge each held-out correction twice, with the lesson and without; `known` stands in both prompts.

    A reply without a usable verdict leaves its correction out. Raises ModelError when the model cannot be asked.
    """
    lines = [tagged(lesson) for lesson in known]
    pairs = []
    for correction in held_out:
        without = await _judged(ask, correction.shown, lines)
        with_it = await _judged(ask, correction.shown, [*lines, f"- {card.text}"])
        if without is not None and with_it is not None:
            pairs.append(Pair(correction, without, with_it))
    return graded(pairs, card.scope.task_kind)


def graded(pairs: Sequence[Pair], task_kind: str = "") -> Exam:
    """The figures and the verdict: nearer to the person by more than chance, and in no worse order."""
    by_run: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_run.setdefault(pair.correction.run_id, []).append(pair)
    if len(by_run) < EXAM_RUNS:
        needed = EXAM_RUNS - len(by_run)
        return Exam(verdict="not enough data", task_kind=task_kind, runs=len(by_run), judged=len(pairs), needed=needed)
    person = [pair.correction.person for pair in pairs]
    without = [fmean(abs(pair.without - pair.correction.person) for pair in group) for group in by_run.values()]
    with_it = [fmean(abs(pair.with_it - pair.correction.person) for pair in group) for group in by_run.values()]
    gains = [one - other for one, other in zip(without, with_it, strict=True)]
    ranks = kendall([p.without for p in pairs], person), kendall([p.with_it for p in pairs], person)
    p, p_worse = chance_of(gains), chance_of([-gain for gain in gains])
    in_order = ranks[1] >= ranks[0] - RANK_SLACK
    verdict: ExamVerdict = "better" if p <= CLEAR and in_order else "worse" if p_worse <= CLEAR else "no clear change"
    return Exam(
        verdict=verdict,
        task_kind=task_kind,
        runs=len(by_run),
        judged=len(pairs),
        error_without=fmean(without),
        error_with=fmean(with_it),
        rank_without=ranks[0],
        rank_with=ranks[1],
        p=p,
    )


def chance_of(gains: Sequence[float]) -> float:
    """One-sided paired sign-flip test: the share of flips whose sum is at least the observed one. Exact up to 14."""
    observed = sum(gains) - 1e-9
    if len(gains) <= _EXACT_RUNS:
        sums = [0.0]
        for gain in gains:
            sums = [total + sign * gain for total in sums for sign in (1, -1)]
        return sum(total >= observed for total in sums) / len(sums)
    rng = random.Random(len(gains))
    hits = sum(sum(gain if rng.random() < 0.5 else -gain for gain in gains) >= observed for _ in range(_DRAWS))
    return (hits + 1) / (_DRAWS + 1)


def kendall(one: Sequence[float], other: Sequence[float]) -> float:
    """Kendall's tau-b, in [-1, 1]; 0 where one of the two is all the same."""
    agree = tied_one = tied_other = 0
    pairs = list(combinations(range(len(one)), 2))
    for i, j in pairs:
        a, b = one[i] - one[j], other[i] - other[j]
        agree += (a * b > 0) - (a * b < 0)
        tied_one += a == 0
        tied_other += b == 0
    room = math.sqrt((len(pairs) - tied_one) * (len(pairs) - tied_other))
    return agree / room if room else 0.0


async def _judged(ask: Ask, shown: str, lines: Sequence[str]) -> float | None:
    exchange = await ask(judging_prompt(shown, lines), SCHEMA)
    verdict = read_verdict(exchange.reply.text)
    return verdict.phi if isinstance(verdict, Verdict) else None


def _bias_words(corrections: Sequence[Correction]) -> str:
    """The constant bias, "you gave 3 points too many on average"; "" where differences go both ways or are small."""
    differences = [correction.machine - correction.person for correction in corrections]
    mean = fmean(differences)
    same_side = sum((difference > 0) == (mean > 0) for difference in differences if difference) / len(differences)
    if len(differences) < BUILD_RUNS - 1 or abs(mean) < BIAS or same_side < BIAS_SHARE:
        return ""
    return f"you gave {abs(mean):.2g} points too {'many' if mean > 0 else 'few'} on average"


def _with(card: MemoryCard, do: str) -> MemoryCard:
    return msgspec.structs.replace(card, do=do)
