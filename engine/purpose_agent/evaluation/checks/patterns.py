"""A regular expression against an answer, in a process of its own that is ended after two seconds.

Python's `re` cannot be stopped from within, and `(a+)+$` may take longer than anybody lives.
"""

import asyncio
import json
import re
import subprocess
import sys

from purpose_agent.evaluation.checks.records import Answered, CheckOutcome, PatternMatch, failed, passed, undecided

MAX_ANSWER_CHARS = 200_000
TIMEOUT_S = 2.0
_PROGRAM = """
import json, re, sys, warnings
warnings.simplefilter("ignore")
pattern, text, flags, whole = json.load(sys.stdin)
found = (re.fullmatch if whole else re.search)(pattern, text, flags)
json.dump(found and found.group(), sys.stdout)
"""
_SHOWN_CHARS = 80


async def pattern(check: PatternMatch, answered: Answered) -> CheckOutcome:
    return await asyncio.to_thread(_match, check, answered.answer.strip())


def _match(check: PatternMatch, answer: str) -> CheckOutcome:
    if len(answer) > MAX_ANSWER_CHARS:
        return undecided(f"The answer is too long for a pattern ({len(answer):,} characters).")
    flags = re.MULTILINE | (re.IGNORECASE if check.ignore_case else 0)
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _PROGRAM],
            input=json.dumps([check.pattern, answer, int(flags), check.whole]),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            env={},
        )
    except subprocess.TimeoutExpired:
        return undecided(
            f"The pattern was not done with this answer after {TIMEOUT_S:g} s, so it was stopped. Write it without "
            "repeats inside repeats."
        )
    if done.returncode:
        return undecided(f"The pattern could not be tried: {done.stderr.strip().splitlines()[-1:] or 'no reason'}.")
    found = json.loads(done.stdout)
    if found is None:
        return failed(f"The answer does not fit the pattern {check.pattern[:_SHOWN_CHARS]}.")
    return passed(f"The pattern fits “{found[:_SHOWN_CHARS]}”.")
