"""A lesson's sentence as HTML: nothing of it is ever markup, and what the scanners found is marked in place."""

import re

from hypothesis import given
from hypothesis import strategies as st

from app.components.lesson_parts import marked
from purpose_agent.memory.scanning import Finding


def found(start: int, end: int, why: str = "It is odd.") -> Finding:
    return Finding(scanner="s", severity="high", why=why, start=start, end=end)


def test_code_is_code_and_markup_is_text() -> None:
    assert marked("Use `sum` & not <b>max</b>") == "Use <code>sum</code> &amp; not &lt;b&gt;max&lt;/b&gt;"


def test_a_finding_is_underlined_numbered_and_told() -> None:
    assert marked("Write to Anna now", [found(9, 13)]) == (
        'Write to <mark class="pa-found" title="Grave: It is odd.">Anna<sup>1</sup></mark> now'
    )


def test_findings_that_overlap_keep_their_numbers() -> None:
    html = marked("abcdef", [found(0, 4, "one"), found(2, 6, "two")])
    assert re.sub("<[^>]+>", "", html) == "abcd1ef2"
    assert 'title="Grave: one Grave: two"' in html


def test_a_finding_without_a_place_in_the_text_marks_nothing() -> None:
    assert marked("abc", [found(0, 0), found(2, 9)]) == "abc"


@given(
    st.text(alphabet="ab `<>&\"'é", max_size=30),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4),
)
def test_every_letter_stays_whatever_is_marked(text: str, places: list[tuple[int, int]]) -> None:
    html = marked(text, [found(start, end) for start, end in places])
    shown = re.sub(r"<sup>\d+</sup>|<[^>]+>", "", html)
    for escaped, plain in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
        shown = shown.replace(escaped, plain)
    assert shown.replace("`", "") == text.replace("`", "")
    assert not re.search(r"<(?!/?(mark|code|sup)\b)", html)
