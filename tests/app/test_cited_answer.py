"""A checked answer on a page: each sentence leads to its place, and what no document carries says so in words."""

import pytest
from streamlit.testing.v1 import AppTest

from app.components.cited_answer import summary
from purpose_agent.types import Source
from purpose_agent.vault.answers.cited import CitedAnswer, CitedDisagreement, CitedSentence, PlacedCitation
from purpose_agent.vault.answers.records import Support
from tests.app.words import text_of

FEES = Source(vault="v1", document="d1", name="fees.md", version=2, start=10, end=90, place="Fees")
PLAN = Source(vault="v1", document="d2", name="plan.pdf", start=0, end=400, place="page 3", page=3)


def cite(number: int, quote: str, source: Source | None = FEES, start: int = 0, end: int = 0) -> PlacedCitation:
    return PlacedCitation(number=number, quote=quote, source=source, start=start, end=end)


def answered(*sentences: CitedSentence, **more: object) -> CitedAnswer:
    return CitedAnswer(question="?", text=" ".join(s.text for s in sentences), sentences=sentences, **more)  # type: ignore[arg-type]


def shown(answer: CitedAnswer) -> str:
    def page(answer) -> None:  # type: ignore[no-untyped-def]
        from app.components.cited_answer import draw_cited_answer

        draw_cited_answer(answer, run_id="r1")

    app = AppTest.from_function(page, kwargs={"answer": answer}, default_timeout=30).run()
    assert not app.exception
    return text_of(app)


def test_each_sentence_leads_to_its_sentence_in_the_document_and_back() -> None:
    told = shown(
        answered(
            CitedSentence(text="The fee is 60 euros.", citations=(cite(1, "The fee is 60 euros.", start=12, end=32),)),
            CitedSentence(text="It is due in May.", citations=(cite(2, "Due in May.", PLAN, 30, 41),)),
        )
    )
    assert 'href="vault?vault=v1&amp;doc=d1&amp;run=r1&amp;version=2&amp;start=12&amp;end=32"' in told
    assert 'href="vault?vault=v1&amp;doc=d2&amp;run=r1&amp;page=3&amp;version=1&amp;start=30&amp;end=41"' in told
    assert 'aria-label="Source 2: plan.pdf, page 3"' in told
    assert "Checked: both sentences stand in your documents." in told


def test_a_source_is_told_once_with_each_of_its_quotes_once() -> None:
    twice = cite(1, "The fee is 60 euros.", start=12, end=32)
    told = shown(
        answered(
            CitedSentence(text="The fee is 60 euros.", citations=(twice,)),
            CitedSentence(text="So it is 60 euros.", citations=(twice,)),
            CitedSentence(text="Guests pay nothing.", citations=(cite(1, "Guests pay nothing.", start=33, end=52),)),
        )
    )
    listed = told[told.index("Where it stands") :]
    assert listed.count("fees.md, Fees") == 1
    assert listed.count("<q>The fee is 60 euros.</q>") == 1
    assert listed.count("<q>Guests pay nothing.</q>") == 1


@pytest.mark.parametrize(
    ("support", "words"),
    [
        ("unsupported", "not found in your documents"),
        ("miscited", "stands in another place than it names"),
        ("uncited", "names no source"),
    ],
)
def test_what_no_document_carries_is_marked_in_words_with_the_reason(support: Support, words: str) -> None:
    told = shown(
        answered(
            CitedSentence(text="The fee is 60 euros.", citations=(cite(1, "The fee is 60 euros."),)),
            CitedSentence(text="Cats pay double.", support=support, why="No document names cats."),
        )
    )
    assert f'<span class="pa-doubt">Cats pay double.</span> <span class="pa-tag pa-wait">{words}</span>' in told
    assert "No document names cats." in told
    assert "Checked: 1 of 2 sentences found where it says; the others are marked." in told


def test_a_refusal_says_that_nothing_is_made_up_and_names_no_source() -> None:
    told = shown(answered(CitedSentence(text="The documents do not say.", support="refusal"), refused=True))
    assert "The documents do not say." in told
    assert "Nothing is made up" in told
    assert "Where it stands" not in told


def test_documents_that_disagree_stand_side_by_side() -> None:
    first, second = cite(1, "The fee is 60 euros."), cite(2, "The fee is 75 euros.", PLAN)
    told = shown(
        answered(
            CitedSentence(text="The fee is 60 euros.", citations=(first,)),
            disagreements=(CitedDisagreement(first=first, second=second, what="60 euros, 75 euros"),),
        )
    )
    assert "Your documents disagree" in told
    assert "Not the same: 60 euros, 75 euros" in told
    assert "<q>The fee is 75 euros.</q>" in told


def test_lists_headings_emphasis_and_code_look_like_what_they_are() -> None:
    told = shown(
        answered(
            CitedSentence(text="Fees", mark="#", support="small_talk"),
            CitedSentence(mark="-", text="It is **60 euros**.", citations=(cite(1, "60 euros"),)),
            CitedSentence(mark="2.", text="See `fees.md`.", citations=(cite(1, "60 euros"),)),
            CitedSentence(text="print(60)", support="code"),
        )
    )
    assert '<p class="pa-answer pa-answer-head">Fees</p>' in told
    assert "• It is <b>60 euros</b>." in told
    assert "2. See <code>fees.md</code>." in told
    assert "print(60)" in told.splitlines()


def test_markup_in_answers_names_and_quotes_is_shown_as_text() -> None:
    evil = Source(vault='v"><b>', document="d", name="<img src=x onerror=alert(1)>.md", place='"><script>')
    told = shown(
        answered(
            CitedSentence(
                text="<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://z.example/p.png)",
                citations=(cite(1, "<b onclick=alert(1)>quoted", evil),),
                why="<i>why</i>",
                support="miscited",
            ),
            notices=("<u>note</u>",),
        )
    )
    for markup in ("<script", "<img", "<b onclick", "<i>", "<u>", 'href="javascript', 'src="http'):
        assert markup not in told
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in told


def test_how_much_was_found_is_said_in_a_sentence() -> None:
    found = CitedSentence(text="A.", citations=(cite(1, "A."),))
    assert summary(answered(found)) == "Checked: the sentence stands in your documents."
    assert summary(answered(found, found, found)) == "Checked: all 3 sentences stand in your documents."
    assert summary(answered(CitedSentence(text="Hello.", support="small_talk"))).startswith(
        "Nothing in it could be held"
    )
