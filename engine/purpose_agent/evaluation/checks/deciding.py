"""Let a check decide on an answer: the one door to all kinds of check."""

from typing import assert_never

from purpose_agent.evaluation.checks.numbers import numeric
from purpose_agent.evaluation.checks.patterns import pattern
from purpose_agent.evaluation.checks.records import (
    Answered,
    ByPerson,
    Check,
    CheckOutcome,
    CitedWords,
    ExactMatch,
    HiddenTests,
    NotThere,
    NumericMatch,
    PatternMatch,
    Rubric,
    failed,
    undecided,
)
from purpose_agent.evaluation.checks.rubric import FindJudge, by_rubric
from purpose_agent.evaluation.checks.words import exact, not_there, with_source

GRADING_TIMEOUT_S = 10.0


async def decide(
    check: Check, answered: Answered, *, find_judge: FindJudge, allow_unwalled: bool = False
) -> CheckOutcome:
    """Never raises for what the answer is. Raises SandboxOff when tests have to run and no wall holds."""
    if answered.declined and not isinstance(check, NotThere):
        return failed("The model declined to answer.")
    match check:
        case HiddenTests():
            return await _by_tests(check, answered, allow_unwalled=allow_unwalled)
        case ExactMatch():
            return exact(check, answered)
        case NumericMatch():
            return numeric(check, answered)
        case PatternMatch():
            return await pattern(check, answered)
        case CitedWords():
            return with_source(check, answered)
        case NotThere():
            return not_there(check, answered)
        case Rubric():
            return await by_rubric(check, answered, find_judge)
        case ByPerson():
            return undecided("A person decides this. It waits for you.")
        case _:
            assert_never(check)


async def _by_tests(check: HiddenTests, answered: Answered, *, allow_unwalled: bool) -> CheckOutcome:
    from purpose_agent.sandbox.tests import arun_tests  # the sandbox is started only when something is graded

    report = await arun_tests(answered.answer, check.tests, timeout_s=GRADING_TIMEOUT_S, allow_unwalled=allow_unwalled)
    right = report.passed == report.total
    why = f"{report.passed} of {report.total} hidden tests passed."
    first = next((outcome.message for outcome in report.results if not outcome.passed), "")
    return CheckOutcome(
        verdict="passed" if right else "failed",
        why=why if right else f"{why} {report.error or first}".strip(),
        passed=report.passed,
        total=report.total,
    )
