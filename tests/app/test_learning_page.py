"""The Learning page: studies from plan to verdict, daily work, logs of others, questions in SQL; and each empty."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

import purpose_agent as pa
from purpose_agent.evaluation.studies.words import net_benefit
from purpose_agent.evaluation.suites import load_suite
from purpose_agent.teams.requests import RunRequest, of_suite
from purpose_agent.teams.service import Engine
from tests.app.conftest import OpenApp
from tests.app.words import text_of

DATA = Path(__file__).resolve().parents[1] / "data"
PURPOSE = "Help me write Python code"
TESTS = ["assert double(2) == 4", "assert double(0) == 0", "assert double(-3) == -6"]
Wait = Callable[[], None]


def plain(app: AppTest) -> str:
    told = text_of(app).replace("\\", "")
    assert "Something went wrong" not in told, told
    return told


def small(engine: Engine, tasks: int = 4) -> str:
    """The id of a small study that is done."""
    suite = load_suite("related_stream")
    few = msgspec.structs.replace(suite, title="A few tasks", tasks=suite.tasks[:tasks])
    plan = engine.studies.plan(few, purpose=PURPOSE, model="builtin", arms=("empty", "lessons"), passes=2)
    engine.jobs.wait(engine.studies.submit(plan).job_id, 60)
    return plan.study_id


def test_an_empty_page_says_what_a_study_is_and_offers_one(open_app: OpenApp, engine: Engine) -> None:
    app = open_app("learning")
    told = plain(app)
    assert "Does the memory help, or does it only look so?" in told
    assert "54 small programming tasks in families and 24 unrelated ones" in told
    assert app.button(key="learning_first").label == "Try a first study"
    assert engine.studies.list() == []


def test_what_a_study_takes_is_told_before_it_starts(open_app: OpenApp, engine: Engine) -> None:
    app = open_app("learning", new="study")
    assert "312 runs" in plain(app)
    app.number_input(key="learning_new_passes").set_value(2).run()
    assert "528 runs" in plain(app)
    app.multiselect(key="learning_new_arms").set_value([]).run()
    assert "264 runs" in plain(app)
    app.number_input(key="learning_new_matters").set_value(10.0).run()
    assert "10 points" in plain(app)
    assert engine.studies.list() == []
    app.button(key="learning_new_start").click().run()
    (plan,) = engine.studies.list()
    engine.studies.pause(plan.study_id)
    assert (plan.passes, plan.smallest_effect, [arm.kind for arm in plan.arms]) == (2, 0.1, ["empty", "lessons"])


def test_a_study_is_told_in_a_sentence_a_picture_and_a_table(open_app: OpenApp, engine: Engine) -> None:
    study_id = small(engine)
    app = open_app("learning", study=study_id)
    told = plain(app)
    verdict = engine.studies.findings(study_id).headline.verdict
    assert verdict.sentence in told
    assert "Approved lessons against empty memory (control), on Built-in search." in told
    assert "n = 4 tasks for each arm" in told
    assert {"New tasks", "The same again"} <= set(app.segmented_control(key="learning_part").options)
    app.segmented_control(key="learning_part").set_value("retry").run()
    assert "Tasks that came round again" in plain(app)
    app.segmented_control(key="learning_figure").set_value("effort").run()
    assert "Scores are means, all else sums" in plain(app)
    assert net_benefit(engine.studies.folder(study_id).plan(), engine.studies.findings(study_id)) in plain(app)
    listed = plain(open_app("learning"))
    assert "A few tasks" in listed
    assert verdict.sentence in listed


def test_where_nothing_was_solved_there_is_a_curve_at_nought(open_app: OpenApp, engine: Engine) -> None:
    rows = "\n".join(
        f'{{"task_id": "t{n}", "arm": "{arm}", "right": false}}' for n in range(3) for arm in ("none", "lessons")
    )
    study_id = engine.imports.take_in(rows.encode(), "runs.jsonl").plan.study_id
    app = open_app("learning", study=study_id)
    assert "could be judged" not in "".join(info.value for info in app.info)
    assert app.segmented_control(key="learning_figure").options == ["Solved"]


def test_a_study_that_is_gone_is_told(open_app: OpenApp) -> None:
    assert "This study is not there any more" in "".join(str(e.value) for e in open_app("learning", study="gone").error)


def test_a_study_is_removed_only_after_a_second_word(open_app: OpenApp, engine: Engine) -> None:
    study_id = small(engine, 1)
    app = open_app("learning", study=study_id)
    app.button(key="learning_remove").click().run()
    assert [plan.study_id for plan in engine.studies.list()] == [study_id]
    app.button(key="learning_remove_yes").click().run()
    assert engine.studies.list() == []
    assert "was removed" in "".join(str(one.value) for one in app.toast)


def test_a_study_that_cannot_be_read_is_named_stops_no_other_and_can_be_removed(
    open_app: OpenApp, engine: Engine
) -> None:
    kept, broken = small(engine, 1), small(engine, 2)
    (engine.studies.folder(broken).path / "outcomes.jsonl").write_bytes(b"(\n")
    app = open_app("learning")
    assert f"study {broken} cannot be read" in app.error[0].value
    assert engine.studies.findings(kept).sentence in plain(app)
    app.button(key="learning_remove").click().run()
    app.button(key="learning_remove_yes").click().run()
    assert not app.error
    assert [plan.study_id for plan in engine.studies.list()] == [kept]


def test_without_lessons_or_past_tasks_there_is_nothing_to_prove(open_app: OpenApp, engine: Engine) -> None:
    app = open_app("learning", new="proof")
    assert not app.error
    assert "No lesson is in use yet" in app.info[0].value
    assert not starts(app)
    engine.memory.teach("When a list is summed, start with zero")
    app = open_app("learning", new="proof")
    assert not app.error
    assert "There is no past task to prove them on" in app.info[0].value
    assert not starts(app)


def test_lessons_can_be_proved_on_a_suite_before_they_have_met_a_past_task(open_app: OpenApp, engine: Engine) -> None:
    engine.memory.teach("When a list is summed, start with zero")
    app = open_app("learning", new="proof")
    app.selectbox(key="learning_proof_suite").set_value("classic").run()
    assert not app.error, [str(error.value) for error in app.error]
    assert not app.info
    assert "9 runs" in plain(app)
    assert starts(app)


def starts(app: AppTest) -> bool:
    return any(button.key == "learning_proof_start" for button in app.button)


def test_lessons_are_proved_with_one_button(open_app: OpenApp, engine: Engine, wait: Wait) -> None:
    suite = load_suite("related_stream")
    taught = ("sum_evens", "digit_sum", "odd_squares", "digit_squares", "sum_threes")
    few = [
        of_suite(RunRequest(purpose=PURPOSE, task=item.task, model="builtin", trust_tested_lessons=True), item)
        for item in suite.tasks
        if item.task.task_id in taught
    ]
    engine.submit_batch(few, suite.title)
    wait()
    app = open_app("learning", new="proof")
    assert not app.error, [str(error.value) for error in app.error]
    app.button(key="learning_proof_start").click().run()
    wait()
    (plan,) = engine.studies.list()
    assert plan.is_proof
    proof = engine.studies.findings(plan.study_id).proof
    assert proof is not None
    told = plain(open_app("learning", study=plan.study_id))
    assert proof.sentence in told
    assert "lessons rolled back" in told
    assert "first prompts were the same as before to the last byte" in told


def test_a_log_of_others_is_brought_and_opened(open_app: OpenApp, engine: Engine) -> None:
    app = open_app("learning", new="import")
    app.file_uploader[0].upload("trials.jsonl", (DATA / "trials_excerpt.jsonl").read_bytes()).run()
    assert "Trials with lessons and a control without:" in plain(app)
    app.button(key="learning_brought").click().run()
    told = plain(app)
    assert "Better: share of tasks solved" in told
    assert "These runs were done elsewhere" in told
    assert not [button for button in app.button if button.key == "learning_resume"]


@pytest.mark.parametrize(("body", "told"), [(b"", "is empty"), (b"no log", "is not JSON")])
def test_a_file_that_is_no_log_is_refused_in_words(open_app: OpenApp, engine: Engine, body: bytes, told: str) -> None:
    app = open_app("learning", new="import")
    app.file_uploader[0].upload("x.jsonl", body).run()
    assert told in "".join(str(error.value) for error in app.error).replace("\\", "")
    assert engine.studies.list() == []


def test_daily_work_is_empty_then_told_of(open_app: OpenApp, engine: Engine, wait: Wait) -> None:
    assert "No runs yet. Here you see how your daily work goes over time" in str(
        open_app("learning", view="live").info[0].value
    )
    team = pa.purpose(PURPOSE)
    for _ in range(2):
        team.run("Write double(n)", tests=TESTS)
    wait()
    app = open_app("learning", view="live")
    told = plain(app)
    assert "No lesson has been left out by chance yet" in told
    assert "n = 2 runs" in told
    assert "2 of 2 runs were judged" in told
    app.selectbox(key="live_days").set_value(7).run()
    assert "n = 2 runs" in plain(app)


def test_daily_work_in_which_nothing_was_solved_draws_a_curve_at_zero(
    open_app: OpenApp, engine: Engine, wait: Wait
) -> None:
    (impossible,) = (item.task for item in load_suite("unrelated").tasks if item.task.task_id == "just_one")
    assert pa.purpose(PURPOSE).run(impossible).declined
    wait()
    app = open_app("learning", view="live")
    assert "Solved" in app.segmented_control(key="live_figure").options
    assert app.segmented_control(key="live_figure").value == "solved"
    assert "None of these runs was judged" not in plain(app)


def test_daily_work_that_nobody_judged_says_so(open_app: OpenApp, engine: Engine, wait: Wait) -> None:
    pa.purpose("Write a poem").run("Write a poem about the sea")
    wait()
    app = open_app("learning", view="live")
    assert "None of these runs was judged" in str([info.value for info in app.info])
    assert "Solved" not in app.segmented_control(key="live_figure").options


def test_the_data_answers_questions_and_refuses_to_be_changed(open_app: OpenApp, engine: Engine, wait: Wait) -> None:
    pa.purpose(PURPOSE).run("Write double(n)", tests=TESTS)
    wait()
    app = open_app("learning", view="data")
    app.selectbox(key="sql_example").set_value("What each model takes").run()
    app.button(key="sql_take").click().run()
    assert "1 row in" in plain(app)
    assert len(app.dataframe) == 1
    app.text_area(key="sql_query").set_value("DELETE FROM runs")
    next(button for button in app.button if button.label == "Ask").click().run()
    assert "Questions can only read" in "".join(str(error.value) for error in app.error)
    assert engine.workspace.trajectories().count() == 1
    assert "One row a run" in plain(app)
