"""What a run learns: credit for the lessons it used, and cards that wait. On the real journal and memory."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from purpose_agent.core.optimizer import Episode, describe_case, extract, topic
from purpose_agent.core.orchestrator import AgentSpec, Orchestrator, RunSpec
from purpose_agent.memory.memory import Memory
from purpose_agent.models.backend import Capabilities
from purpose_agent.models.builtin.errors import BuiltinRefusal
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.runtime.events import RunEvent
from purpose_agent.sandbox.tests import TestOutcome, TestReport
from purpose_agent.storage.journal import Journal
from purpose_agent.types import Action, Budget, Observation, RunResult, Score, State, Step, Task

CODER = (AgentSpec(role="coder", instructions="Write Python.", answers=True),)
TASK = Task(
    text="Write a function total that gives the sum of the even numbers of a list",
    tests=("assert total([]) == 0", "assert total([1, 2, 4]) == 6"),
)
WRONG = "```python\ndef total(xs):\n    return sum(xs) + 1\n```"
RIGHT = "```python\ndef total(xs):\n    return sum(x for x in xs if x % 2 == 0)\n```"
WORDS = json.dumps({"when": "the task filters a list", "do": "Filter first, then add up", "why": "it reads well"})


class Searcher(ScriptedBackend):
    capabilities = Capabilities(roles=False, critic=False, local=True, free=True)


async def in_process(code: str, tests: tuple[str, ...], *, timeout_s: float = 5.0) -> TestReport:
    """The tests of this module's own two drafts, without a sandbox."""
    results = []
    for test in tests:
        space: dict[str, object] = {}
        try:
            exec(f"{code}\n{test}", space)
            results.append(TestOutcome(test=test, passed=True))
        except AssertionError:
            results.append(TestOutcome(test=test, passed=False, message="it gave something else"))
    return TestReport(results=tuple(results), passed=sum(each.passed for each in results), total=len(tests))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    found = Journal(tmp_path / "journal.sqlite")
    yield found
    found.close()


def draft(answer: str, **more: object) -> str:
    return json.dumps({"answer": answer, "done": False, **more})


def go(journal: Journal, model: ScriptedBackend, **changes: object) -> tuple[RunResult, list[RunEvent], Memory]:
    memory = Memory(journal)
    given = {"run_id": "r", "task": TASK, "purpose": "Write Python code", "agents": CODER, **changes}
    orchestrator = Orchestrator(backend=model, journal=journal, memory=memory, run_tests=in_process)
    result = asyncio.run(orchestrator.run(RunSpec(**given)))
    return result, journal.events(str(given["run_id"])), memory


def test_a_method_that_passed_the_tests_becomes_a_waiting_lesson(journal: Journal) -> None:
    result, events, memory = go(journal, Searcher([draft(RIGHT, method="fold(add, is_even)")]))
    (card,) = memory.born("r")
    assert card.status == "quarantined"
    assert "Try the method `fold(add, is_even)` first." in card.text
    assert card.text.startswith("When the task is code: list of numbers → number, about ")
    assert result.born == (card.card_id,)
    kinds = [event.kind for event in events]
    assert kinds.index("memory.candidate") < kinds.index("memory.quarantined") < kinds.index("run.finished")
    assert kinds[-1] == "run.finished"


def test_a_test_that_failed_and_then_passed_becomes_a_lesson_in_plain_words(journal: Journal) -> None:
    _, _, memory = go(journal, Searcher([draft(WRONG), draft(RIGHT)]))
    (card,) = memory.born("r")
    assert card.card.kind == "failure_pattern"
    assert "Check an empty list, for example `assert total([]) == 0` before you are done" in card.text
    assert card.card.source_step == 1


def test_a_lesson_from_one_run_is_used_by_the_next_once_it_is_approved(journal: Journal) -> None:
    first, _, memory = go(journal, Searcher([draft(RIGHT, method="fold(add, is_even)")]))
    memory.ledger.approve(first.born[0], by="person")
    second, events, _ = go(journal, Searcher([draft(RIGHT)], cycle=True), run_id="r2")
    assert [use.card_id for use in second.lessons if not use.withheld] or second.lessons[0].withheld
    started = events[0]
    assert started.lessons == second.lessons
    request = next(event for event in events if event.kind == "model.request")
    in_prompt = [use for use in second.lessons if not use.withheld]
    assert request.lessons == tuple(use.card_id for use in in_prompt)
    assert all(use.text in request.prompt for use in in_prompt)
    updated = [event.card_id for event in events if event.kind == "skill.updated"]
    assert updated == [use.card_id for use in in_prompt]


def test_nothing_unapproved_reaches_a_prompt(journal: Journal) -> None:
    go(journal, Searcher([draft(RIGHT, method="secret_method")]))
    _, events, _ = go(journal, Searcher([draft(RIGHT)]), run_id="r2")
    assert not any("secret_method" in event.prompt for event in events if event.kind == "model.request")


@pytest.mark.parametrize("mode", ["validation", "eval"])
def test_only_a_training_run_writes_memory(journal: Journal, mode: str) -> None:
    result, events, memory = go(journal, Searcher([draft(RIGHT, method="m")]), mode=mode)
    assert result.success
    assert result.born == ()
    assert memory.born("r") == []
    assert memory.effects.snapshot().base("code: list of numbers → number").uses == 0
    assert not any(event.kind.startswith(("memory.", "skill.updated")) for event in events)


def test_credit_needs_an_outcome_from_outside_the_model(journal: Journal) -> None:
    judged = '{"phi":9,"evidence":"Hello","confidence":1}'
    _, _, memory = go(journal, ScriptedBackend([draft("Hello", done=True), judged]), task=Task(text="Write a greeting"))
    assert memory.effects.snapshot().base("writing").uses == 0
    assert memory.born("r") == []


def test_a_failed_run_counts_against_the_lessons_in_its_prompt(journal: Journal) -> None:
    taught = Memory(journal).teach("Always add one for luck")
    for number in range(4):
        _, events, memory = go(journal, Searcher([draft(WRONG)] * 2), run_id=f"r{number}", budget=Budget(steps=2))
    effect = memory.effects.effect(taught.card_id, "code: list of numbers → number")
    assert effect.uses > 0
    assert effect.mean < 0
    assert "stopped at its limit" in events[-1].reason


def test_a_refusal_tells_the_person_what_is_missing_and_teaches_the_team_nothing(journal: Journal) -> None:
    refusal = BuiltinRefusal("Two programs fit these examples.", "Give one more example.")
    result, events, memory = go(journal, Searcher([refusal]))
    assert (result.status, result.fix) == ("failed", "Give one more example.")
    assert events[-1].kind == "run.error"
    assert memory.born("r") == []


def test_the_models_own_words_come_second_and_carry_its_name(journal: Journal) -> None:
    model = ScriptedBackend([draft(WRONG), draft(RIGHT), WORDS])
    _, events, memory = go(journal, model)
    cards = memory.born("r")
    assert [card.card.author for card in cards] == ["extractor", "scripted:demo"]
    assert cards[1].text == "When the task filters a list: Filter first, then add up, because it reads well."
    asked = [event for event in events if event.kind == "model.request" and event.purpose == "distiller"]
    assert len(asked) == 1
    assert len(asked[0].prompt) < 4_000


@pytest.mark.parametrize(
    "words", ["{}", "no json at all", '{"when":"","do":"x"}', '{"when":"a","do":"%s"}' % ("x" * 900)]
)
def test_words_that_are_no_lesson_make_no_card(journal: Journal, words: str) -> None:
    result, _, memory = go(journal, ScriptedBackend([draft(RIGHT), words]))
    assert result.success
    assert memory.born("r") == []


def test_a_model_that_fails_at_the_lesson_does_not_spoil_the_run(journal: Journal) -> None:
    result, events, _ = go(journal, ScriptedBackend([draft(RIGHT)]))
    assert result.success
    assert any(event.kind == "agent.progress" and "asked for a lesson" in event.text for event in events)


def step(
    index: int, *, tool: str = "", args: dict | None = None, ok: bool = True, text: str = "", **facts: object
) -> Step:
    return Step(
        index=index,
        agent="coder",
        action=Action(tool=tool, args=args or {}),
        observation=Observation(text=text, ok=ok, tool=tool),
        state=State(facts=facts),
    )


def test_arguments_that_mended_a_tools_error_become_a_tool_policy() -> None:
    steps = [
        step(0, tool="read_file", args={"path": "/etc/x"}, ok=False, text="The path is outside the folder."),
        step(1, tool="read_file", args={"path": "x"}, text="hello"),
    ]
    (card,) = extract(Episode(run_id="r", task=TASK, task_kind="code", steps=steps, outcome=None))
    assert (card.kind, card.scope.tool) == ("tool_policy", "read_file")
    assert 'Call it like {"path":"x"}, not like {"path":"/etc/x"}' in card.text


def test_at_most_three_cards_come_of_a_run() -> None:
    steps = [step(number, tool="t", args={"n": number}, ok=bool(number % 2), text="bad") for number in range(20)]
    outcome = Score(phi=0.0, tier="given_tests", total=2)
    cards = extract(
        Episode(run_id="r", task=TASK, task_kind="code", steps=steps, outcome=outcome, end="limit", what="stopped")
    )
    assert len(cards) <= 3


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("assert f([]) == 0", "an empty list"),
        ("assert f('') == ''", "an empty text"),
        ("assert f(0) == 1 (it gave 2)", "zero"),
        ("assert f(-3) == 1", "a negative number"),
        ("assert f([7]) == 1", "a list of one"),
        ("assert f(3) == 1", ""),
        ("not python at all (", ""),
    ],
)
def test_a_case_is_named_by_what_is_special_about_it(test: str, words: str) -> None:
    assert describe_case(test) == words


def test_a_task_is_told_by_its_few_telling_words() -> None:
    assert topic(TASK) == "total, sum, even"
