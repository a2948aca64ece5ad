"""Answers that wait for a person's word: one after the other, blind, with undo, and nothing lost by a reload."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from purpose_agent.evaluation.checks.records import ByPerson, Check, Rubric
from purpose_agent.evaluation.suite_records import SuiteTask, TaskRow, suite_of
from purpose_agent.models.backend import Message
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.teams.execution import Live
from purpose_agent.teams.requests import RunRequest, of_suite
from purpose_agent.teams.service import Engine
from purpose_agent.types import Task
from tests.app.conftest import OpenApp
from tests.app.words import text_of

KIND = ByPerson(look_for="It is kind.")
PASSAGE = "[1] report.md\nThe lock was broken, and it rained."


def ran(engine: Engine, text: str, says: str, check: Check = KIND, context: tuple[str, ...] = ()) -> str:
    def reply(messages: Sequence[Message]) -> str:
        if "Judge the work" in messages[0].content:
            return '{"phi": 8, "evidence": "answer", "confidence": 0.5, "looks_like_progress": false}'
        return msgspec.json.encode({"answer": says, "done": True}).decode()

    item = SuiteTask(task=Task(text=text, task_id="t", suite="mine", context=context), check=check)
    request = of_suite(RunRequest(purpose="Help me", task=item.task, live=True), item)
    return engine.run(request, live=Live(backend=ScriptedBackend([reply], name="scripted:a", cycle=True))).run_id


@pytest.fixture
def three(engine: Engine) -> dict[str, str]:
    """By answer its run."""
    return {says: ran(engine, "Write a note.", says) for says in ("Thank you.", "Thanks a lot.", "Bye.")}


def plain(app: AppTest) -> str:
    return text_of(app).replace("\\", "")


def answer(app: AppTest, answers: dict[str, str]) -> str:
    """The answer that is shown."""
    (shown,) = [says for says in answers if says in [str(block.value) for block in app.markdown]]
    return shown


def sent(block: Block) -> str:
    """All that the browser gets for a part of the page, keys and labels too."""
    parts = [str(getattr(block, "proto", ""))]
    parts += [sent(child) if isinstance(child, Block) else str(child.proto) for child in block.children.values()]
    return "\n".join(parts)


def choose(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def waiting(open_app: OpenApp) -> AppTest:
    return open_app("learning", view="suites", answers="waiting")


def test_the_suites_tell_how_many_answers_wait_and_lead_to_them(open_app: OpenApp, three: dict[str, str]) -> None:
    app = open_app("learning", view="suites")
    assert "3 answers wait for your word." in plain(app)
    app.button(key="suites_decide").click().run()
    assert [title.value for title in app.title] == ["Answers that wait for you"]


def test_the_list_of_suites_counts_what_the_page_of_answers_asks(
    open_app: OpenApp, engine: Engine, three: dict[str, str]
) -> None:
    ran(engine, "Write a note.", "Bye.")  # the very same answer once more
    suites = open_app("learning", view="suites")
    assert "3 answers wait for your word." in plain(suites)
    app = waiting(open_app)
    assert "3 answers to go, from 4 runs." in plain(app)
    choose(app, "Cannot say")
    assert "2 answers to go" in plain(app)
    assert "2 answers wait for your word. 1 answer is put aside." in plain(suites.run())
    for _ in range(2):
        choose(app, "Right")
    assert "1 answer is put aside." in plain(suites.run())
    suites.button(key="suites_decide").click().run()
    assert "Only those that you put aside are left." in plain(suites)


def test_answers_are_decided_one_after_the_other(open_app: OpenApp, engine: Engine, three: dict[str, str]) -> None:
    app = waiting(open_app)
    assert "3 answers to go." in plain(app)
    assert "You decide. Look for this: It is kind." in plain(app)
    for left, label in ((2, "Right"), (1, "Wrong")):
        shown = answer(app, three)
        choose(app, label)
        assert engine.grade(three[shown]) == (int(label == "Right"), 1)
        assert f"{left} answer{'s' * (left > 1)} to go." in plain(app)
        assert f"You said {label.lower()}." in plain(app)
    choose(app, "Cannot say")
    assert "No answer waits for you" in plain(app)
    assert "Only those that you put aside are left." in plain(app)
    choose(app, "Right")  # among those put aside
    assert engine.workspace.journal.undecided() == []


def test_the_last_word_is_taken_back_also_after_a_reload(
    open_app: OpenApp, engine: Engine, three: dict[str, str]
) -> None:
    app = waiting(open_app)
    first = answer(app, three)
    choose(app, "Wrong")
    assert engine.grade(three[first]) == (0, 1)
    again = waiting(open_app)
    again.button(key="grading_undo").click().run()
    assert engine.grade(three[first]) is None
    assert answer(again, three) == first
    assert "3 answers to go." in plain(again)


def test_a_reload_shows_the_same_answer(open_app: OpenApp, three: dict[str, str]) -> None:
    assert answer(waiting(open_app), three) == answer(waiting(open_app), three)


def test_a_second_press_decides_on_nothing_that_was_not_seen(
    open_app: OpenApp, engine: Engine, three: dict[str, str]
) -> None:
    one, other = waiting(open_app), waiting(open_app)  # the same answer in two windows
    shown = answer(one, three)
    choose(one, "Right")
    choose(other, "Wrong")
    assert engine.grade(three[shown]) == (1, 1)
    assert len(engine.workspace.journal.undecided()) == 2


def test_a_judges_answer_waits_with_the_rubric_the_passages_and_the_reason(open_app: OpenApp, engine: Engine) -> None:
    ran(engine, "Name two causes.", "Rain.", Rubric(rubric="It names both causes."), (PASSAGE,))
    told = plain(waiting(open_app))
    assert "The judge you chose decides by this rubric: It names both causes." in told
    assert "Why it waits: No judge could be asked." in told
    assert "The lock was broken, and it rained." in told


def test_an_answer_that_is_no_markdown_of_the_page_stays_text(open_app: OpenApp, engine: Engine) -> None:
    ran(engine, "Say it.", "<script>alert(1)</script> ![x](http://example.org/x.png)")
    told = text_of(waiting(open_app))
    assert "alert(1)" in told
    assert "http://example.org/x.png" in told
    assert "![x]" not in told.replace("\\!", "")


def test_nothing_on_the_page_tells_which_arm_an_answer_comes_from(open_app: OpenApp, engine: Engine) -> None:
    suite = suite_of(
        [
            TaskRow(
                task_id="double",
                text="Write double(n), which gives 2 times n.",
                tests=("assert double(1) == 2", "assert double(3) == 6"),
                check=ByPerson(),
            )
        ],
        name="mine",
    )
    plan = engine.studies.plan(suite, purpose="Help me write Python code", model="builtin")
    assert engine.jobs.wait(engine.studies.submit(plan).job_id, 60).status == "done"
    app = waiting(open_app)
    runs = engine.workspace.journal.undecided()
    assert len(runs) == 4
    shown = sent(app.main)
    assert "Write double" in shown
    assert not [run_id for run_id in runs if run_id in shown]
    assert not [word for word in ("episodes", "study-", "empty memory") if word in shown]
    while "No answer waits" not in plain(app):
        choose(app, "Right")
    assert [outcome.right for outcome in engine.studies.outcomes(plan.study_id)] == [True] * 4


def judge_box(open_app: OpenApp) -> AppTest:
    app = open_app("learning", view="suites")
    app.session_state["suites_judge_box"] = True
    return app.run()


def test_a_judge_that_is_chosen_is_asked_about_what_waits_with_a_click(
    open_app: OpenApp, engine: Engine, tmp_path: Path, wait: Callable[[], None]
) -> None:
    run_id = ran(engine, "Be kind.", "Dear you.", Rubric(rubric="It is kind."))
    assert "suites_ask_judge" not in [button.key for button in judge_box(open_app).button]
    file = tmp_path / "strict.json"
    file.write_text(json.dumps([json.dumps({"pass": True, "quote": "Dear you", "reason": "It is kind."})]))
    engine.choose_judge(f"scripted:{file}")
    app = judge_box(open_app)
    assert "1 answer to rubrics waits: it is asked once for each." in plain(app)
    app.button(key="suites_ask_judge").click().run()
    assert not app.exception
    wait()
    assert engine.grade(run_id) == (1, 1)
    assert "suites_ask_judge" not in [button.key for button in app.run().button]
