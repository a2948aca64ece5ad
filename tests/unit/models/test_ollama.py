"""Ollama over its native API, against a server that speaks its wire format and fails in its ways."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from purpose_agent.errors import PurposeError
from purpose_agent.models.backend import Limits, Message, Reply, ToolSpec
from purpose_agent.models.errors import (
    BadReply,
    KeyRejected,
    ModelError,
    ModelFailed,
    ModelMissing,
    ModelTimeout,
    ModelUnreachable,
    ReplyCut,
)
from purpose_agent.models.ollama import OllamaBackend
from purpose_agent.models.ollama_host import is_cloud_model, ollama_host
from purpose_agent.models.ollama_models import PullProgress, list_models, probe, pull
from tests.servers.fake_ollama import FakeModel, FakeOllama, Fault, Turn

ASK = (Message(role="user", content="hello"),)
TOOL = ToolSpec(name="add", description="Add.", parameters={"type": "object", "properties": {"x": {"type": "integer"}}})


def ask(server: FakeOllama, messages: Sequence[Message] = ASK, **options: object) -> Reply:
    return asyncio.run(OllamaBackend("qwen3:1.7b", host=server.url).generate(messages, **options))  # type: ignore[arg-type]


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def test_the_request_holds_the_window_the_limits_the_schema_and_the_tools() -> None:
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
    with FakeOllama() as server:
        ask(server, schema=schema, tools=[TOOL], limits=Limits(context_tokens=2048, max_tokens=77, seed=5))
        [body] = server.chats()
    assert body["options"] == {"num_ctx": 2048, "num_predict": 77, "temperature": 0.2, "seed": 5}
    assert body["format"] == schema
    assert body["tools"][0]["function"]["name"] == "add"
    assert body["tools"][0]["function"]["parameters"]["properties"]["x"]["type"] == "integer"
    assert body["stream"] is True
    assert "think" not in body
    assert "keep_alive" not in body


def test_think_and_keep_alive_are_passed_on_and_thinking_is_set_apart() -> None:
    with FakeOllama([Turn(text="4", thinking="2 and 2")]) as server:
        backend = OllamaBackend("qwen3:1.7b", host=server.url, think=True, keep_alive="10m")
        reply = asyncio.run(backend.generate(ASK))
        [body] = server.chats()
    assert (reply.text, reply.thinking) == ("4", "2 and 2")
    assert (body["think"], body["keep_alive"]) == (True, "10m")


def test_a_model_lost_in_thought_is_asked_again_to_answer_straight_away() -> None:
    lost, answer = Turn(text="", thinking="hm, on and on", done_reason="length"), Turn(text="4")
    with FakeOllama([lost, answer]) as server:
        backend = OllamaBackend("qwen3:1.7b", host=server.url)
        first, second = asyncio.run(backend.generate(ASK)), asyncio.run(backend.generate(ASK))
        assert [body.get("think") for body in server.chats()] == [None, False, False]
    assert first.text == second.text == "4"
    assert first.usage.calls == 2
    assert "used all of its 1,024 tokens for thinking" in first.notices[0]
    assert second.notices == ()


def test_usage_comes_from_the_counts_of_the_server() -> None:
    with FakeOllama([Turn(text="12345678")]) as server:
        usage = ask(server).usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.calls, usage.cost_usd) == (5, 2, 1, 0.0)


def test_characters_that_are_split_between_chunks_come_out_whole() -> None:
    with FakeOllama([Turn(text="日本語 👋🏽 ü", split=1)]) as server:
        assert ask(server).text == "日本語 👋🏽 ü"


def test_a_prompt_that_fills_the_window_is_told_to_have_been_cut() -> None:
    with FakeOllama() as server:
        reply = ask(server, [Message(role="user", content="word " * 4000)], limits=Limits(context_tokens=2048))
    [notice] = reply.notices
    assert notice.startswith("The prompt was probably cut: Ollama read 2,048 tokens")


def test_a_model_whose_own_window_is_smaller_is_found_out() -> None:
    with FakeOllama(models=[FakeModel("qwen3:1.7b", context=1024)]) as server:
        reply = ask(server, [Message(role="user", content="word " * 4000)], limits=Limits(context_tokens=8192))
    [notice] = reply.notices
    assert "read 1,024 of about 5,004 tokens" in notice


def test_a_prompt_that_fits_brings_no_notice() -> None:
    with FakeOllama() as server:
        assert ask(server, [Message(role="user", content="word " * 1000)]).notices == ()


def test_a_reply_that_was_stopped_at_its_limit_says_so() -> None:
    with FakeOllama([Turn(done_reason="length")]) as server:
        reply = ask(server, limits=Limits(max_tokens=2000))
    assert reply.finish == "length"
    assert reply.notices == ("The reply was stopped at its limit of 2,000 tokens.",)


def test_a_model_that_cannot_think_or_use_tools_is_asked_without_and_that_is_told() -> None:
    with FakeOllama(models=[FakeModel("qwen3:1.7b", thinks=False, tools=False)]) as server:
        backend = OllamaBackend("qwen3:1.7b", host=server.url, think=True)
        reply = asyncio.run(backend.generate(ASK, tools=[TOOL]))
    assert reply.text == "Hello!"
    assert len(reply.notices) == 2


def test_no_server_is_told_with_what_to_do() -> None:
    port = free_port()
    with pytest.raises(ModelUnreachable) as caught:
        asyncio.run(OllamaBackend("qwen3:1.7b", host=f"127.0.0.1:{port}").generate(ASK))
    assert caught.value.what == f"Ollama did not answer at 127.0.0.1:{port}."
    assert caught.value.fix == "Start it with `ollama serve`, or pick another model."
    assert caught.value.retryable


def test_a_missing_model_is_told_with_the_command_that_gets_it() -> None:
    with FakeOllama() as server, pytest.raises(ModelMissing, match="no model named phi9") as caught:
        asyncio.run(OllamaBackend("phi9", host=server.url).generate(ASK))
    assert "`ollama pull phi9`" in caught.value.fix
    assert not caught.value.retryable


FAULTS: list[tuple[Fault, type[ModelError], bool]] = [
    ("stall", ModelTimeout, True),
    ("stall_midway", ModelTimeout, True),
    ("cut", ReplyCut, True),
    ("no_end", ReplyCut, True),
    ("garbage", BadReply, False),
    ("status_500", ModelFailed, True),
    ("error_in_stream", ModelFailed, True),
    ("out_of_memory", ModelFailed, False),
    ("unauthorized", KeyRejected, False),
]


@pytest.mark.parametrize(("fault", "kind", "retryable"), FAULTS)
def test_each_failure_has_its_own_error(fault: Fault, kind: type[ModelError], retryable: bool) -> None:
    with FakeOllama([Turn(text="a somewhat longer reply", fault=fault)]) as server:
        backend = OllamaBackend("qwen3:1.7b", host=server.url, stall_s=0.3)
        with pytest.raises(kind) as caught:
            asyncio.run(backend.generate(ASK))
    assert type(caught.value) is kind
    assert caught.value.retryable is retryable
    assert caught.value.what
    assert caught.value.fix


def test_cancelling_a_call_hangs_up_on_the_server() -> None:
    async def cancel(server: FakeOllama) -> None:
        call = asyncio.ensure_future(OllamaBackend("qwen3:1.7b", host=server.url).generate(ASK))
        await asyncio.sleep(0.2)
        call.cancel()
        await asyncio.wait([call])

    with FakeOllama([Turn(fault="stall")]) as server:
        asyncio.run(cancel(server))
        assert server.client_left.wait(2)


def test_models_are_listed_newest_first() -> None:
    old, new = FakeModel("llama3.2:3b", modified_at="2025-01-01T00:00:00Z"), FakeModel("qwen3:1.7b")
    with FakeOllama(models=[old, new]) as server:
        listed = asyncio.run(list_models(server.url))
    assert [(model.name, model.parameters) for model in listed] == [("qwen3:1.7b", "2.0B"), ("llama3.2:3b", "2.0B")]
    assert listed[0].size_bytes == 1_359_293_444


def test_the_probe_works_within_a_running_loop_and_without_a_server() -> None:
    async def within_a_loop(url: str) -> list[str]:
        return [model.name for model in probe(url) or []]

    with FakeOllama() as server:
        assert asyncio.run(within_a_loop(server.url)) == ["qwen3:1.7b"]
    assert probe(f"http://127.0.0.1:{free_port()}") is None


def collect(server: FakeOllama, name: str, **options: float) -> list[PullProgress]:
    async def run() -> list[PullProgress]:
        return [progress async for progress in pull(name, server.url, **options)]

    return asyncio.run(run())


def test_a_pull_tells_how_far_it_is_and_ends_with_done() -> None:
    with FakeOllama() as server:
        seen = collect(server, "llama3.2:1b")
        assert "llama3.2:1b" in server.models
    measured = [progress.fraction for progress in seen if progress.fraction is not None]
    assert measured[-1] == 1.0
    assert 0.0 in measured
    assert seen[-1] == PullProgress(text="success", fraction=1.0, done=True)
    assert any(progress.text == "0 of 1 MB" for progress in seen)


def test_a_pull_of_an_unknown_model_says_so() -> None:
    with FakeOllama() as server, pytest.raises(ModelMissing, match="library has no model named no-such-model"):
        collect(server, "no-such-model")


def test_a_pull_that_stalls_or_is_broken_off_says_so() -> None:
    with FakeOllama() as server:
        server.pull_fault = "stall"
        with pytest.raises(ModelTimeout):
            collect(server, "llama3.2:1b", stall_s=0.3)
        server.pull_fault = "no_end"
        with pytest.raises(ReplyCut, match="in the middle of pulling"):
            collect(server, "llama3.2:1b")


def test_a_pull_can_be_cancelled_and_the_server_sees_it() -> None:
    async def first_then_close(server: FakeOllama) -> None:
        async with aclosing(pull("llama3.2:1b", server.url)) as progress:
            await anext(progress)

    with FakeOllama() as server:
        server.pull_fault = "stall"
        asyncio.run(first_then_close(server))
        assert server.client_left.wait(2)
        assert "llama3.2:1b" not in server.models


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        (":8000", "http://127.0.0.1:8000"),
        ("box.local", "http://box.local:11434"),
        ("http://box.local", "http://box.local:80"),
        ("https://box.local/ollama/", "https://box.local:443/ollama"),
        ("[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_ollama_host_is_understood_in_all_its_forms(given: str, address: str) -> None:
    assert ollama_host({"OLLAMA_HOST": given}) == address


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(PurposeError, match="is not an address") as caught:
        OllamaBackend("m", host="http://127.0.0.1:port")
    assert "http://host:port" in str(caught.value)


def test_models_that_run_on_ollamas_servers_are_not_called_local() -> None:
    assert is_cloud_model("gpt-oss:120b-cloud")
    assert not OllamaBackend("gpt-oss:120b-cloud").capabilities.local
    assert OllamaBackend("gpt-oss:20b", host="127.0.0.1").capabilities.local
    assert not OllamaBackend("gpt-oss:20b", host="10.0.0.9").capabilities.local
