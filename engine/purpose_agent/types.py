"""The ground floor: the records that every room speaks in.

Records that are stored or sent are frozen `msgspec.Struct`s: made and encoded to JSON in about 1 µs and checked when
they are read back, where a frozen dataclass is several times slower to make and needs a codec of our own. A step has
to fit all its events into some tens of µs. Nothing here imports another room.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import msgspec

if TYPE_CHECKING:
    JSON: TypeAlias = "Mapping[str, JSON] | Sequence[JSON] | str | int | float | bool | None"
else:
    JSON = Any  # msgspec cannot follow a recursive alias; at run time any JSON value passes

EvidenceTier = Literal["user", "given_tests", "generated_tests", "judge", "self", "none"]
"""Who says so, best first. `none` means: no verdict, so there is no score to show."""
TIERS: tuple[EvidenceTier, ...] = get_args(EvidenceTier)
TIER_WORDS: dict[EvidenceTier, str] = {
    "user": "your check",
    "given_tests": "your tests",
    "generated_tests": "tests made before the run",
    "judge": "another model",
    "self": "the same model",
    "none": "nobody yet",
}

RunMode = Literal["train", "validation", "eval"]
"""`train` may learn; `validation` reads lessons and writes none; `eval` writes no memory at all."""

RunStatus = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]

SUCCESS_PHI = 7.0
MAX_PHI = 10.0

OVERRIDE = "override"
"""Flag of a score that a person set in place of the machine's."""
TAKEN_BACK = "override_taken_back"
"""Flag of the machine's score when it stands again, since the person took theirs back."""


def whole_characters(text: str) -> str:
    """The text with half characters (lone surrogates, from broken escapes and file names) as the replacement character.

    UTF-8 cannot hold them, so one left in would break a prompt, a hash or the log at a place far from where it came in.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of everything stored: immutable, keyword-only, JSON round trip by msgspec."""


class Source(Record, frozen=True, kw_only=True):
    """Where a passage of a vault stands, so that what cites it can be checked and opened there.

    start, end   characters of the document's text.
    page         of a PDF or a slide show, from 1; 0 where there are none.
    """

    vault: str
    document: str
    name: str
    version: int = 1
    start: int = 0
    end: int = 0
    place: str = ""
    page: int = 0


class Task(Record, frozen=True, kw_only=True):
    """One piece of work.

    tests   asserts that the person gave; they are shown to the actor and are the top tier of evidence after the
            person's own word. Hidden tests are never in a Task: only the grader of a suite holds them.
    tests_from  "generated" when the tests were made and frozen before the run rather than given by the person.
    kind    task kind for credit ("" = worked out from the text and the examples).
    context passages quoted as data, for example from knowledge files.
    sources where the first passages of `context` stand, in their order; empty for text that came from elsewhere.
    """

    text: str
    tests: tuple[str, ...] = ()
    tests_from: Literal["given", "generated"] = "given"
    kind: str = ""
    context: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    task_id: str = ""
    suite: str = ""


class State(Record, frozen=True, kw_only=True):
    """What is true of the work now: named facts, JSON values only. Order of names does not matter."""

    facts: dict[str, JSON] = {}

    def digest(self) -> str:
        """16 hex digits, equal for equal facts whatever the order of their names."""
        return hashlib.blake2b(msgspec.json.encode(self.facts, order="deterministic"), digest_size=8).hexdigest()


class Action(Record, frozen=True, kw_only=True):
    """What the actor decided: use a tool, put forward a draft, or be done. The critic never sees `thought`.

    answer  the draft; with `done` false the environment checks it and the loop goes on.
    method  how the draft was made, in a few words ("fold(add, is_even)"); the distiller may turn it into a lesson.
    """

    thought: str = ""
    tool: str = ""
    args: dict[str, JSON] = {}
    answer: str | None = None
    method: str = ""
    done: bool = False


class Observation(Record, frozen=True, kw_only=True):
    """What the environment answered to an action. `text` is bounded by it; `notices` are for the person."""

    text: str = ""
    ok: bool = True
    tool: str = ""
    truncated: bool = False
    notices: tuple[str, ...] = ()


class Usage(Record, frozen=True, kw_only=True):
    """What something cost. `attempts` counts programs tried by the built-in search, 0 for language models."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0
    attempts: int = 0
    calls: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cost_usd=self.cost_usd + other.cost_usd,
            seconds=self.seconds + other.seconds,
            attempts=self.attempts + other.attempts,
            calls=self.calls + other.calls,
        )


class Budget(Record, frozen=True, kw_only=True):
    """Where a run stops by itself. None = no limit of that sort."""

    steps: int = 12
    tokens: int | None = None
    seconds: float | None = 600.0
    cost_usd: float | None = None


class Score(Record, frozen=True, kw_only=True):
    """Φ of a state, 0-10, with what it rests on.

    phi         None = no verdict (nothing to go by, or an unusable reply); never NaN, never outside [0, 10].
    evidence    the visible change or test result that was cited.
    confidence  in [0, 1].
    shaped      F = γΦ(s′) − Φ(s), potential-based reward shaping (Ng, Harada, Russell 1999).
    flags       rules that fired, for example "no_evidence", "looks_like_progress", "same_state".
    passed, total   tests, when the tier is a test tier.
    """

    phi: float | None = None
    tier: EvidenceTier = "none"
    evidence: str = ""
    confidence: float = 0.0
    shaped: float = 0.0
    flags: tuple[str, ...] = ()
    passed: int = 0
    total: int = 0

    def __post_init__(self) -> None:
        if self.phi is not None and not (math.isfinite(self.phi) and 0.0 <= self.phi <= MAX_PHI):
            raise ValueError(f"outside [0, 10]: {self.phi=}")

    @property
    def is_from_outside(self) -> bool:
        """Somebody other than the same model says so."""
        return self.phi is not None and self.tier not in ("self", "none")

    @property
    def is_success(self) -> bool:
        """Φ ≥ 7 and somebody other than the same model says so."""
        return self.is_from_outside and self.phi is not None and self.phi >= SUCCESS_PHI

    @property
    def checked_by(self) -> str:
        """The evidence in words: "your tests · 12 of 12"."""
        words = TIER_WORDS[self.tier]
        return f"{words} · {self.passed} of {self.total}" if self.total else words


class Step(Record, frozen=True, kw_only=True):
    """One turn of the loop, as it is handed to the distiller and shown on the Runs page."""

    index: int
    agent: str
    action: Action
    observation: Observation
    state: State
    delta: str = ""
    score: Score = Score()
    prompt_sha256: str = ""
    usage: Usage = Usage()


class LessonUse(Record, frozen=True, kw_only=True):
    """A lesson's place in one run: in the prompt, or left out on purpose to see whether it matters.

    trial   it was tried in a replay of a past task, approved or not.
    chance  with which it was to be left out of this run; 0 where nothing was left to chance.
    """

    card_id: str
    version: int
    text: str
    withheld: bool = False
    exploring: bool = False
    trial: bool = False
    chance: float = 0.0


class RunResult(Record, frozen=True, kw_only=True):
    """What a run gave. `str(result)` is the answer; of a run that did not get there, why, and its best draft below."""

    run_id: str
    task: str
    answer: str
    status: RunStatus
    score: Score = Score()
    lessons: tuple[LessonUse, ...] = ()
    born: tuple[str, ...] = ()
    steps: int = 0
    usage: Usage = Usage()
    what: str = ""
    fix: str = ""
    declined: bool = False  # the model said that it cannot do this: an outcome, not a fault

    @property
    def phi(self) -> float | None:
        return self.score.phi

    @property
    def broke_off(self) -> bool:
        """A fault outside of the task ended it, so it says nothing of how well the task is done."""
        return self.status == "failed" and not self.declined

    @property
    def success(self) -> bool:
        return self.status == "done" and self.score.is_success

    def __str__(self) -> str:
        if self.status == "done" and self.answer:
            return self.answer
        told = f"{self.what} {self.fix}".strip()
        return f"{told}\n\nThe best draft so far:\n{self.answer}" if self.answer else told
