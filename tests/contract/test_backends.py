"""What every backend keeps to, shown on each of them: scripted, Ollama and an OpenAI-compatible provider.

The latter two talk to real HTTP servers on loopback that speak the providers' wire format.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeAlias

import pytest

from purpose_agent.models.backend import Backend, Limits, Message, Reply, ToolCall, ToolSpec
from purpose_agent.models.errors import ModelTimeout
from purpose_agent.models.keys import Secret
from purpose_agent.models.ollama import OllamaBackend
from purpose_agent.models.openai_compatible import OpenAICompatibleBackend
from purpose_agent.models.scripted import ScriptedBackend
from tests.servers.fake_ollama import FakeOllama, Turn
from tests.servers.fake_openai import Completion, FakeOpenAI

TEXT = "Grüße! 名前は「テスト」です 👋🏽\n\n    return a + b\n"
ASK = (Message(role="system", content="Be brief."), Message(role="user", content="Greet me in three languages."))
TOOL = ToolSpec(
    name="calculator",
    description="Work out a sum.",
    parameters={"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]},
)
CALL = ToolCall(name="calculator", args={"expression": "1 + 1"})

Make: TypeAlias = Callable[..., Backend]


@contextmanager
def scripted() -> Iterator[Make]:
    def make(text: str = TEXT, *, hangs: bool = False, calls: bool = False) -> Backend:
        reply = Reply(text=text, tool_calls=(CALL,) if calls else ())
        return ScriptedBackend([reply], cycle=True, delay_s=60 if hangs else 0)

    yield make


@contextmanager
def ollama() -> Iterator[Make]:
    with ExitStack() as stack:

        def make(text: str = TEXT, *, hangs: bool = False, calls: bool = False) -> Backend:
            said = [{"function": {"name": CALL.name, "arguments": CALL.args}}] if calls else []
            turn = Turn(text=text, fault="stall" if hangs else "", tool_calls=said, split=3)
            return OllamaBackend("qwen3:1.7b", host=stack.enter_context(FakeOllama([turn])).url)

        yield make


@contextmanager
def openai_compatible() -> Iterator[Make]:
    with ExitStack() as stack:

        def make(text: str = TEXT, *, hangs: bool = False, calls: bool = False) -> Backend:
            said = [(CALL.name, '{"expression": "1 + 1"}')] if calls else []
            turn = Completion(text=text, fault="stall" if hangs else "", tool_calls=said, split=3)
            server = stack.enter_context(FakeOpenAI([turn], key="sk-right-key-000"))
            key = Secret("sk-right-key-000")
            return OpenAICompatibleBackend("openai", "small-model", key=key, base_url=server.base_url)

        yield make


@pytest.fixture(params=[scripted, ollama, openai_compatible], ids=lambda adapter: adapter.__name__)
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    with request.param() as maker:
        yield maker


def test_it_is_a_backend_with_a_name_that_names_its_provider(make: Make) -> None:
    backend = make()
    assert isinstance(backend, Backend)
    assert backend.name.partition(":")[0] in ("scripted", "ollama", "openai")


def test_a_reply_comes_whole_with_what_it_cost(make: Make) -> None:
    reply = asyncio.run(make().generate(ASK))
    assert reply.text == TEXT
    assert reply.notices == ()
    assert reply.model != ""
    assert reply.usage.calls == 1
    assert min(reply.usage.prompt_tokens, reply.usage.completion_tokens) > 0
    assert reply.usage.seconds >= 0


def test_the_pieces_that_are_streamed_join_to_the_text(make: Make) -> None:
    pieces: list[str] = []
    reply = asyncio.run(make().generate(ASK, on_text=pieces.append))
    assert "".join(pieces) == reply.text == TEXT
    assert len(pieces) > 3


def test_an_empty_reply_is_a_reply(make: Make) -> None:
    assert asyncio.run(make("").generate(ASK)).text == ""


def test_tool_calls_arrive_with_their_parameters(make: Make) -> None:
    reply = asyncio.run(make("", calls=True).generate(ASK, tools=[TOOL]))
    assert reply.tool_calls == (CALL,)


def test_a_schema_is_accepted(make: Make) -> None:
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}}
    assert asyncio.run(make('{"answer": "hi"}').generate(ASK, schema=schema)).text == '{"answer": "hi"}'


def test_a_call_ends_within_its_time_limit(make: Make) -> None:
    started = time.monotonic()
    with pytest.raises(ModelTimeout) as caught:
        asyncio.run(make(hangs=True).generate(ASK, limits=Limits(timeout_s=0.3)))
    assert time.monotonic() - started < 2
    assert caught.value.retryable
    assert caught.value.fix


def test_a_call_can_be_cancelled_at_once(make: Make) -> None:
    async def cancel() -> float:
        call = asyncio.ensure_future(make(hangs=True).generate(ASK))
        await asyncio.sleep(0.2)
        started = time.monotonic()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        return time.monotonic() - started

    assert asyncio.run(cancel()) < 2


def test_one_backend_serves_several_event_loops_and_calls_at_once(make: Make) -> None:
    backend = make()

    async def three() -> list[Reply]:
        return list(await asyncio.gather(*(backend.generate(ASK) for _ in range(3))))

    texts = [reply.text for _ in range(2) for reply in asyncio.run(three())]
    assert texts == [TEXT] * 6


def test_an_error_of_the_listener_is_not_taken_for_one_of_the_model(make: Make) -> None:
    def listener(piece: str) -> None:
        raise TypeError("the listener's own mistake")

    with pytest.raises(TypeError, match="own mistake"):
        asyncio.run(make().generate(ASK, on_text=listener))


def test_closing_twice_is_harmless_and_the_backend_can_be_used_again(make: Make) -> None:
    backend = make()

    async def close_twice() -> Reply:
        await backend.aclose()
        await backend.aclose()
        return await backend.generate(ASK)

    assert asyncio.run(close_twice()).text == TEXT
