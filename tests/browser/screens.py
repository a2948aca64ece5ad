"""The app's screens in the words of a person who uses them; Streamlit's names stay in here."""

import re
from pathlib import Path

from playwright.sync_api import Download, Locator, Page, expect

RUN_WITHIN_MS = 60_000


def settled(page: Page) -> None:
    """The script of the page has run to its end."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def rests(page: Page) -> None:
    """Nothing is at work, so the page is not drawn anew while something on it is pressed."""
    expect(page.locator("[class*='st-key-side_job_']")).to_have_count(0, timeout=RUN_WITHIN_MS)
    settled(page)


def start_sample(page: Page, name: str) -> None:
    keyed(page, f"start_open_{name}").get_by_role("button").click()
    expect(page).to_have_url(re.compile("notebook="))


def start_notebook(page: Page, purpose: str) -> None:
    page.get_by_role("textbox", name="What should your team help you with?").fill(purpose)
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile("notebook="))


def add_task(page: Page, text: str, checks: str = "") -> None:
    """Write a task into the composer and run it."""
    page.get_by_role("textbox", name="What should the team do?").fill(text)
    if checks:
        keyed(page, "notebook_composer_more").locator("summary").click()
        keyed(page, "notebook_composer_checks").get_by_role("textbox").fill(checks)
    page.keyboard.press("Tab")  # what was written is sent when the box is left; a press meanwhile would be lost
    settled(page)
    keyed(page, "notebook_composer_add").get_by_role("button").click()


def cells(page: Page) -> Locator:
    return page.locator("[class*='st-key-notebook_cell_']")


def score_of(cell: Locator) -> Locator:
    return cell.locator(".pa-phi").first


def run_again(cell: Locator) -> None:
    cell.locator("[class*='st-key-notebook_run_']").get_by_role("button").click()


def has_run(cell: Locator, times: int) -> None:
    """The cell has ended its n-th run."""
    expect(cell.locator(".pa-n")).to_have_text(f"[{times}]", timeout=RUN_WITHIN_MS)
    expect(cell.locator("[class*='st-key-notebook_run_']")).to_be_visible(timeout=RUN_WITHIN_MS)


def stop(cell: Locator) -> None:
    cell.get_by_role("button", name="Stop").click()


def resume(cell: Locator) -> None:
    cell.get_by_role("button", name="Resume").click()


def approve_lesson(cell: Locator) -> str:
    """Approve the first waiting lesson and give its text."""
    lesson = cell.locator("[class*='st-key-notebook_lesson_']").first
    text = lesson.get_by_text(re.compile("^When ")).first.inner_text().partition(": Try")[0]
    lesson.get_by_role("button", name="Approve").click()
    expect(cell.get_by_role("button", name="Approve")).to_have_count(0)
    return text


def go_to(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()


def export(page: Page, form: str) -> Download:
    keyed(page, "notebook_export").get_by_role("button").first.click()
    settled(page)  # the file belongs to this drawing of the page, and is gone with the next
    with page.expect_download() as started:
        keyed(page, f"notebook_export_{form}").get_by_role("button").click()
    page.keyboard.press("Escape")
    return started.value


def import_notebook(page: Page, file: Path) -> None:
    before = page.url
    keyed(page, "notebook_all").get_by_role("button").first.click()
    page.get_by_test_id("stFileUploader").locator("input[type=file]").first.set_input_files(file)
    expect(page).not_to_have_url(before)
    settled(page)


def focused(page: Page) -> str:
    """The name of what has the keyboard's focus; "" for the page itself and its frame."""
    return str(
        page.evaluate("""() => {
            const it = document.activeElement;
            const named = it.matches("a, button, input, textarea, summary");
            return named ? it.getAttribute("aria-label") || it.innerText : "";
        }""")
    )


def tab_to(page: Page, name: str, *, exact: bool = False) -> None:
    """Press Tab until something of that name has the focus; `exact`: a button with these very words beside its icon."""
    for _ in range(200):  # a page that redraws itself meanwhile gives the focus back to its start
        page.keyboard.press("Tab")
        now = focused(page)
        if now.rpartition("\n")[2].strip() == name if exact else name in now:
            return
    raise AssertionError(f"Tab does not lead to {name}")


def keyed(page: Page | Locator, key: str) -> Locator:
    """The element of a widget by its key."""
    return page.locator(f".st-key-{key}")


# ---- the Vault


def make_vault(page: Page, title: str) -> None:
    """The first vault of a workspace."""
    page.get_by_role("textbox", name="What are the documents about?").fill(title)
    page.get_by_role("button", name="Make a vault").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    settled(page)


def add_files(page: Page, *files: Path) -> None:
    upload_box(page, "vault_files").set_input_files(list(files))


def upload_box(page: Page, key: str) -> Locator:
    return page.locator(f"[class*='st-key-{key}_'] input[type=file]")


def has_read(page: Page, counted: str) -> None:
    """So many documents are ready, as the line below the title tells, and nothing is at work any more."""
    expect(page.get_by_text(re.compile(rf"^{re.escape(counted)}\b"))).to_be_visible(timeout=RUN_WITHIN_MS)
    expect(keyed(page, "vault_job")).to_have_count(0, timeout=RUN_WITHIN_MS)
    rests(page)


def row_of(page: Page, name: str) -> Locator:
    return page.locator("[class*='st-key-vault_doc_']", has=page.get_by_text(name, exact=True))


def pick(page: Page, name: str) -> None:
    """Tick a document."""
    rests(page)
    box = page.get_by_role("checkbox", name=f"Choose {name}", exact=True)
    box.locator("xpath=ancestor::label").click()
    expect(page.get_by_text("1 chosen")).to_be_visible()


def question_box(page: Page) -> Locator:
    """Where the vault is asked. When it is not there, the failure shows what is there instead."""
    box = page.get_by_label("What do you want to know?")
    if not box.is_visible():
        expect(page.locator("[data-testid='stMain']")).to_contain_text("What do you want to know?")
    expect(box).to_be_visible()
    return box


def ask(page: Page, question: str) -> Locator:
    """Ask the vault, and give its checked answer."""
    before = page.url
    question_box(page).fill(question)
    keyed(page, "vault_ask_now").get_by_role("button").click()
    expect(page).not_to_have_url(before)
    settled(page)
    answer = keyed(page, "vault_answer")
    expect(answer).to_be_visible(timeout=RUN_WITHIN_MS)
    expect(keyed(page, "vault_after")).to_be_visible()
    settled(page)
    return answer


def search(page: Page, words: str) -> Locator:
    """Search the vault; the places that were found."""
    before = page.url
    question_box(page).fill(words)
    keyed(page, "vault_search_now").get_by_role("button").click()
    expect(page).not_to_have_url(before)
    settled(page)
    return page.locator("[class*='st-key-vault_hit_']")
