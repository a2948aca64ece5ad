"""The scripted model behaves like a model whose words are known beforehand."""

import asyncio

import pytest

from purpose_agent.models.backend import Backend, Limits, Message, Reply, ToolCall
from purpose_agent.models.errors import ModelTimeout, ModelUnreachable
from purpose_agent.models.scripted import MAX_CALLS_KEPT, ScriptedBackend, ScriptEnded

HELLO = (Message(role="user", content="hello"),)


def ask(backend: ScriptedBackend, **options: object) -> Reply:
    return asyncio.run(backend.generate(HELLO, **options))  # type: ignore[arg-type]


def test_it_is_a_backend() -> None:
    assert isinstance(ScriptedBackend(["a"]), Backend)


def test_replies_come_in_order_and_calls_are_recorded() -> None:
    backend = ScriptedBackend(["one", "two"])
    assert [ask(backend).text, ask(backend).text] == ["one", "two"]
    assert backend.calls == [HELLO, HELLO]


def test_after_the_last_reply_it_says_that_the_script_has_ended() -> None:
    backend = ScriptedBackend(["one"])
    ask(backend)
    with pytest.raises(ScriptEnded, match="all of its 1 replies") as caught:
        ask(backend)
    assert not caught.value.retryable


def test_a_cycling_script_starts_again() -> None:
    backend = ScriptedBackend(["a", "b"], cycle=True)
    assert [ask(backend).text for _ in range(5)] == ["a", "b", "a", "b", "a"]


def test_an_exception_in_the_list_is_raised_and_the_next_call_goes_on() -> None:
    backend = ScriptedBackend([ModelUnreachable("Gone.", fix="Wait."), "back"])
    with pytest.raises(ModelUnreachable):
        ask(backend)
    assert ask(backend).text == "back"


def test_a_function_sees_the_messages() -> None:
    assert ask(ScriptedBackend([lambda messages: messages[-1].content.upper()])).text == "HELLO"


def test_a_whole_reply_is_passed_on_with_its_tool_calls() -> None:
    call = ToolCall(name="calculator", args={"expression": "1+1"})
    reply = ask(ScriptedBackend([Reply(text="", tool_calls=(call,), notices=("cut",))]))
    assert (reply.tool_calls, reply.notices) == ((call,), ("cut",))


def test_streamed_pieces_join_to_the_text() -> None:
    text = "  def f(x):\n    return x\n\n"
    pieces: list[str] = []
    ask(ScriptedBackend([text]), on_text=pieces.append)
    assert "".join(pieces) == text
    assert len(pieces) > 2


def test_a_delay_beyond_the_limit_is_a_timeout() -> None:
    with pytest.raises(ModelTimeout, match=r"within 0\.01 s"):
        ask(ScriptedBackend(["late"], delay_s=30), limits=Limits(timeout_s=0.01))


def test_a_waiting_call_can_be_cancelled() -> None:
    async def cancel_it() -> None:
        call = asyncio.ensure_future(ScriptedBackend(["late"], delay_s=30).generate(HELLO))
        await asyncio.sleep(0)
        call.cancel()
        await call

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel_it())


def test_calls_are_kept_within_a_bound() -> None:
    backend = ScriptedBackend(["a"], cycle=True)
    for _ in range(MAX_CALLS_KEPT + 5):
        ask(backend)
    assert len(backend.calls) == MAX_CALLS_KEPT
    assert backend.call_count == MAX_CALLS_KEPT + 5
