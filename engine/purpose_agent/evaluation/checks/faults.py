"""Whether a check could decide anything at all: looked at when a suite is read, so that no study runs in vain."""

import math
import re
import warnings

from purpose_agent.evaluation.checks.plain_words import plain_words
from purpose_agent.evaluation.checks.records import (
    Check,
    CitedWords,
    ExactMatch,
    HiddenTests,
    NumericMatch,
    PatternMatch,
    Rubric,
)

MAX_RUBRIC_CHARS = 8_000
MAX_PATTERN_CHARS = 2_000


def fault_of(check: Check) -> str:
    """Why this check could decide nothing, in words that follow “Task 3 …: ”; "" when it is whole."""
    match check:
        case ExactMatch(answers=answers) | CitedWords(answers=answers):
            if not answers or any(not plain_words(answer) for answer in answers):
                return "it has no expected answer, or an empty one"
            if isinstance(check, CitedWords) and not 0 < check.share <= 1:
                return f"its share is {check.share:g}; it lies above 0 and is at most 1"
        case NumericMatch(value=value, absolute=absolute, relative=relative):
            if not all(math.isfinite(number) for number in (value, absolute, relative)):
                return "its number or its tolerance is not a number"
            if absolute < 0 or relative < 0:
                return "its tolerance is below 0"
        case PatternMatch(pattern=text):
            return _fault_of_pattern(text) if text else "its pattern is empty"
        case Rubric(rubric=rubric):
            if not rubric.strip():
                return "its rubric is empty"
            if len(rubric) > MAX_RUBRIC_CHARS:
                return f"its rubric has {len(rubric):,} characters; {MAX_RUBRIC_CHARS:,} is the most"
        case HiddenTests(tests=tests):
            return "" if tests else "it has no hidden test"
    return ""


def _fault_of_pattern(text: str) -> str:
    """Why this is no pattern that can be used, "" when it is one."""
    if len(text) > MAX_PATTERN_CHARS:
        return f"its pattern has {len(text):,} characters; {MAX_PATTERN_CHARS:,} is the most"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        return f"its pattern cannot be read: {error}"
    return ""
