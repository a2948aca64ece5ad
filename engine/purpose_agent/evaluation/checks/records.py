"""The kinds of check that a task of a suite can carry, and what a check says of an answer.

What a check expects (answers, patterns, rubrics, hidden tests) belongs to the grader alone. It is never part of a
`Task`, so no prompt, lesson or event of a run can hold it; only the judge of a rubric is shown that rubric.
"""

from typing import Literal, TypeAlias

from purpose_agent.types import JSON, Record, Source

Verdict = Literal["passed", "failed", "undecided"]


class HiddenTests(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="tests"):
    """Asserts that run in the sandbox after the answer, which is a program."""

    tests: tuple[str, ...]


class ExactMatch(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="exact"):
    """The whole answer is one of these; case, articles, punctuation and `[1]` do not count."""

    answers: tuple[str, ...]


class NumericMatch(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="numeric"):
    """The number that the answer ends on lies within the larger of both tolerances.

    relative  a share of `value`: 0.01 allows one percent.
    unit      what `value` is counted in. A number without a unit is taken to be in it, one in another is converted.
    """

    value: float
    absolute: float = 0.0
    relative: float = 1e-9
    unit: str = ""


class PatternMatch(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="regex"):
    """A regular expression of Python's finds something in the answer; `whole`: it has to take all of it."""

    pattern: str
    whole: bool = False
    ignore_case: bool = False


class CitedWords(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="cited"):
    """The answer says one of these, and cites a passage that says it too.

    share      1.0: the words stand there as they are, in their order. Less: this share of the words that carry
               meaning, in any order, and every number among them; for answers that may be worded otherwise.
    documents  when given, the cited passage is from one of these documents, by name.
    """

    answers: tuple[str, ...]
    share: float = 1.0
    documents: tuple[str, ...] = ()


class NotThere(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="not_there"):
    """The documents do not say it, and the answer has to say so."""


class Rubric(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="rubric"):
    """A model other than the one that answered decides. `judge`: its name; "" = the judge of the workspace."""

    rubric: str
    judge: str = ""


class ByPerson(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="person"):
    """A person decides later; `look_for` tells them what to look for."""

    look_for: str = ""


Check: TypeAlias = HiddenTests | ExactMatch | NumericMatch | PatternMatch | CitedWords | NotThere | Rubric | ByPerson
CHECK_WORDS: dict[type, str] = {
    HiddenTests: "hidden tests",
    ExactMatch: "exact words",
    NumericMatch: "a number",
    PatternMatch: "a pattern",
    CitedWords: "words with their source",
    NotThere: "saying that it is not there",
    Rubric: "another model, by a rubric",
    ByPerson: "a person",
}


class Answered(Record, frozen=True, kw_only=True):
    """What is checked.

    passages  as they stood in the prompt, `[1] file, place` and the text below; `sources` are those of the first ones.
    model     who answered.
    declined  the model said that it cannot do this.
    """

    question: str
    answer: str
    passages: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    model: str = ""
    declined: bool = False


class CheckOutcome(Record, frozen=True, kw_only=True):
    """What a check says. `why` is a sentence for the person; it may name what was expected.

    passed, total  tests, where there are several; otherwise one thing was looked at, or none when it is not decided.
    by             who decided, when it was a model or a person.
    quote          the words that a judge rests its verdict on.
    tokens         what a judge cost.
    """

    verdict: Verdict
    why: str
    passed: int = 0
    total: int = 0
    by: str = ""
    quote: str = ""
    tokens: int = 0

    def as_detail(self, check: "Check | None") -> dict[str, JSON]:
        """What is kept beside the figures of a grade."""
        kind = str(check.__struct_config__.tag) if check is not None else ""
        told: dict[str, JSON] = {"check": kind, "verdict": self.verdict, "why": self.why}
        more: dict[str, JSON] = {"by": self.by, "quote": self.quote, "tokens": self.tokens}
        return told | {name: value for name, value in more.items() if value}


def passed(why: str) -> CheckOutcome:
    return CheckOutcome(verdict="passed", why=why, passed=1, total=1)


def failed(why: str) -> CheckOutcome:
    return CheckOutcome(verdict="failed", why=why, passed=0, total=1)


def undecided(why: str) -> CheckOutcome:
    return CheckOutcome(verdict="undecided", why=why)
