"""What is told of daily work: records without any way to get them."""

from datetime import datetime
from typing import Literal, NamedTuple

from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.verdicts import Verdict
from purpose_agent.types import Record

MarkKind = Literal["in use", "put away", "model", "judge"]


class Which(Record, frozen=True, kw_only=True):
    """The runs that are looked at; "" and None = all."""

    team: str = ""
    model: str = ""
    task_kind: str = ""
    notebook_id: str = ""
    since: datetime | None = None


EVERYTHING = Which()


class Choices(NamedTuple):
    """What there is to choose from: each with its number of runs, most first. Notebooks are ids."""

    teams: tuple[tuple[str, int], ...]
    models: tuple[tuple[str, int], ...]
    task_kinds: tuple[tuple[str, int], ...]
    notebooks: tuple[tuple[str, int], ...]


class Stretch(NamedTuple):
    """Runs one after the other, from the `first` to the `last` (counted from 1).

    judged  those for whose score somebody other than the model stands; solved: their share solved, with its interval.
    phi     mean score of the judged; the rest are sums. run_id: of the last run.
    """

    first: int
    last: int
    began: datetime
    run_id: str
    judged: int
    solved: Interval | None
    phi: float | None
    tokens: int
    seconds: float
    steps: int
    attempts: int
    cost_usd: float

    @property
    def runs(self) -> int:
        return self.last - self.first + 1


class Mark(NamedTuple):
    """Something that changed after the `after`-th run. A model or a judge begins a new axis; a lesson has a card."""

    after: int
    at: datetime
    kind: MarkKind
    told: str
    card_id: str = ""

    @property
    def breaks(self) -> bool:
        return self.kind in ("model", "judge")


class LessonEffect(NamedTuple):
    """What leaving a lesson out by chance shows of it, in points of tasks solved.

    effect    valid at every moment, by itself. drawn: after a look at the other lessons, None where that says nothing.
    confirmed its word holds also among all lessons looked at (at most 5 % of those confirmed do nothing).
    """

    card_id: str
    text: str
    in_use: bool
    verdict: Verdict
    effect: Interval
    drawn: Interval | None
    shown: int
    left_out: int
    confirmed: bool


class Alarm(NamedTuple):
    """A change that chance hardly explains, the newest first. `run`: from about which run on."""

    sentence: str
    fix: str
    worse: bool
    run: int
    at: datetime
    card_id: str = ""


class Spent(NamedTuple):
    runs: int
    seconds: float
    tokens: int
    cost_usd: float


class LiveFindings(NamedTuple):
    """`overall`: what lessons that could be left out add on average. learning: replays and studies, all together."""

    which: Which
    runs: int
    judged: int
    overall: Verdict
    stretches: tuple[Stretch, ...]
    marks: tuple[Mark, ...]
    lessons: tuple[LessonEffect, ...]
    alarms: tuple[Alarm, ...]
    working: Spent
    learning: Spent
