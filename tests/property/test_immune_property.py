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
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=40).map("".join)))
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
