"""What a person is told about a lesson: ready sentences, the same on every screen and at the terminal.

Each says only what was measured, and how we know. "Likely" is a 90 % interval.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from purpose_agent.memory.cards import CardKind, CardOrigin, CardStatus, MemoryCard, Scope
from purpose_agent.memory.effects import ENOUGH_USES, Effect
from purpose_agent.memory.fold import SCANNER, CardView
from purpose_agent.memory.inbox import Recent
from purpose_agent.memory.ledger_rows import RESTORED, LedgerRow
from purpose_agent.memory.probit import Gaussian, success_probability
from purpose_agent.memory.replay_evidence import ReplayEvidence, replay_of
from purpose_agent.memory.risk import EXTRACTOR, PERSON
from purpose_agent.memory.scanning import Finding, Severity
from purpose_agent.memory.task_kinds import kind_words

LIKELY_SD = 1.645
KIND_WORDS: Mapping[CardKind, str] = {
    "purpose_contract": "what the team is for",
    "user_preference": "your rule",
    "skill_card": "a way to do it",
    "episodic_case": "a case to remember",
    "failure_pattern": "a mistake to avoid",
    "critic_calibration": "how to score",
    "tool_policy": "how to use a tool",
}
ORIGIN_WORDS: Mapping[CardOrigin, str] = {
    "run": "a run",
    "person": "you",
    "merge": "lessons put together",
    "mutation": "a variation of a lesson",
    "crossover": "two lessons combined",
    "hindsight": "a run seen in hindsight",
    "correction": "your correction of a score",
}
SEVERITY_WORDS: Mapping[Severity, str] = {
    "critical": "critical",
    "high": "grave",
    "medium": "doubtful",
    "low": "small",
}
_MOVES: Mapping[tuple[CardStatus | None, CardStatus], str] = {
    (None, "candidate"): "learned",
    ("candidate", "quarantined"): "waits for a decision",
    ("quarantined", "promoted"): "approved",
    ("quarantined", "rejected"): "turned down",
    ("quarantined", "archived"): "put away",
    ("promoted", "archived"): "put away",
    ("promoted", "quarantined"): "taken out of use",
    ("rejected", "quarantined"): "opened again",
    ("archived", "quarantined"): "opened again",
}


class Interval(NamedTuple):
    """Points of the chance of success, of 100: likely between `low` and `high`."""

    low: float
    middle: float
    high: float

    @property
    def is_clear(self) -> bool:
        return self.low > 0.0 or self.high < 0.0


def interval_of(effect: Effect) -> Interval:
    """What the effect does to the chance of success in its task kind."""
    without = _chance(effect, 0.0)
    low, middle, high = (
        100.0 * (_chance(effect, effect.mean + shift * effect.sd) - without) for shift in (-LIKELY_SD, 0.0, LIKELY_SD)
    )
    return Interval(low, middle, high)


def effect_says(effect: Effect | None, *, where: bool = True) -> str:
    """What it does for the tasks that it is for, which `where` names at the end."""
    if effect is None or effect.uses == 0:
        return "Not measured yet."
    if effect.uses < ENOUGH_USES:
        more = ENOUGH_USES - effect.uses
        return f"Not enough data yet: about {_count(more, 'more run')} with it on {kind_words(effect.task_kind)}."
    return _gain_says(interval_of(effect)) + (f" On {kind_words(effect.task_kind)}." if where else "")


def effect_short(effect: Effect | None) -> str:
    """For a table: "+18 (+9 to +27)", points of the chance of success in its task kind."""
    if effect is None or effect.uses == 0:
        return "not measured"
    if effect.uses < ENOUGH_USES:
        return "not enough data"
    low, middle, high = map(_signed, interval_of(effect))
    return f"{middle} ({low} to {high})"


def replay_says(replay: ReplayEvidence | None) -> list[str]:
    """What trying it on past tasks showed, one sentence each."""
    if replay is None or not replay.replays:
        return ["It was not tried on past tasks yet."]
    others = [pair for pair in replay.pairs if not pair.same_task]
    told = [f"Tried on {_count(replay.tasks, 'past task')}, with and without ({_count(replay.replays, 'replay')})."]
    if others:
        told.append(
            f"On {_count(len(others), 'other task')}, {replay.right_with or 'none'} went well with it"
            f" and {replay.right_without or 'none'} without."
        )
    if replay.effort is not None:
        told.append(_effort_says(replay))
    told.append(
        _gain_says(Interval(replay.low, replay.gain, replay.high)) + f" On {kind_words(replay.task_kind)}."
        if replay.released_for == "success" or replay.verdict in ("harmful", "retired")
        else "Whether more tasks succeed with it cannot be told yet."
        if replay.released_for == "effort"
        else "Not enough data yet to tell whether it helps: try it on more past tasks."
    )
    if replay.kept_of:
        told.append(
            "All that went well without it still did with it."
            if replay.kept == replay.kept_of
            else f"Of {_count(replay.kept_of, 'task')} that went well without it, {replay.kept or 'none'} did with it."
        )
    if replay.harmed:
        told.append(f"It makes {', '.join(kind_words(kind) for kind in replay.harmed)} go worse.")
    if replay.verdict == "retired":
        told.append("Nothing leads us to hope that it helps.")
    if replay.confirmed:
        told.append(f"Confirmed by {_count(len(replay.pairs), 'comparison')} side by side.")
    return told


def _effort_says(replay: ReplayEvidence) -> str:
    """Effort on tasks like its own, with it as a share of without it."""
    n = sum(pair.sibling and pair.success_with and pair.success_without for pair in replay.pairs)
    share, low, high = (_share(each) for each in (replay.effort or 0.0, replay.effort_low, replay.effort_high))
    between = f", between {low} and {high}" if n > 1 else ""
    return f"On {_count(n, 'task')} like its own it took {share} times the work{between}."


def how_we_know(view: CardView) -> str:
    """Where what is known of its effect comes from: replays, your own runs, both, or nowhere yet."""
    replay = replay_of(view)
    live = view.effect.live if view.effect else 0
    replays = max(view.effect.replays if view.effect else 0, replay.replays if replay else 0)
    own = f"{_count(live, 'run')} of your own"
    tried = _count(replays, "replay of past tasks", "replays of past tasks")
    if replays and live:
        return f"from both: {tried} and {own}"
    return f"from {tried}" if replays else f"from {own}" if live else "not measured yet"


def scanners_say(findings: Sequence[Finding]) -> list[str]:
    """One sentence a finding, gravest first; one that says so when there is none."""
    return [finding_says(finding) for finding in findings] or ["The scanners found nothing in it."]


def finding_says(finding: Finding) -> str:
    return f"{SEVERITY_WORDS[finding.severity].capitalize()}: {finding.why}"


def why_it_exists(card: MemoryCard, seen: int = 1) -> str:
    """Where it comes from and who wrote it. The step itself is quoted by who can read the run."""
    match card.origin:
        case "merge" | "mutation" | "crossover":
            told = f"It is made from {_count(len(card.parents), 'lesson')}: {ORIGIN_WORDS[card.origin]}."
        case "hindsight":
            told = "A run reached something other than its goal; this says how it got there."
        case "correction":
            told = "You corrected a score, and this says what to look at."
        case _ if card.author == PERSON:
            told = "You wrote it."
        case _:
            told = f"A run taught it{f', at step {card.source_step + 1}' if card.source_step >= 0 else ''}."
    if card.author not in (PERSON, EXTRACTOR):
        told += f" The words are {card.author}'s."
    if seen > 1:
        told += f" It came up {seen} times."
    return told


def what_changes(card: MemoryCard, recent: Recent) -> str:
    """What an approval would do."""
    such = recent.such(card.scope.task_kind)
    if card.kind == "critic_calibration":
        return f"From the next run on the critic of {scope_says(card.scope)} reads it; no agent does."
    told = f"From the next run on it stands in prompts of {scope_says(card.scope)}."
    if recent.total and card.scope.task_kind:
        told += f" {_so_often(such, recent.total)}"
    if card.supersedes:
        told += f" {_count(len(card.supersedes), 'lesson')} that it takes the place of {_is(card.supersedes)} put away."
    return told


def scope_says(scope: Scope) -> str:
    """The tasks that a lesson is for, as the end of a sentence."""
    told = kind_words(scope.task_kind)
    if scope.tool:
        told += f" that use the tool {scope.tool.replace('_', ' ')}"
    if scope.agent:
        told += f" done by the {scope.agent}"
    return f"{told} of {scope.user}" if scope.user else told


def who(actor: str) -> str:
    """An actor of the ledger as a person calls them."""
    if actor == PERSON:
        return "you"
    if actor == EXTRACTOR:
        return "the lesson writer"
    if actor.startswith(SCANNER):
        return f"the scanner for {actor.removeprefix(SCANNER).replace('_', ' ')}"
    if actor.startswith("policy: "):
        return f"your rule for {actor.removeprefix('policy: ')}"
    return actor


def move_says(row: LedgerRow) -> str:
    """What a row of the ledger did to its lesson, in a word or two."""
    if RESTORED in row.evidence:
        return "brought back to an earlier state"
    if row.from_status == row.to_status or (row.card is not None and row.from_status is not None):
        return f"new words (version {row.version})" if row.card is not None else "noted"
    return _MOVES.get((row.from_status, row.to_status), "moved")


def _so_often(such: int, total: int) -> str:
    if total == 1:
        return f"Your last run was {'' if such else 'not '}such a task."
    return f"{such or 'None'} of your last {total} runs {'was such a task' if such == 1 else 'were such tasks'}."


def _gain_says(interval: Interval) -> str:
    low, middle, high = map(_signed, interval)
    between = f"likely between {low} and {high} tasks in 100"
    if not interval.is_clear:
        return f"No clear change: {between}."
    return f"{'Helps' if interval.middle > 0 else 'Harms'}: {middle} tasks in 100, {between}."


def _share(value: float) -> str:
    return f"{value:.1g}" if value < 0.1 else f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _signed(points: float) -> str:
    rounded = round(points)
    return f"{rounded:+}".replace("-", "−") if rounded else "0"


def _chance(effect: Effect, extra: float) -> float:
    return success_probability([Gaussian(effect.base_mean + extra, effect.base_variance)])


def _count(n: int, noun: str, plural: str = "") -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {plural or noun + 's'}"


def _is(several: Sequence[object]) -> str:
    return "is" if len(several) == 1 else "are"
