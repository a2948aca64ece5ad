"""Deciding on lessons as a person does it: at the keyboard alone, in both themes, on a phone, with none or too many."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.service import Engine
from tests import lesson_seed
from tests.browser import screens
from tests.browser.conftest import VIEWPORTS, OpenPage, Recorder
from tests.browser.serving import AppServer
from tests.browser.test_journeys import looks_right

Seed = Callable[[Callable[[Engine], object]], object]


@pytest.fixture
def seed(server: AppServer) -> Seed:
    """Do something with the workspace from a second process's side, while the app has it open."""

    def seeded(act: Callable[[Engine], object]) -> object:
        engine = Engine(Workspace.open(server.workspace))
        try:
            return act(engine)
        finally:
            engine.close()

    return seeded


def ten_with_one_tried(engine: Engine) -> list[str]:
    ids = lesson_seed.ten_lessons(engine)
    lesson_seed.tried(engine, ids[2])
    return ids


def statuses(seed: Seed, ids: list[str]) -> list[str]:
    return seed(lambda engine: [engine.memory.ledger.card(card_id).status for card_id in ids])  # type: ignore[return-value]


def open_lesson(page: Page) -> Locator:
    return screens.keyed(page, "review_focus").locator(".pa-lesson")


def press(page: Page, key: str, *, until: str) -> None:
    """Press a key and wait until the open lesson begins with these words and has the keyboard's focus."""
    strike(page, key)
    expect(open_lesson(page)).to_have_text(re.compile(re.escape(until)))
    expect(open_lesson(page)).to_be_focused()


def strike(page: Page, key: str) -> None:
    """Press a key once the page stands and the button that the key belongs to is there."""
    screens.settled(page)
    if len(key) == 1:
        expect(page.get_by_role("button", name=re.compile(f"Shortcut {re.escape(key.upper())}$")).first).to_be_visible()
    page.keyboard.press(key)


def test_ten_lessons_are_reviewed_at_the_keyboard_alone(open_page: OpenPage, seed: Seed) -> None:
    """Two of the ten are harmful: a scanner turned one down already, the other is marked, and no batch takes it."""
    ids = seed(ten_with_one_tried)
    assert isinstance(ids, list)
    page = open_page()
    screens.settled(page)
    screens.tab_to(page, "Review")
    page.keyboard.press("Enter")
    expect(open_lesson(page)).to_have_text(re.compile("numbers may be negative"))  # what replays released comes first
    press(page, "a", until="When the list may be empty")
    press(page, "a", until="When the task adds numbers up")
    press(page, "u", until="When the list may be empty")  # undo brings it back in front
    assert statuses(seed, ids[:3]) == ["quarantined", "quarantined", "promoted"]

    strike(page, "t")  # turn it down after all, with a reason that is one key away
    expect(screens.keyed(page, "review_reasons").get_by_role("button").first).to_be_focused()
    press(page, "2", until="When the task adds numbers up")
    press(page, "l", until="When the task counts something")

    screens.tab_to(page, "Choose the 5 of low risk")
    page.keyboard.press("Enter")
    screens.tab_to(page, "Approve 5 low-risk lessons")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Approved 5 lessons")).to_be_visible()
    expect(open_lesson(page)).to_be_focused()
    expected = ["rejected", *["promoted"] * 7, "quarantined", "rejected"]
    expected[3] = "quarantined"  # the card that stood open was not in the list
    assert statuses(seed, ids) == expected

    press(page, "a", until="When the task is about a member of the club")
    expect(screens.keyed(page, "review_focus").locator("mark.pa-found")).to_be_visible()
    expect(screens.keyed(page, "review_focus")).to_contain_text("Grave: It passes on secrets or personal data.")
    strike(page, "t")
    expect(screens.keyed(page, "review_reasons").get_by_role("button").first).to_be_focused()
    strike(page, "5")
    expect(page.get_by_role("heading", name="Nothing waits for you.")).to_be_focused()
    assert statuses(seed, ids) == ["rejected", *["promoted"] * 7, "rejected", "rejected"]


def test_a_critical_finding_is_used_only_with_a_typed_reason(open_page: OpenPage, seed: Seed) -> None:
    ids = seed(ten_with_one_tried)
    assert isinstance(ids, list)
    page = open_page(path="review")
    expect(open_lesson(page)).to_be_visible()
    screens.tab_to(page, "Turned down by a scanner")
    page.keyboard.press("Enter")
    screens.tab_to(page, "Appeal")
    press(page, "Enter", until="When the critic scores the answer")
    strike(page, "a")
    reason = page.get_by_role("textbox", name="Why it may be used")
    expect(reason).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Write why it may be used all the same.").first).to_be_visible()
    assert statuses(seed, ids[9:]) == ["quarantined"]
    reason.focus()
    page.keyboard.type("It quotes an attack and warns of it")
    page.keyboard.press("Enter")
    expect(open_lesson(page)).to_have_text(re.compile("numbers may be negative"))
    assert statuses(seed, ids[9:]) == ["promoted"]


def test_a_lesson_is_edited_and_approved_in_one_go(open_page: OpenPage, seed: Seed) -> None:
    ids = seed(ten_with_one_tried)
    assert isinstance(ids, list)
    page = open_page(path="review")
    expect(open_lesson(page)).to_be_visible()
    strike(page, "e")
    expect(page.get_by_role("textbox", name="When")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("Begin with the first number")
    screens.tab_to(page, "Approve with these words")
    press(page, "Enter", until="When the list may be empty")
    view = seed(lambda engine: engine.memory.ledger.card(ids[2]))
    assert (view.status, view.card.do, view.card.version) == ("promoted", "Begin with the first number", 2)  # type: ignore[attr-defined]


def test_two_answers_are_compared_blind(open_page: OpenPage, seed: Seed) -> None:
    ids = seed(ten_with_one_tried)
    assert isinstance(ids, list)
    page = open_page(path="review")
    expect(open_lesson(page)).to_be_visible()
    screens.tab_to(page, "Two answers side by side")
    page.keyboard.press("Enter")
    answers = screens.keyed(page, "review_focus").get_by_test_id("stCode")
    expect(answers).to_have_count(2)
    expect(page.get_by_text("One of them had the lesson in its prompt.")).to_be_visible()
    better = "A" if "default=0" in answers.first.inner_text() else "B"
    screens.tab_to(page, f"{better} is better")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You chose the answer with the lesson, without knowing it.")).to_be_visible()
    expect(page.get_by_role("heading", name=f"{better} · with the lesson")).to_be_visible()


def test_all_lessons_are_sorted_switched_and_looked_at_with_the_keyboard(open_page: OpenPage, seed: Seed) -> None:
    ids = seed(ten_with_one_tried)
    assert isinstance(ids, list)
    seed(lambda engine: engine.lessons.approve(ids[0]))
    page = open_page(path="review?show=all")
    table = page.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(11)
    by_lesson = table.get_by_role("columnheader", name="Lesson")
    by_lesson.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(by_lesson).to_have_attribute("aria-sort", "ascending")
    expect(by_lesson.get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(by_lesson).to_have_attribute("aria-sort", "descending")
    switch = table.get_by_role("switch", name="When the list may be empty")
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "false")
    assert statuses(seed, ids[:1]) == ["archived"]
    page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")
    assert statuses(seed, ids[:1]) == ["promoted"]
    table.get_by_role("button", name="When the list may be empty").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Lesson", exact=True)).to_be_visible()
    expect(page.get_by_text("the lesson writer").first).to_be_visible()
    page.get_by_role("link", name="All lessons").click()
    expect(table.get_by_role("row")).to_have_count(11)


def test_the_whole_memory_goes_back_and_comes_forward_again(open_page: OpenPage, seed: Seed) -> None:
    ids = seed(ten_with_one_tried)
    assert isinstance(ids, list)
    position = seed(lambda engine: (engine.lessons.approve(ids[0]), engine.memory.ledger.position)[1])
    seed(lambda engine: (engine.lessons.approve(ids[1]), engine.lessons.archive(ids[0])))
    page = open_page(path="review?show=history")
    screens.keyed(page, f"history_back_{position}").get_by_role("button").click()
    expect(page.get_by_text("1 lesson leaves the prompts:")).to_be_visible()
    expect(page.get_by_text("1 lesson comes back:")).to_be_visible()
    page.get_by_role("button", name="Go back", exact=True).click()
    expect(page.get_by_text("2 lessons moved")).to_be_visible()
    assert statuses(seed, ids[:2]) == ["promoted", "quarantined"]
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("2 lessons moved")).to_have_count(0)
    assert statuses(seed, ids[:2]) == ["archived", "promoted"]


def test_two_lessons_at_odds_are_settled_at_the_keyboard(open_page: OpenPage, seed: Seed) -> None:
    ids = seed(lesson_seed.at_odds)
    assert isinstance(ids, list)
    page = open_page(path="review")
    expect(page.get_by_text("Two lessons say the opposite")).to_be_visible()
    screens.settled(page)
    screens.tab_to(page, "Each for its own part")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Only for these tasks").first).to_be_focused()
    page.keyboard.type("writing")
    screens.tab_to(page, "Keep both with these limits")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Each holds for its own part now.")).to_be_visible()
    expect(page.get_by_text("Two lessons say the opposite")).to_have_count(0)
    kinds = seed(lambda engine: [engine.memory.ledger.card(card_id).card.scope.task_kind for card_id in ids])
    assert kinds == ["codewriting", "code"]


def test_lessons_are_tried_on_past_tasks_while_the_page_is_left(open_page: OpenPage, seed: Seed) -> None:
    seed(lesson_seed.solved_task)
    page = open_page(path="review")
    expect(open_lesson(page)).to_be_visible()
    expect(screens.keyed(page, "review_focus")).to_contain_text("It was not tried on past tasks yet.")
    screens.tab_to(page, "Try them on past tasks")
    strike(page, "Enter")
    plan = page.get_by_role("dialog")
    expect(plan).to_contain_text("1 lesson on 1 past task, at most 12 replays.")
    plan.get_by_role("button", name="Start").focus()
    page.keyboard.press("Enter")
    expect(plan).to_have_count(0)
    screens.go_to(page, "Runs")
    expect(page.get_by_test_id("stSidebar").get_by_text("Running")).to_have_count(0, timeout=60_000)
    page.goto(page.url.replace("/runs", "/review"))
    expect(screens.keyed(page, "review_focus")).to_contain_text("Tried on 1 past task, with and without")


def test_the_sidebar_says_how_many_wait_and_leads_there(open_page: OpenPage, seed: Seed) -> None:
    page = open_page()
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Review", exact=True)).to_be_visible()
    seed(ten_with_one_tried)
    page.get_by_test_id("stSidebar").get_by_role("link", name="9 wait for you").click()
    expect(open_lesson(page)).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Review (9)")).to_be_visible()


def test_with_nothing_waiting_the_page_leads_to_a_first_task(open_page: OpenPage) -> None:
    page = open_page(path="review")
    expect(page.get_by_role("heading", name="Nothing waits for you.")).to_be_visible()
    page.get_by_role("link", name="Run a task in a notebook").click()
    expect(page.get_by_role("button", name="Start")).to_be_visible()


def test_a_damaged_record_is_told_in_words(open_page: OpenPage, seed: Seed) -> None:
    def damage(engine: Engine) -> None:
        lesson_seed.ten_lessons(engine)
        with engine.workspace.journal.write() as db:
            db.execute("DROP TRIGGER ledger_keeps_its_rows")
            db.execute("UPDATE ledger SET reason = 'tampered' WHERE position = 4")

    seed(damage)
    page = open_page(path="review")
    expect(page.get_by_text("The record of lessons was changed from outside at row 4")).to_be_visible()
    expect(page.get_by_text("Restore the workspace from a backup")).to_be_visible()
    screens.go_to(page, "Notebook")
    expect(page.get_by_role("button", name="Start")).to_be_visible()


def test_a_thousand_waiting_lessons_are_paged(open_page: OpenPage, seed: Seed) -> None:
    seed(lambda engine: lesson_seed.many(engine, 1000))
    page = open_page(path="review")
    expect(page.get_by_text("1,000 lessons wait for you")).to_be_visible()
    expect(page.locator("[class*='st-key-review_row_']")).to_have_count(9)
    page.get_by_test_id("stPagination").get_by_role("button", name="100").click()
    expect(open_lesson(page)).to_be_visible()
    page.goto(page.url.partition("?")[0] + "?show=all")
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(26)


@pytest.mark.parametrize(("width", "theme"), VIEWPORTS)
def test_review_fits_and_wears_the_theme(
    open_page: OpenPage, seed: Seed, recorder: Recorder, width: int, theme: str
) -> None:
    ids = seed(ten_with_one_tried)
    assert isinstance(ids, list)
    seed(lambda engine: engine.lessons.approve(ids[0], reason="it is right"))
    page = open_page(width=width, theme=theme, path="review")
    expect(open_lesson(page)).to_be_visible()
    looks_right(page, theme)
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("textbox", name="When")).to_be_visible()
    looks_right(page, theme)
    for show, told in (("all", "10 lessons"), ("history", "Approved by you")):
        page.goto(f"{page.url.partition('?')[0]}?show={show}")
        expect(page.get_by_text(told).first).to_be_visible()
        looks_right(page, theme)
    page.goto(f"{page.url.partition('?')[0]}?lesson={ids[0]}")
    expect(page.get_by_role("heading", name="Runs with it")).to_be_visible()
    looks_right(page, theme)
    assert recorder.errors == []
