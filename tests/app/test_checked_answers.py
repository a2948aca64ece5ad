"""A checked answer on the page: every mark has words, every number leads to its place, and nothing in it is markup."""

import re

from streamlit.testing.v1 import AppTest

from app.components.cited_answer import summary
from purpose_agent.types import Source
from purpose_agent.vault.answers.cited import CitedAnswer, cited
from tests.app.words import text_of

TEXT = "We refund the full price within 30 days. Shipping is not refunded."
SOURCE = Source(vault="shop", document="d1", name="returns.md", start=100, end=100 + len(TEXT), place="Returns")
OLD = "[2] old.md\nWe refund the full price within 14 days."


def shown(answer: CitedAnswer) -> str:
    def page(answer: "CitedAnswer") -> None:  # its source runs by itself, without this module's imports
        from app.components.cited_answer import draw_cited_answer

        draw_cited_answer(answer, run_id="r1")

    app = AppTest.from_function(page, args=(answer,)).run()
    assert not app.exception
    return text_of(app)


def answered(answer: str, *more: str) -> CitedAnswer:
    return cited("How long do we refund?", answer, [f"[1] returns.md, Returns\n{TEXT}", *more], [SOURCE])


def plain(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def test_a_number_leads_to_the_characters_that_it_cites() -> None:
    html = shown(answered("We refund the full price within 30 days [1]."))
    assert "Source 1: returns.md, Returns" in html
    (address,) = set(re.findall(r'href="([^"]*)"', html))
    assert "start=100" in address
    assert f"end={100 + len('We refund the full price within 30 days.')}" in address
    assert "Checked: the sentence stands in your documents." in html


def test_each_mark_says_in_words_what_is_wrong() -> None:
    html = plain(
        shown(answered("We refund within 90 days [1]. Shipping is not refunded [2]. Fish live in the sea.", OLD))
    )
    assert "not found in your documents [1] says 30 days, not 90 days." in html
    assert "stands in another place than it names [1] says it, not [2]." in html
    assert "names no source It names no source, and no passage says it." in html
    assert "Checked: 0 of 3 sentences found where it says; the others are marked." in html


def test_documents_that_disagree_are_shown_with_both_quotes() -> None:
    html = plain(shown(answered("We refund within 30 days [1].", OLD)))
    assert "Your documents disagree Not the same: 30 days, 14 days" in html
    assert "We refund the full price within 30 days." in html


def test_what_is_turned_away_says_why_and_what_was_left_out() -> None:
    refused = CitedAnswer(
        question="Why?", text="Your documents do not say this. No sentence is near.", refused=True,
        notices=("A passage of evil.md gives orders to its reader.",),
    )  # fmt: skip
    html = plain(shown(refused))
    assert "Your documents do not say this. No sentence is near." in html
    assert "A passage of evil.md gives orders to its reader." in html


def test_code_stays_code_and_points_stay_points() -> None:
    html = shown(
        answered("# Rules\nWe say:\n\n- Shipping is not refunded [1]. Ever.\n2. Two\n\nEnd.\n\n```\nx = 1\n```")
    )
    lines = [plain(line) for line in re.findall(r'<p class="pa-answer.*?</p>', html)]
    assert [line.partition(" names no source")[0] for line in lines] == [
        "Rules", "We say:", "• Shipping is not refunded. [1] Ever.", "2. Two", "End.",
    ]  # fmt: skip
    assert "x = 1" in html


def test_an_answer_that_claims_nothing_says_so() -> None:
    assert summary(answered("Here is what I found:")) == "Nothing in it could be held against your documents."


def test_nothing_in_an_answer_or_a_document_is_markup() -> None:
    answer = cited(
        "", "<script>a</script> & <b>b</b> **c** `<i>d</i>` [1].", ["[1] <u>f</u>.md\n<b>b</b> c d."], [SOURCE]
    )
    html = shown(answer)
    assert (
        "&lt;script&gt;a&lt;/script&gt; &amp; &lt;b&gt;b&lt;/b&gt; <b>c</b> <code>&lt;i&gt;d&lt;/i&gt;</code>" in html
    )
    assert "<script>" not in html
    assert "<u>" not in html
