"""What a check looks for, in sentences for the person who keeps the suite. No prompt ever holds any of them."""

from collections.abc import Sequence
from typing import assert_never

from purpose_agent.evaluation.checks.records import (
    CHECK_WORDS,
    ByPerson,
    Check,
    CitedWords,
    ExactMatch,
    HiddenTests,
    NotThere,
    NumericMatch,
    PatternMatch,
    Rubric,
)

GIVEN, NOTHING = "given tests", "nothing"
_NAMED = 4
_ROUNDING = 1e-6  # a tolerance below it only makes up for how computers write numbers


def kind_of(check: Check | None, tests: Sequence[str] = ()) -> str:
    """What decides, in a word or two; `tests` are those that the task itself gives."""
    if check is not None:
        return CHECK_WORDS[type(check)]
    return GIVEN if tests else NOTHING


def told(check: Check | None, tests: Sequence[str] = ()) -> str:
    """What has to hold for the answer to be right."""
    match check:
        case None if tests:
            return f"The {_tests(len(tests), 'given')} of the task {_pass(len(tests))}."
        case None:
            return "Nothing decides whether the answer is right."
        case HiddenTests(tests=hidden):
            return f"{_tests(len(hidden), 'hidden')}, run after the answer, {_pass(len(hidden))}."
        case ExactMatch(answers=answers):
            return f"The whole answer is {_either(answers)}. Capitals, articles and punctuation do not count."
        case NumericMatch():
            return _number(check)
        case PatternMatch(pattern=text, whole=whole, ignore_case=ignores):
            what = "The whole answer fits" if whole else "Something in the answer fits"
            return f"{what} the pattern {text}{'; capitals do not count' if ignores else ''}."
        case CitedWords():
            return _cited(check)
        case NotThere():
            return "The answer says that the documents do not tell."
        case Rubric(rubric=rubric, judge=judge):
            return f"{judge or 'The judge you chose'} decides by this rubric: {rubric}"
        case ByPerson(look_for=look_for):
            return f"You decide. Look for this: {look_for}" if look_for else "You decide."
        case _:
            assert_never(check)


def _tests(n: int, which: str) -> str:
    return f"{n} {which} test{'s' * (n != 1)}"


def _pass(n: int) -> str:
    return "passes" if n == 1 else "pass"


def _number(check: NumericMatch) -> str:
    unit = f" {check.unit}" if check.unit else ""
    if check.absolute > check.relative * abs(check.value):
        near = f", give or take {check.absolute:g}{unit}"
    else:
        near = f", give or take {100 * check.relative:g} %" if check.relative > _ROUNDING else ""
    return f"The number that the answer ends on is {check.value:.12g}{unit}{near}."


def _cited(check: CitedWords) -> str:
    where = f" of {_either(check.documents)}" if check.documents else ""
    says = (
        f"says {_either(check.answers)}"
        if check.share >= 1
        else f"says at least {check.share:.0%} of the words that matter in {_either(check.answers)}, and its numbers"
    )
    return f"The answer {says}, and names a passage{where} that says it too."


def _either(answers: Sequence[str]) -> str:
    shown = " or ".join(f"“{answer}”" for answer in answers[:_NAMED])
    return shown + (f" or one of {len(answers) - _NAMED} more" if len(answers) > _NAMED else "")
