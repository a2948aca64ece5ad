"""What a watcher sees of an answer while it is being written."""

import json

from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.core.recorder import TextRelay
from purpose_agent.runtime.events import decode, encode
from tests.unit.core.doubles import Listener


def relayed(pieces: list[str]) -> str:
    bus = Listener()
    relay = TextRelay(bus, "r", 4, 0)
    for piece in pieces:
        relay(piece)
    relay.close()
    assert all(event.seq == 4 for event in bus.heard)
    assert all(decode(encode(event)) == event for event in bus.heard)
    return "".join(event.text for event in bus.heard)


def cut(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


@given(st.text(max_size=400), st.integers(1, 90), st.booleans())
def test_the_answer_in_a_json_reply_arrives_word_for_word(answer: str, size: int, ascii_only: bool) -> None:
    reply = json.dumps({"thought": 'say "answer": now', "answer": answer, "done": True}, ensure_ascii=ascii_only)
    assert relayed(cut(reply, size)) == answer


@given(st.text(max_size=300).filter(lambda text: not text.lstrip().startswith("{")), st.integers(1, 90))
def test_plain_text_arrives_as_it_is(text: str, size: int) -> None:
    assert relayed(cut(text, size)) == text


@given(st.text(max_size=200), st.integers(1, 90))
def test_whatever_a_model_writes_after_a_brace_nothing_breaks(rest: str, size: int) -> None:
    relayed(cut('{"answer": "' + rest, size))


def test_a_reply_without_an_answer_streams_nothing() -> None:
    assert relayed(['{"tool": "calculator", "args": {"expression": "1 + 1"}, "answer": null}' + " " * 80]) == ""
