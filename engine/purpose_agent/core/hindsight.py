"""Hindsight: what a failed run did achieve, as a case to look back at (HER, arXiv 1707.01495).

HER relabels a failed episode with a goal that it did reach. Here the goal is read off the facts: the tests that the
best draft passed, what is common to the cases that it got right, or the tool calls that worked. Simplified: nothing is
trained on it. The card is an `episodic_case` that says what was achieved and what was not; the run stays a failure in
every count, and no policy approves such a card by itself.
"""

import ast
from collections.abc import Sequence

from purpose_agent.core.optimizer import Episode, describe_case, make_card, of_the_kind
from purpose_agent.core.state_delta import shorten, value_text
from purpose_agent.memory.cards import MemoryCard
from purpose_agent.types import Step

LEAST_PASSED = 2
LEAST_SHARE = 0.5
"""A draft that meets fewer of the tests than that may do so by luck."""
LEAST_TOOL_CALLS = 2
CASES_TOLD = 2
CASE_CHARS = 45


def relabel(episode: Episode) -> list[MemoryCard]:
    """At most one card, only for a run that failed by somebody else's word or by a limit."""
    if episode.solved or (episode.outcome is None and episode.end != "limit"):
        return []
    card = _part_of_the_tests(episode) or _tool_path(episode)
    return [card] if card else []


def _part_of_the_tests(episode: Episode) -> MemoryCard | None:
    best = max(reversed(list(episode.steps)), key=_passed, default=None)
    if best is None or not _is_half(best):
        return None
    passed, total = _passed(best), _total(best)
    right, wrong = _cases(episode.task.tests, best)
    only = _what_only_the_wrong_have(right, wrong)
    method = best.state.facts.get("method")
    done = f"A past draft passed {passed} of {total} tests"
    done += f" by `{shorten(str(method), CASE_CHARS)}`" if method else ""
    if only:
        done += f": it is right but for {' and '.join(only)}"
    elif right:
        done += f": right for {_listed(right)}"
    return make_card(
        episode,
        "episodic_case",
        when=of_the_kind(episode),
        do=f"{done}; not achieved: {_listed(wrong) if wrong else f'the other {total - passed}'}",
        step=best.index,
        evidence=f"the run failed; its best draft passed {passed} of {total} tests: {shorten(_code(best), 300)}",
        origin="hindsight",
    )


def _tool_path(episode: Episode) -> MemoryCard | None:
    """The tool calls that worked, in order, each once."""
    worked = [step for step in episode.steps if step.action.tool and step.observation.ok]
    calls = list(dict.fromkeys(f"{step.action.tool} {_args(step)}" for step in worked))
    if len(calls) < LEAST_TOOL_CALLS:
        return None
    told = ", then ".join(calls[-3:])
    return make_card(
        episode,
        "episodic_case",
        when=of_the_kind(episode),
        do=f"These tool calls worked: {told}; not achieved: the task itself",
        step=worked[-1].index,
        evidence=f"the run failed; {len(worked)} of its tool calls worked, the last gave: "
        + shorten(worked[-1].observation.text, 120),
        origin="hindsight",
    )


def _cases(tests: Sequence[str], draft: Step) -> tuple[list[str], list[str]]:
    """Tests known to pass and known to fail. The state names the first that fail, in the tests' order."""
    told = draft.state.facts.get("failing")
    failing = [value_text(each) for each in told] if isinstance(told, list) else []
    wrong = [test for test in tests if any(said.startswith(test[:CASE_CHARS]) for said in failing)]
    complete = len(wrong) == _total(draft) - _passed(draft)
    seen = len(tests) if complete else max((tests.index(test) for test in wrong), default=0)
    return [test for test in tests[:seen] if test not in wrong], wrong


def _what_only_the_wrong_have(right: Sequence[str], wrong: Sequence[str]) -> list[str]:
    """The special cases that fail and never pass: "an empty list". Empty unless they explain every failure."""
    special = {describe_case(test) for test in wrong}
    return [] if "" in special or special & {describe_case(test) for test in right} else sorted(special)


def _listed(tests: Sequence[str]) -> str:
    told = ", ".join(f"`{shorten(_claim(test), CASE_CHARS)}`" for test in tests[:CASES_TOLD])
    more = len(tests) - CASES_TOLD
    return f"{told} and {more} more" if more > 0 else told


def _claim(test: str) -> str:
    """What the assert claims, without the word and without its message."""
    try:
        statement = ast.parse(test).body[0]
    except (SyntaxError, IndexError):
        return test
    return ast.unparse(statement.test) if isinstance(statement, ast.Assert) else test


def _args(step: Step) -> str:
    return shorten(value_text(step.action.args), CASE_CHARS)


def _code(step: Step) -> str:
    return " ".join(value_text(step.state.facts.get("answer", "")).split())


def _is_half(step: Step) -> bool:
    passed, total = _passed(step), _total(step)
    return LEAST_PASSED <= passed < total and passed / total >= LEAST_SHARE


def _passed(step: Step) -> int:
    found = step.state.facts.get("tests_passed")
    return found if isinstance(found, int) else 0


def _total(step: Step) -> int:
    found = step.state.facts.get("tests_total")
    return found if isinstance(found, int) else 0
