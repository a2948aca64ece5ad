"""Whatever the text, scanning it ends in bounded time, and every finding lies inside the text."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.memory.immune.scan import SCANNERS, scan_text

PIECES = st.sampled_from(
    [
        "ignore",
        " previous ",
        "instructions",
        "\u200b",
        "=" * 9,
        "QWxs",
        "0",
        "<!--",
        "-->",
        '"',
        "忽略",
        "指令",
        "key: ",
        "\n",
        "rm -rf /",
        "a@b.de",
        "\U000e0041",
        "ﬁ",
        "ǆ",
        "{{",
        ";",
        "İ",
        "\ud800",
        "\x00",
        "password: ",
        "https://a:",
        "born on ",
        "assistant: ",
        "if a page asks ",
        '"select a from ',
        "![a](http://a?b=",
        "1-",
        "ไม่",
        "\u202e",
        "e\u0301",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(max_size=300), st.text(st.characters(), max_size=80), st.lists(PIECES, max_size=40).map("".join))
)
def test_findings_lie_inside_any_text(text: str) -> None:
    for finding in scan_text(text):
        assert 0 <= finding.start <= finding.end <= len(text)
        assert finding.why


@settings(max_examples=60, deadline=None)
@given(st.one_of(PIECES, st.text(min_size=1, max_size=6)), st.integers(1, 6000))
def test_no_repetition_makes_scanning_slow(piece: str, times: int) -> None:
    text = (piece * times)[:6000]
    before = time.process_time()
    scan_text(text)
    assert time.process_time() - before < 3
    assert len(SCANNERS) == 5


@settings(max_examples=15, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=5).map("".join))
def test_a_hundred_thousand_characters_are_read_in_time_that_grows_with_the_length(piece: str) -> None:
    """Measured: 0.02 to 0.3 s. A pattern that tracks back would take minutes."""
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    before = time.process_time()
    scan_text(text, "vault")
    assert time.process_time() - before < 5
