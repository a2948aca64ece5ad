"""No new way to a prompt without the gate: who reads lessons, and who writes to a model, is listed and looked at here.

A module that begins to read cards of any status, or to put a prompt together, makes these tests fail until it stands in
the list, with the reason why no unapproved word can pass. Take `PromotedLesson`: then there is nothing to list.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import purpose_agent

ENGINE = Path(purpose_agent.__file__).parent
OPEN_NAMES = {"MemoryCard", "CardView", "Ledger", "Memory", "Fold", "AsOf", "Past"}
"""Names that give the words of lessons which nobody approved."""

READERS = {
    "core/calibration.py": "makes a card from corrections; its exam shows it to a critic, on past steps only",
    "core/ending.py": "hands new cards of a run to the ledger; it reads none",
    "core/hindsight.py": "makes cards from facts of the run",
    "core/learning.py": "takes PromotedLesson for prompts, and hands new cards to the ledger",
    "core/optimizer.py": "makes cards from facts of the run",
    "core/own_words.py": "makes a card from a model's reply; its own prompt holds the run, not the memory",
    "core/recall.py": "compares a run's new cards with its PromotedLessons; its lines for prompts are theirs alone",
    "core/rewording.py": "shows a model one act bred of approved lessons; no run sees it before a person approves it",
    "core/ports.py": "names the types that cards come in as",
    "teams/answer_care.py": "makes a card from a person's correction; it waits for a decision like any other",
    "teams/calibrating.py": "hands the exam a candidate of people's corrections; no run sees it",
    "teams/evolving.py": "breeds from lessons in use; what is bred waits for a decision",
    "teams/execution.py": "hands the memory to the loop",
    "teams/erasure.py": "takes words out; it writes to no model",
    "teams/lessons.py": "a person's decisions; it writes to no model",
    "teams/team_memory.py": "shows lessons to the program that asks",
    "teams/past_tasks.py": "compares what a lesson is for with past tasks",
    "teams/replay_jobs.py": "takes lessons as TrialLesson, in replays alone; nobody's work rests on their answers",
    "teams/replay_plan.py": "counts what a test would do",
    "teams/replay_policies.py": "decides in the name of a policy; it writes to no model",
    "teams/study_arms.py": "keeps what an arm learns in a memory of its own; prompts get what the loop chooses there",
    "teams/study_workers.py": "hands a memory to the arms of a study",
    "teams/studying.py": "hands the memory to the parts of a study",
    "teams/study_planning.py": "counts the lessons in use at the start of a study, and names those that can be proved",
    "teams/study_reversal.py": "rolls back and puts back in a copy; prompts get what the loop chooses there",
    "teams/proof_tasks.py": "finds past tasks in which lessons were used; it writes to no model",
    "teams/live_learning.py": "tells the person what each lesson adds; it writes to no model",
    "teams/scoring.py": "corrects the credit of a run; it reads no card",
    "teams/memory_care.py": "tries, corrects, tidies and erases; it writes to no model itself",
    "teams/service.py": "keeps the memory of a workspace",
    "teams/team.py": "shows lessons to the person who asks",
    "notebooks/running.py": "keeps what the person taught",
    "cli/lesson_ids.py": "finds the lesson that a person names",
    "cli/review_walk.py": "shows lessons to the person who decides",
    "cli/memory_commands.py": "shows lessons to the person who asks",
    "__init__.py": "public names",
}
PROMPTS = {
    "core/actor.py": "repeats a compiled prompt with the fault of the reply",
    "core/critics.py": "purpose, task and what is visible of the work",
    "core/own_words.py": "the story of one run",
    "core/rewording.py": "one act bred of approved lessons, to be said shorter",
    "evaluation/checks/rubric.py": "a judge is shown a task, a rubric and an answer as data, after the run",
    "vault/asking.py": "a question and passages of documents; the vault cannot reach lessons (see below)",
    "core/prompt_compiler.py": "lessons as PromotedLesson only, checked when the program runs",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ENGINE.rglob("*.py")):
        name = path.relative_to(ENGINE).as_posix()
        if not name.startswith("memory/"):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("purpose_agent.memory")
        for alias in node.names
    }


def called(tree: ast.Module) -> set[str]:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {func.id for func in calls if isinstance(func, ast.Name)}


def test_every_module_that_can_read_unapproved_lessons_is_known() -> None:
    found = {name for name, tree in modules() if imported(tree) & OPEN_NAMES}
    assert found - READERS.keys() == set(), "a new reader of lessons: take PromotedLesson, or say here why it is safe"


def test_every_module_that_writes_to_a_model_is_known() -> None:
    found = {name for name, tree in modules() if called(tree) & {"Message", "CompiledPrompt", "prompt_of"}}
    assert found - PROMPTS.keys() == set(), "a new prompt: let it take PromotedLesson, and say here what it holds"


def test_rooms_below_the_memory_cannot_reach_it() -> None:
    """Tools and models answer and are asked without knowing of lessons."""
    below = ("tools/", "models/", "sandbox/", "runtime/", "storage/")
    assert [name for name, tree in modules() if name.startswith(below) and imported(tree)] == []


def test_documents_are_read_without_knowing_of_lessons() -> None:
    """The vault has its texts scanned, and reaches nothing else of the memory."""
    scanning = {"scan_text", "fenced", "quoted_as_data", "unquoted"}
    assert {name for at, tree in modules() if at.startswith("vault/") for name in imported(tree)} <= scanning


def test_these_tests_see_what_they_look_for() -> None:
    leak = ast.parse("from purpose_agent.memory.fold import CardView\nprompt = Message(role='user', content=view.text)")
    assert imported(leak) == {"CardView"}
    assert called(leak) == {"Message"}
