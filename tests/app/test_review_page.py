"""The Review page: decide on what waits, look at all lessons, see who decided what, and go back."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app.wiring import proposal_board
from purpose_agent.memory.cards import Scope
from purpose_agent.teams.service import Engine
from purpose_agent.types import LessonUse
from tests import lesson_seed
from tests.app.conftest import OpenApp
from tests.app.words import text_of

Press = Callable[[AppTest, str], AppTest]


@pytest.fixture
def ten(engine: Engine) -> list[str]:
    ids = lesson_seed.ten_lessons(engine)
    engine.workspace.trajectories().settle()
    return ids


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def status(engine: Engine, card_id: str) -> str:
    return engine.memory.ledger.card(card_id).status


def test_with_nothing_waiting_the_page_says_what_it_is_for_and_where_to_begin(open_app: OpenApp) -> None:
    told = text_of(open_app("review"))
    assert "Nothing waits for you." in told
    assert "Until you approve it, no run uses it." in told
    assert "Run a task in a notebook" in told


def test_the_open_card_tells_why_it_exists_what_was_measured_and_what_would_change(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    lesson_seed.tried(engine, ten[2])
    told = text_of(open_app("review"))
    assert "9 lessons wait for you" in told
    assert "helped in replays" in told
    assert "A run taught it, at step 1." in told
    assert "best = max(best, n)" in told
    assert "Helps: +19 tasks in 100, likely between +8 and +28 tasks in 100." in told
    assert "All that went well without it still did with it." in told
    assert "From 24 replays of past tasks." in told
    assert "Likely between +8 and +28 tasks in 100, most likely +19." in told
    assert "From the next run on it stands in prompts of code tasks" in told
    assert "The scanners found nothing in it." in told


def test_approving_takes_the_card_away_and_undo_brings_it_back_in_front(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    app = press(open_app("review"), f"review_approve_{ten[0]}")
    assert status(engine, ten[0]) == "promoted"
    assert "8 lessons wait for you" in text_of(app)
    assert "<b>Approved</b> When the list may be empty" in text_of(app)
    press(app, "review_undo_0")
    assert status(engine, ten[0]) == "quarantined"
    assert app.button(key=f"review_approve_{ten[0]}")


def test_several_decisions_can_be_taken_back_in_any_order(open_app: OpenApp, engine: Engine, ten: list[str]) -> None:
    app = open_app("review")
    for card_id in ten[:3]:
        press(app, f"review_approve_{card_id}")
    press(app, "review_undo_2")
    assert [status(engine, card_id) for card_id in ten[:3]] == ["quarantined", "promoted", "promoted"]


def test_turning_down_takes_a_ready_reason_or_own_words_and_keeps_it(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    app = press(open_app("review"), f"review_reject_{ten[0]}")
    press(app, f"review_reason_2_{ten[0]}")
    assert engine.memory.ledger.card(ten[0]).reason == "It is too broad"
    press(app, f"review_reject_{ten[1]}")
    app.text_input(key=f"review_why_{ten[1]}").set_value("sum has no start here")
    _submit(app, "Turn down")
    assert engine.memory.ledger.card(ten[1]).reason == "sum has no start here"
    assert [status(engine, card_id) for card_id in ten[:2]] == ["rejected", "rejected"]


def test_a_turned_down_form_that_is_cancelled_decides_nothing(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    app = press(open_app("review"), f"review_reject_{ten[0]}")
    press(app, f"review_cancel_{ten[0]}")
    assert status(engine, ten[0]) == "quarantined"
    assert app.button(key=f"review_approve_{ten[0]}")


def test_edit_and_approve_uses_the_new_words_and_keeps_the_old_ones(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    app = press(open_app("review"), f"review_edit_{ten[0]}")
    app.text_area(key=f"review_edit_do_{ten[0]}_1").set_value("Return 0 at once")
    app.text_input(key=f"review_edit_scope_task_kind_{ten[0]}_1").set_value("code")
    _submit(app, "Approve with these words")
    view = engine.memory.ledger.card(ten[0])
    assert (view.status, view.card.version, view.card.do, view.card.scope) == (
        "promoted",
        2,
        "Return 0 at once",
        Scope(task_kind="code"),
    )
    page = open_app("review", lesson=ten[0])
    assert "Earlier words" in [heading.value for heading in page.subheader]
    press(page, "lesson_back_1")
    view = engine.memory.ledger.card(ten[0])
    assert (view.card.version, view.card.do) == (1, "Return 0 before you look for the largest number")


def test_new_words_that_a_scanner_refuses_are_not_used_and_the_page_says_why(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    app = press(open_app("review"), f"review_edit_{ten[0]}")
    app.text_area(key=f"review_edit_do_{ten[0]}_1").set_value(lesson_seed.CRITICAL[1])
    _submit(app, "Approve with these words")
    assert status(engine, ten[0]) == "rejected"
    assert "A scanner turned the new words down" in text_of(app)


def test_an_edit_that_says_nothing_is_explained_and_decides_nothing(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    app = press(open_app("review"), f"review_edit_{ten[0]}")
    app.text_area(key=f"review_edit_do_{ten[0]}_1").set_value(" ")
    _submit(app, "Approve with these words")
    assert "The lesson does not say what to do" in app.error[0].value
    assert status(engine, ten[0]) == "quarantined"


def test_later_goes_to_the_end_of_the_queue_and_can_be_taken_back(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    app = press(open_app("review"), f"review_later_{ten[0]}")
    assert engine.memory.ledger.card(ten[0]).evidence["later"]
    assert app.button(key=f"review_approve_{ten[1]}")
    rows = [button.key for button in app.button if str(button.key).startswith("review_look_")]
    assert rows[-1] == f"review_look_{ten[0]}"
    assert "put off" in text_of(open_app("review"))
    press(app, "review_undo_0")
    assert app.button(key=f"review_approve_{ten[0]}")
    assert not engine.memory.ledger.card(ten[0]).evidence["later"]


def test_what_is_risky_is_marked_explained_and_never_part_of_a_batch(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    app = open_app("review")
    told = text_of(app)
    assert "Grave: It passes on secrets or personal data." in told
    assert '<mark class="pa-found" title="Grave: It passes on secrets or personal data.">' in told
    assert "high risk" in told
    assert f"review_pick_{ten[8]}" not in [box.key for box in app.checkbox]
    press(app, "review_choose_low")
    press(app, "review_approve_low")
    assert "<b>Approved</b> 7 lessons" in text_of(app)
    assert [status(engine, card_id) for card_id in ten[:9]] == ["quarantined", *["promoted"] * 7, "quarantined"]
    press(app, "review_undo_0")
    assert {status(engine, card_id) for card_id in ten[:9]} == {"quarantined"}


def test_only_the_chosen_ones_are_decided_together(open_app: OpenApp, engine: Engine, ten: list[str]) -> None:
    app = open_app("review")
    for card_id in (ten[2], ten[4]):
        app.checkbox(key=f"review_pick_{card_id}").check()
    app.run()
    assert app.button(key="review_approve_low").label == "Approve 2 low-risk lessons"
    press(app, "review_reject_chosen")
    assert [n for n, card_id in enumerate(ten[:9]) if status(engine, card_id) == "rejected"] == [2, 4]


def test_a_lesson_that_a_scanner_turned_down_can_be_appealed_and_is_used_only_with_a_typed_reason(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    app = open_app("review")
    assert "Critical: It tells the agent to set aside the instructions it was given." in text_of(app)
    press(app, f"review_appeal_{ten[9]}")
    press(app, f"review_approve_{ten[9]}")
    assert status(engine, ten[9]) == "quarantined"
    _submit(app, "Approve all the same")
    assert "Write why it may be used all the same." in text_of(app).replace("\\", "")
    assert status(engine, ten[9]) == "quarantined"
    app.text_input(key=f"review_all_the_same_{ten[9]}").set_value("It is a quotation in a lesson about attacks")
    _submit(app, "Approve all the same")
    assert status(engine, ten[9]) == "promoted"
    assert engine.memory.ledger.card(ten[9]).reason == "It is a quotation in a lesson about attacks"


def test_two_answers_are_judged_blind_and_then_it_is_told_which_had_the_lesson(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    lesson_seed.tried(engine, ten[2])
    app = open_app("review")
    app.session_state[f"review_blind_{ten[2]}"] = True
    app.run()
    before = text_of(app)
    assert "One of them had the lesson in its prompt." in before
    assert "with the lesson" not in before
    assert "solved" not in before.partition("The past task")[2].partition("One of them")[0]
    good_is_a = [code.value for code in app.code if "largest" in code.value] == [lesson_seed.GOOD, lesson_seed.BAD]
    press(app, f"review_blind_{'A' if good_is_a else 'B'}_{ten[2]}")
    app.session_state[f"review_blind_{ten[2]}"] = True
    app.run()
    told = text_of(app)
    assert "You chose the answer with the lesson, without knowing it. With it: solved (" in told
    assert "Without it: not solved (" in told
    noted = engine.memory.ledger.card(ten[2]).evidence["blind"]
    assert isinstance(noted, dict)
    assert (noted["chosen"], noted["first"]) == ("with", "with" if good_is_a else "without")
    assert status(engine, ten[2]) == "quarantined"


def test_lessons_are_tried_on_past_tasks_after_the_plan_was_shown(
    open_app: OpenApp, engine: Engine, wait: Callable[[], None]
) -> None:
    born = lesson_seed.solved_task(engine)
    engine.workspace.trajectories().settle()
    app = press(open_app("review"), "review_try")
    told = text_of(app)
    assert "1 lesson on 1 past task, at most 12 replays." in told
    assert "of these tasks went well before" in told
    assert not any(job.kind == "replay" for job in engine.jobs.list())
    press(app, "review_try_start")
    wait()
    assert [job.status for job in engine.jobs.list() if job.kind == "replay"] == ["done"]
    told = text_of(open_app("review"))
    assert "Tried on 1 past task, with and without" in told
    assert status(engine, born[0]) == "quarantined"


def test_with_no_past_task_the_plan_says_what_it_takes(open_app: OpenApp, engine: Engine, ten: list[str]) -> None:
    app = press(open_app("review"), "review_try")
    assert "Lessons are tried on tasks that you ran and that had a check of their own." in app.info[0].value
    assert app.button(key="review_try_start").disabled


def test_what_may_be_decided_without_asking_is_off_until_it_is_switched_on(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    app = open_app("review")
    assert engine.workspace.setting("approve_confirmed_lessons") is None
    app.selectbox(key="review_policy_confirmed").set_value("low").run()
    app.toggle(key="review_policy_harmful").set_value(True).run()
    assert engine.workspace.setting("approve_confirmed_lessons") == "low"
    assert engine.workspace.setting("reject_harmful_lessons") is True
    app.selectbox(key="review_policy_confirmed").set_value("never").run()
    assert engine.workspace.setting("approve_confirmed_lessons") is None


@pytest.fixture
def at_odds(engine: Engine) -> list[str]:
    """Two lessons that say the opposite, one in use and one waiting, and the proposals about them looked for."""
    ids = lesson_seed.at_odds(engine)
    proposal_board().latest(wait_s=30)
    return ids


def test_two_lessons_that_contradict_each_other_are_one_card_and_one_can_be_used(
    open_app: OpenApp, engine: Engine, at_odds: list[str]
) -> None:
    app = open_app("review")
    told = text_of(app)
    assert "Two lessons say the opposite" in told
    assert "Use the first" in told
    assert "The second is put away." in told
    press(app, _choice(app, f"use {at_odds[0]}"))
    assert [status(engine, card_id) for card_id in at_odds] == ["promoted", "archived"]
    assert "<b>Settled</b> The other one is put away." in text_of(app)
    press(app, "review_undo_0")
    assert [status(engine, card_id) for card_id in at_odds] == ["promoted", "quarantined"]


def test_each_of_two_sides_gets_its_own_part(open_app: OpenApp, engine: Engine, at_odds: list[str]) -> None:
    app = press(open_app("review"), _choice(open_app("review"), "split"))
    fields = [field for field in app.text_input if field.label == "Only for these tasks"]
    fields[0].set_value("writing")
    _submit(app, "Keep both with these limits")
    kinds = [engine.memory.ledger.card(card_id).card.scope.task_kind for card_id in at_odds]
    assert sorted(kinds) == ["code", "writing"]
    assert "Each holds for its own part now." in text_of(app)


def test_lessons_that_are_kept_both_are_not_asked_about_again(
    open_app: OpenApp, engine: Engine, at_odds: list[str]
) -> None:
    press(open_app("review"), _choice(open_app("review"), "keep all"))
    proposal_board().latest(wait_s=30)
    assert "Two lessons say the opposite" not in text_of(open_app("review"))


def test_lessons_that_say_nearly_the_same_are_put_together_in_the_persons_words(
    open_app: OpenApp, engine: Engine
) -> None:
    ids = lesson_seed.nearly_the_same(engine)
    proposal_board().latest(wait_s=30)
    app = open_app("review")
    assert "Two lessons say nearly the same" in text_of(app)
    press(app, _choice(app, "words"))
    next(field for field in app.text_area if field.label == "Do").set_value("Lead with the summary")
    _submit(app, "Put them together")
    merged = engine.memory.ledger.views("quarantined")[0]
    assert (merged.card.do, set(merged.card.supersedes)) == ("Lead with the summary", set(ids))
    told = text_of(app)
    assert "It is made from 2 lessons: lessons put together." in told
    assert "2 lessons that it takes the place of are put away." in told
    press(app, f"review_approve_{merged.card_id}")
    assert [status(engine, card_id) for card_id in (merged.card_id, *ids)] == ["promoted", "archived", "archived"]


def test_after_the_days_share_the_page_says_so_and_goes_on_when_asked(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    app = open_app("review")
    app.number_input(key="review_limit_number").set_value(2).run()
    for card_id in ten[:2]:
        press(app, f"review_approve_{card_id}")
    assert "That was the 2 for today." in text_of(app)
    assert "7 lessons can wait until tomorrow" in text_of(app)
    assert app.button(key="review_undo_0")
    press(app, "review_more")
    assert app.button(key=f"review_approve_{ten[2]}")
    assert "That was the 2 for today." in text_of(open_app("review"))


def test_an_edited_lesson_is_not_approved_unread(open_app: OpenApp, engine: Engine, ten: list[str]) -> None:
    app = open_app("review")
    engine.memory.ledger.edit(ten[0], by="somebody else", do="Return nothing")
    press(app, f"review_approve_{ten[0]}")
    assert "This lesson was edited after it was shown to you" in app.error[0].value
    assert status(engine, ten[0]) == "quarantined"


def test_a_damaged_record_is_told_with_what_to_do_and_the_other_pages_stay(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    with engine.workspace.journal.write() as db:
        db.execute("DROP TRIGGER ledger_keeps_its_rows")
        db.execute("UPDATE ledger SET reason = 'tampered' WHERE position = 4")
    engine.memory.ledger._fold.__init__()  # type: ignore[misc]  # as a process that starts now
    app = open_app("review")
    assert "The record of lessons was changed from outside at row 4" in app.error[0].value
    assert "Restore the workspace from a backup" in app.error[0].value.replace("\\", "")
    told = "\n".join(str(element.proto.body) for element in app.sidebar.get("html"))
    assert "cannot be read; none is used" in told
    assert "1 run, newest first." in text_of(open_app("runs"))


def test_a_thousand_waiting_lessons_come_ten_a_page(open_app: OpenApp, engine: Engine) -> None:
    lesson_seed.many(engine, 1000)
    app = open_app("review")
    assert "1,000 lessons wait for you" in text_of(app)
    assert len([button for button in app.button if str(button.key).startswith("review_look_")]) == 9
    app.session_state["review_page"] = 100
    app.run()
    assert len([button for button in app.button if str(button.key).startswith("review_look_")]) == 9


def test_a_large_memory_is_looked_through_for_what_does_not_go_together_when_asked(
    open_app: OpenApp, engine: Engine
) -> None:
    lesson_seed.many(engine, 1000)
    lesson_seed.at_odds(engine)
    app = open_app("review")
    assert "Two lessons say the opposite" not in text_of(app)
    press(app, "review_look_for")
    proposal_board().latest(wait_s=60)
    assert "Two lessons say the opposite" in text_of(open_app("review"))


def test_lessons_that_come_in_meanwhile_do_not_move_the_cards_on_the_page(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    app = open_app("review")
    before = [button.key for button in app.button if str(button.key).startswith("review_look_")]
    late = lesson_seed.add(engine, "the list is long", "Read it once")
    lesson_seed.tried(engine, late)
    app.run()
    after = [button.key for button in app.button if str(button.key).startswith("review_look_")]
    assert after == [*before, f"review_look_{late}"]
    assert open_app("review").button(key=f"review_approve_{late}")


def test_all_lessons_are_found_by_words_and_by_filters(open_app: OpenApp, engine: Engine, ten: list[str]) -> None:
    app = open_app("review", show="all")
    assert not app.exception
    app.text_input(key="lessons_text").set_value("zip").run()
    app.selectbox(key="lessons_status").set_value("rejected").run()
    assert "No lesson fits these filters." in text_of(app)
    press(app, "lessons_clear")
    assert "No lesson fits these filters." not in text_of(app)


def test_the_page_of_a_lesson_tells_its_fields_its_history_and_its_runs(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    engine.lessons.approve(ten[0], reason="it is right")
    run_id = lesson_seed.run(engine, lesson_seed.GOOD, mode="train")
    engine.workspace.trajectories().settle()
    told = text_of(open_app("review", lesson=ten[0]))
    assert "in use" in told
    assert "Not enough data yet: about 4 more runs" in told or "Not measured yet." in told
    assert "<td>you</td><td>approved</td><td>it is right</td>" in told
    assert "the lesson writer" in told
    assert run_id


def test_a_lesson_is_brought_back_to_an_earlier_moment_and_forward_again(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    engine.lessons.approve(ten[0])
    engine.lessons.archive(ten[0])
    page = open_app("review", lesson=ten[0])
    assert page.selectbox(key=f"lesson_moment_{ten[0]}").options[0].endswith("approved")
    press(page, "lesson_moment_back")
    assert status(engine, ten[0]) == "promoted"
    press(page, "lesson_undo")
    assert status(engine, ten[0]) == "archived"


def test_a_lesson_is_switched_off_and_on_again(open_app: OpenApp, engine: Engine, ten: list[str]) -> None:
    engine.lessons.approve(ten[0])
    app = open_app("review", lesson=ten[0])
    app.toggle[0].set_value(False).run()
    assert status(engine, ten[0]) == "archived"
    app.toggle[0].set_value(True).run()
    assert status(engine, ten[0]) == "promoted"


def test_a_lesson_that_is_not_here_gets_a_sentence(open_app: OpenApp) -> None:
    assert "There is no lesson with the id" in text_of(open_app("review", lesson="none")).replace("\\", "")


def test_history_tells_who_decided_what_and_goes_back_and_forward_again(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    assert "<b>Turned down</b> by the scanner for prompt injection" in text_of(open_app("review", show="history"))
    engine.lessons.approve(ten[0], reason="it is right")
    position = engine.memory.ledger.position
    engine.lessons.approve(ten[1])
    engine.lessons.archive(ten[0])
    app = open_app("review", show="history")
    assert "<b>Approved</b> by you" in text_of(app)
    press(app, f"history_back_{position}")
    told = text_of(app)
    assert "<b>1 lesson leaves the prompts:</b>" in told
    assert "<b>1 lesson comes back:</b>" in told
    press(app, "history_back_do")
    assert [status(engine, card_id) for card_id in ten[:2]] == ["promoted", "quarantined"]
    press(app, "review_undo_0")
    assert [status(engine, card_id) for card_id in ten[:2]] == ["archived", "promoted"]


def _choice(app: AppTest, key: str) -> str:
    """The key of the button of a proposal's choice."""
    names = [str(button.key) for button in app.button]
    return next(name for name in names if name.startswith("review_settle_") and name.endswith(f"_{key}"))


def _submit(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label and button.proto.form_id).click().run()
    assert not app.exception


def test_what_was_taken_out_of_use_by_itself_is_told_with_its_reason_and_can_come_back(
    open_app: OpenApp, engine: Engine, ten: list[str]
) -> None:
    engine.lessons.approve(ten[0])
    use = LessonUse(card_id=ten[0], version=1, text="")
    for number in range(30):
        engine.memory.effects.record(f"good {number}", lesson_seed.LISTS, [], True, 9.0)
        engine.memory.effects.record(f"bad {number}", lesson_seed.LISTS, [use], False, 1.0)
    engine.tidy()
    assert status(engine, ten[0]) == "quarantined"
    app = open_app("review")
    assert "Taken out of use by itself (1)" in [expander.label for expander in app.expander]
    press(app, f"review_again_{ten[0]}")
    assert status(engine, ten[0]) == "promoted"
