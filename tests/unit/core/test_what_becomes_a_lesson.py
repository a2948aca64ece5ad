"""What may become a lesson and what may not: an outcome from outside, no echo of our own recall, full cards."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from purpose_agent.core.learning import keep_cards
from purpose_agent.core.once import UNKNOWN
from purpose_agent.core.optimizer import Episode, extract
from purpose_agent.core.orchestrator import AgentSpec
from purpose_agent.core.passing_faults import LAPSES_AFTER, may_pass
from purpose_agent.core.recall import tag, without_recall
from purpose_agent.core.recorder import Recorder
from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.environments import difference, fingerprint, retests
from purpose_agent.memory.memory import Memory
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.runtime.events import ModelRequest
from purpose_agent.storage.journal import Journal
from purpose_agent.types import Action, Budget, Observation, Score, State, Step, Task
from tests.unit.core.test_learning import CODER, RIGHT, TASK, WRONG, Searcher, draft, go

KIND = "code: list of numbers → number"
AT = datetime(2026, 1, 1, tzinfo=UTC)
PASSED = Score(phi=10.0, tier="given_tests", passed=2, total=2, evidence="2 of 2 tests passed")
FAILED = Score(phi=5.0, tier="given_tests", passed=1, total=2, evidence="1 of 2 tests passed")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    found = Journal(tmp_path / "journal.sqlite")
    yield found
    found.close()


def episode(*steps: Step, outcome: Score | None = None, **more: object) -> Episode:
    given = {"task_kind": "code", "task": TASK, "model": "scripted:demo", "at": AT, **more}
    return Episode(run_id="r", steps=steps, outcome=outcome, **given)


def tool_step(index: int, *, ok: bool, text: str, **args: object) -> Step:
    action = Action(tool="fetch", args=args)
    return Step(
        index=index,
        agent="coder",
        action=action,
        observation=Observation(text=text, ok=ok, tool="fetch"),
        state=State(),
    )


def draft_step(index: int, *, passed: int, total: int = 2, method: str = "", failing: tuple[str, ...] = ()) -> Step:
    facts = {"answer": f"draft {index}", "tests_passed": passed, "tests_total": total}
    facts |= {"method": method} if method else {}
    facts |= {"failing": list(failing)} if failing else {}
    return Step(
        index=index,
        agent="coder",
        action=Action(answer=f"draft {index}"),
        observation=Observation(),
        state=State(facts=facts),
    )


# ---- no lesson without an outcome from outside the model


@pytest.mark.parametrize("outcome", [None, FAILED, Score(phi=10.0, tier="judge"), Score(phi=10.0, tier="user")])
def test_a_method_without_passed_tests_is_no_lesson(outcome: Score | None) -> None:
    assert extract(episode(draft_step(0, passed=2, method="fold(add)"), outcome=outcome)) == []


def test_most_tests_passed_is_not_all_tests_passed() -> None:
    most = Score(phi=8.0, tier="given_tests", passed=8, total=10)
    assert most.is_success
    assert extract(episode(draft_step(0, passed=8, total=10, method="fold(add)"), outcome=most)) == []


def test_the_method_is_that_of_the_draft_that_passed_not_of_the_last_one() -> None:
    steps = draft_step(0, passed=2, method="fold(add)"), draft_step(1, passed=0, method="decision(wrong)")
    (card,) = extract(episode(*steps, outcome=PASSED))
    assert "fold(add)" in card.do
    assert card.source_step == 0


def test_a_program_that_died_at_work_says_nothing_about_the_arguments() -> None:
    died = tool_step(0, ok=False, text=UNKNOWN.format(tool="fetch"), page=1)
    assert extract(episode(died, tool_step(1, ok=True, text="here", page=2))) == []


def test_the_same_call_again_that_works_teaches_nothing() -> None:
    assert extract(episode(tool_step(0, ok=False, text="503", page=1), tool_step(1, ok=True, text="ok", page=1))) == []


def test_a_limit_with_drafts_that_nobody_judged_is_no_lesson() -> None:
    unjudged = Step(index=0, agent="w", action=Action(answer="x"), observation=Observation(), state=State())
    assert extract(episode(unjudged, end="limit", what="stopped at its limit of 3 steps")) == []


def test_a_limit_without_any_draft_is_a_fact_that_the_loop_measured() -> None:
    (card,) = extract(episode(tool_step(0, ok=True, text="ok"), end="limit", what="stopped at its limit of 3 steps"))
    assert card.do.startswith("Put forward a first draft early")


@pytest.mark.parametrize("tier", ["self", "none"])
def test_a_model_that_praises_itself_teaches_nothing(journal: Journal, tier: str) -> None:
    praise = '{"phi":10,"evidence":"Hello","confidence":1,"looks_like_progress":false}' if tier == "self" else "great!"
    lesson = json.dumps({"when": "the task greets", "do": "Praise yourself"})
    model = ScriptedBackend([draft("Hello", done=True), praise, lesson, lesson])
    _, events, memory = go(journal, model, task=Task(text="Write a greeting"))
    assert memory.born("r") == []
    assert not [event for event in events if isinstance(event, ModelRequest) and event.purpose == "distiller"]


# ---- cards in full


def test_a_card_says_where_it_was_learned_and_by_whom() -> None:
    steps = tool_step(0, ok=False, text="Bad page.", page="x"), tool_step(1, ok=True, text="ok", page=1)
    (card,) = extract(episode(*steps, tools={"fetch": "fetch(page: int)"}))
    assert (card.source_run, card.source_step, card.author, card.scope.tool) == ("r", 1, "extractor", "fetch")
    assert card.environment == fingerprint("scripted:demo", "fetch", "fetch(page: int)")
    assert card.expires is None


def test_in_a_team_of_several_a_lesson_belongs_to_the_role_that_answered(journal: Journal) -> None:
    team = (*CODER, AgentSpec(role="tester"))
    _, _, memory = go(journal, Searcher([draft(RIGHT, method="fold(add)")]), agents=team)
    assert memory.born("r")[0].card.scope == Scope(task_kind=KIND, agent="coder")
    _, _, memory = go(journal, Searcher([draft(RIGHT, method="fold(or)")]), run_id="r2")
    assert memory.born("r2")[0].card.scope == Scope(task_kind=KIND)


def test_the_models_own_lesson_may_have_an_exception_and_carries_its_evidence(journal: Journal) -> None:
    said = json.dumps({"when": "a list is filtered", "do": "Filter first", "why": "it reads", "unless": "it is empty"})
    _, _, memory = go(journal, ScriptedBackend([draft(RIGHT), said]))
    (view,) = memory.born("r")
    assert view.text == "When a list is filtered: Filter first, unless it is empty, because it reads."
    assert view.card.evidence.startswith("your tests · 2 of 2")


@pytest.mark.parametrize(
    "error",
    [
        "The tool fetch did not finish within 30 s.",
        "The tool fetch failed: ConnectionError: refused",
        "HTTP 503 Service Unavailable",
        "FileNotFoundError: [Errno 2] No such file or directory: 'a.csv'",
        "Rate limit reached, try again later.",
    ],
)
def test_a_lesson_that_rests_on_a_fault_that_may_pass_lapses_and_says_so(error: str) -> None:
    (card,) = extract(episode(tool_step(0, ok=False, text=error, n=1), tool_step(1, ok=True, text="ok", n=2)))
    assert card.expires == AT + LAPSES_AFTER
    assert "lapses on 15 Jan 2026" in card.evidence


@pytest.mark.parametrize(
    "error", ["fetch needs page, a number.", "The path is outside the folder.", "ValueError: bad unit 'kgs'"]
)
def test_a_lesson_about_wrong_arguments_stays(error: str) -> None:
    assert not may_pass(error)


def test_a_limit_of_time_is_a_fault_that_may_pass_and_a_limit_of_steps_is_none() -> None:
    by_time = extract(episode(outcome=FAILED, end="limit", what="stopped at its limit of 600 s"))
    by_steps = extract(episode(outcome=FAILED, end="limit", what="stopped at its limit of 12 steps"))
    assert [card.expires is not None for card in (*by_time, *by_steps)] == [True, False]


def test_a_lesson_that_has_lapsed_reaches_no_prompt(journal: Journal) -> None:
    memory = Memory(journal)
    card = MemoryCard(kind="tool_policy", when="you fetch", do="Wait a second", expires=AT)
    memory.ledger.approve(memory.ledger.add_candidate(card, actor="extractor", reason="").card_id, by="person")
    result, _, _ = go(journal, Searcher([draft(RIGHT)]))
    assert result.lessons == ()


@pytest.mark.parametrize("status", ["promoted", "quarantined", "archived"])
def test_a_fault_that_comes_up_again_after_its_lesson_lapsed_asks_for_a_new_decision(
    journal: Journal, status: str
) -> None:
    memory, recorder = Memory(journal), Recorder(journal, None, "r")
    steps = tool_step(0, ok=False, text="HTTP 503", n=1), tool_step(1, ok=True, text="ok", n=2)
    (first,) = extract(episode(*steps))
    (card_id,) = keep_cards(memory, recorder, [first], draws_from="r:0")
    if status == "promoted":
        memory.ledger.approve(card_id, by="person")
    elif status == "archived":
        memory.ledger.archive(card_id, by="person")
    (soon,) = extract(episode(*steps, at=AT + LAPSES_AFTER / 2))
    keep_cards(memory, recorder, [soon], draws_from="r:0")
    assert memory.ledger.card(card_id).card.version == 1
    (later,) = extract(episode(*steps, at=AT + 2 * LAPSES_AFTER))
    assert keep_cards(memory, recorder, [later], draws_from="r:0") == ()
    view = memory.ledger.card(card_id)
    if status == "archived":
        assert (view.status, view.card.version) == ("archived", 1), "a person put it away"
        return
    assert (view.status, view.card.version, view.card.expires) == ("quarantined", 2, AT + 3 * LAPSES_AFTER)
    assert view.card.text == first.text


# ---- another environment


def test_only_a_difference_of_model_or_tool_matters() -> None:
    here = fingerprint("m", "fetch", "fetch(a)")
    assert difference(here, here) == ""
    assert difference("python 3.9 · windows · m", fingerprint("m")) == ""
    assert difference("", here) == ""
    assert difference(fingerprint("n"), here) == "learned with n, used here with m"
    assert "tool fetch had another form" in difference(fingerprint("m", "fetch", "fetch(a, b)"), here)


def test_a_lesson_of_another_model_is_marked_and_tried_again_three_times(journal: Journal) -> None:
    first, _, memory = go(journal, Searcher([draft(RIGHT, method="fold(add, is_even)")], name="scripted:old"))
    memory.ledger.approve(first.born[0], by="person")
    for number in range(5):
        go(journal, Searcher([draft(RIGHT)], name="scripted:new"), run_id=f"r{number}", seed=number)
    (found,) = retests(Memory(journal).ledger.card(first.born[0])).values()
    assert (found.runs, found.successes, found.is_open) == (3, 3, False)
    assert found.words == "learned with scripted:old, used here with scripted:new: tried in 3 runs here, 3 succeeded"


def test_at_home_a_lesson_is_not_marked(journal: Journal) -> None:
    first, _, memory = go(journal, Searcher([draft(RIGHT, method="fold(add, is_even)")]))
    memory.ledger.approve(first.born[0], by="person")
    go(journal, Searcher([draft(RIGHT)]), run_id="r2")
    assert retests(Memory(journal).ledger.card(first.born[0])) == {}


# ---- nothing is learned from our own recall

FILTER = json.dumps({"when": "the task filters a list", "do": "Filter first, then add up", "why": "it reads well"})
ECHO = json.dumps({"when": "a list has to be filtered", "do": "Always filter first and then add up the rest"})
NEWS = json.dumps({"when": "the list is long", "do": "Use a generator expression instead of building lists"})


def learned_filter(journal: Journal) -> str:
    first, _, memory = go(journal, ScriptedBackend([draft(RIGHT), FILTER]))
    memory.ledger.approve(first.born[0], by="person")
    return first.born[0]


def test_each_recalled_lesson_stands_under_its_tag(journal: Journal) -> None:
    card_id = learned_filter(journal)
    _, events, _ = go(journal, ScriptedBackend([draft(RIGHT), "{}"]), run_id="r2")
    prompt = next(event for event in events if isinstance(event, ModelRequest)).prompt
    assert f"- {tag(card_id)} When the task filters a list: Filter first, then add up" in prompt


@pytest.mark.parametrize("said", [FILTER, ECHO, '{"when":"as told in %s","do":"Do that"}'])
def test_a_model_that_says_again_what_it_was_told_makes_no_card(journal: Journal, said: str) -> None:
    card_id = learned_filter(journal)
    echo = said.replace("%s", tag(card_id))
    result, _, memory = go(journal, ScriptedBackend([draft(RIGHT), echo]), run_id="r2")
    assert [use.withheld for use in result.lessons] == [False]
    assert result.born == ()
    assert memory.ledger.card(card_id).seen == 2
    assert memory.ledger.history(card_id)[-1].evidence["run"] == "r2"


def test_a_failed_run_that_says_it_again_widens_nothing(journal: Journal) -> None:
    card_id = learned_filter(journal)
    other = Task(text="Reverse a text", tests=("assert total('ab') == 'ba'",))
    memory = Memory(journal)
    memory.ledger.edit(card_id, by="person", scope=Scope(), approve=True)
    result, _, memory = go(
        journal, ScriptedBackend([draft(WRONG)] * 2 + [ECHO]), run_id="r2", task=other, budget=Budget(steps=2)
    )
    assert not result.success
    assert all(memory.ledger.card(born).card.author == "extractor" for born in result.born)


def test_what_a_model_has_to_say_beside_its_recall_is_kept(journal: Journal) -> None:
    learned_filter(journal)
    result, _, _ = go(journal, ScriptedBackend([draft(RIGHT), NEWS]), run_id="r2")
    assert len(result.born) == 1


def test_the_same_method_on_another_topic_is_news_only_after_a_success(journal: Journal) -> None:
    method = "fold(add, is_even)"
    first, _, memory = go(journal, Searcher([draft(RIGHT, method=method)]))
    memory.ledger.approve(first.born[0], by="person")
    topic = Task(text="Write total, the balance of all paired accounts", tests=TASK.tests)
    again, _, _ = go(journal, Searcher([draft(RIGHT, method=method)]), run_id="r2", task=topic)
    assert len(again.born) == 1, "tests outside the model say that it reaches further"
    same, _, _ = go(journal, Searcher([draft(RIGHT, method=method)]), run_id="r3")
    assert same.born == ()


def test_the_story_for_the_distiller_holds_no_recalled_lesson(journal: Journal) -> None:
    card_id = learned_filter(journal)
    parroting = draft(f"# {tag(card_id)} FILTER first,\n  then add up\n{RIGHT}")
    _, events, _ = go(journal, ScriptedBackend([parroting, draft(RIGHT), "{}"]), run_id="r2")
    actor, *_ = (event.prompt for event in events if isinstance(event, ModelRequest) and event.purpose == "actor")
    (story,) = (event.prompt for event in events if isinstance(event, ModelRequest) and event.purpose == "distiller")
    assert "Filter first, then add up" in actor
    assert "filter first" not in story.lower()
    assert "[m:" not in story


def test_a_sentence_that_only_resembles_a_lesson_stays_in_the_story(journal: Journal) -> None:
    learned_filter(journal)
    lessons = list(Memory(journal).ledger.promoted())
    assert without_recall("Filter later, add up first", lessons) == "Filter later, add up first"
