"""Providers that speak the OpenAI chat format, against a server that speaks it and fails in their ways."""

import asyncio
import logging
import socket
from datetime import UTC, datetime

import pytest

from purpose_agent.models.backend import Limits, Message, Reply, ToolCall, ToolSpec
from purpose_agent.models.errors import (
    BadReply,
    CreditSpent,
    KeyMissing,
    KeyRejected,
    ModelError,
    ModelFailed,
    ModelMissing,
    ModelTimeout,
    ModelUnreachable,
    PromptTooLong,
    RateLimited,
    ReplyCut,
)
from purpose_agent.models.keys import KeyStore, Secret
from purpose_agent.models.openai_compatible import OpenAICompatibleBackend
from purpose_agent.models.openai_errors import retry_after_s
from purpose_agent.models.providers import PROVIDERS
from tests.servers.fake_openai import Completion, FakeOpenAI, Fault, Refusal

KEY = "sk-proj-abcdef1234567890"
ASK = (Message(role="user", content="hello"),)
SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}}
TOOL = ToolSpec(name="add", description="Add.", parameters={"type": "object", "properties": {}})


def backend(server: FakeOpenAI, provider: str = "openai", **options: object) -> OpenAICompatibleBackend:
    options = {"key": Secret(KEY), "base_url": server.base_url, "model": "small-model", **options}
    return OpenAICompatibleBackend(provider, **options)  # type: ignore[arg-type]


def ask(server: FakeOpenAI, provider: str = "openai", **options: object) -> Reply:
    return asyncio.run(backend(server, provider).generate(ASK, **options))  # type: ignore[arg-type]


def error_for(turn: Refusal | Completion, provider: str = "openai", **options: object) -> ModelError:
    with FakeOpenAI([turn]) as server, pytest.raises(ModelError) as caught:
        asyncio.run(backend(server, provider, stall_s=0.3, **options).generate(ASK))
    assert caught.value.what
    assert caught.value.fix
    return caught.value


def test_the_request_holds_what_was_asked_for() -> None:
    with FakeOpenAI(key=KEY) as server:
        ask(server, schema=SCHEMA, tools=[TOOL], limits=Limits(max_tokens=99, seed=4))
        [body] = server.chats()
    assert (body["model"], body["stream"], body["seed"]) == ("small-model", True, 4)
    assert body["max_completion_tokens"] == 99
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert body["tools"][0]["function"]["name"] == "add"
    assert body["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(("provider", "form"), [("deepseek", {"type": "json_object"}), ("anthropic", None)])
def test_a_provider_that_knows_no_schema_is_not_sent_one_and_the_reply_says_so(provider: str, form: object) -> None:
    with FakeOpenAI() as server:
        reply = ask(server, provider, schema=SCHEMA, limits=Limits(max_tokens=9, seed=4))
        [body] = server.chats()
    assert body.get("response_format") == form
    assert "seed" not in body
    assert body["max_tokens"] == 9
    assert "cannot be held to a schema" in reply.notices[0]


@pytest.mark.parametrize(
    ("provider", "think", "field", "value"),
    [
        ("openai", "low", "reasoning_effort", "low"),
        ("google", False, "reasoning_effort", "none"),
        ("openrouter", "high", "reasoning", {"effort": "high"}),
        ("openrouter", False, "reasoning", {"enabled": False}),
        ("vllm", False, "chat_template_kwargs", {"enable_thinking": False}),
    ],
)
def test_how_much_to_think_is_said_in_the_words_of_the_provider(
    provider: str, think: bool | str, field: str, value: object
) -> None:
    with FakeOpenAI() as server:
        asyncio.run(backend(server, provider, think=think).generate(ASK))
        asyncio.run(backend(server, provider).generate(ASK))
        asked, unasked = server.chats()
    assert asked[field] == value
    assert field not in unasked


def test_a_provider_without_a_setting_for_thinking_says_so() -> None:
    with FakeOpenAI() as server:
        reply = asyncio.run(backend(server, "anthropic", think=True).generate(ASK))
    assert reply.notices == ("Anthropic has no setting for thinking, so the model decides.",)


def test_a_server_that_read_half_of_the_prompt_is_found_out() -> None:
    with FakeOpenAI(context=512) as server:
        reply = asyncio.run(backend(server, "lmstudio").generate([Message(role="user", content="word " * 4000)]))
    assert "LM Studio read 512 of about 5,004 tokens" in reply.notices[0]


def test_the_result_of_a_tool_is_told_as_words() -> None:
    with FakeOpenAI() as server:
        asyncio.run(backend(server).generate([Message(role="tool", content="4")]))
        [body] = server.chats()
    assert body["messages"] == [{"role": "user", "content": "Result of the tool:\n4"}]


def test_thinking_comments_and_split_characters_are_taken_in_stride() -> None:
    with FakeOpenAI([Completion(text="日本語 \u2028 👋🏽", thinking="hm", comments=True, split=1)]) as server:
        reply = ask(server)
    assert (reply.text, reply.thinking) == ("日本語 \u2028 👋🏽", "hm")


def test_tool_calls_in_fragments_are_put_together_in_order() -> None:
    turn = Completion(text="", tool_calls=[("add", '{"x": 1, "y": [2, 3]}'), ("now", "")], finish="tool_calls")
    with FakeOpenAI([turn]) as server:
        reply = ask(server)
    assert reply.tool_calls == (ToolCall(name="add", args={"x": 1, "y": [2, 3]}), ToolCall(name="now", args={}))


def test_a_server_that_does_not_stream_is_understood() -> None:
    turn = Completion(text="whole", tool_calls=[("add", '{"x": 1}')], fault="not_streamed")
    pieces: list[str] = []
    with FakeOpenAI([turn]) as server:
        reply = ask(server, on_text=pieces.append)
    assert (reply.text, pieces) == ("whole", ["whole"])
    assert reply.tool_calls == (ToolCall(name="add", args={"x": 1}),)


def test_a_cost_is_what_the_provider_says_and_never_made_up() -> None:
    with FakeOpenAI([Completion(cost=0.0125)]) as server:
        assert ask(server, "openrouter").usage.cost_usd == 0.0125
    with FakeOpenAI([Completion()]) as server:
        assert ask(server).usage.cost_usd == 0.0
        assert not OpenAICompatibleBackend("openai", key=Secret(KEY)).tells_cost
        assert OpenAICompatibleBackend("openrouter", key=Secret(KEY)).tells_cost


def test_fields_that_a_model_refuses_are_left_out_and_that_is_told() -> None:
    with FakeOpenAI(refuses=["temperature", "max_completion_tokens"]) as server:
        reply = ask(server, limits=Limits(max_tokens=50))
        last = server.chats()[-1]
    assert reply.text == "Hello!"
    assert last["max_tokens"] == 50
    assert "temperature" not in last
    assert len(reply.notices) == 2


def test_a_limit_that_is_refused_under_both_names_ends_in_an_error() -> None:
    with FakeOpenAI(refuses=["max_tokens", "max_completion_tokens"]) as server, pytest.raises(BadReply, match="max_"):
        ask(server)
    assert len(server.chats()) == 2


def test_a_local_server_is_asked_for_the_model_it_has_loaded() -> None:
    with FakeOpenAI(models=["loaded-model", "other"]) as server:
        local = OpenAICompatibleBackend("llamacpp", base_url=server.base_url, keys=KeyStore({}, "/nonexistent/keys"))
        reply = asyncio.run(local.generate(ASK))
        assert asyncio.run(local.list_models()) == ["loaded-model", "other"]
    assert reply.model == "loaded-model"
    assert local.name == "llamacpp:loaded-model"
    assert local.capabilities.local
    assert "authorization" not in server.requests[0].headers


REFUSALS: list[tuple[int, object, type[ModelError], bool]] = [
    (401, {"error": {"message": "bad key"}}, KeyRejected, False),
    (403, {"error": {"message": "forbidden"}}, KeyRejected, False),
    (402, {"error": {"message": "pay"}}, CreditSpent, False),
    (429, {"error": {"message": "x", "code": "insufficient_quota"}}, CreditSpent, False),
    (429, {"error": {"message": "slow down"}}, RateLimited, True),
    (404, {"error": {"message": "The model does not exist"}}, ModelMissing, False),
    (400, {"error": {"message": "x is not a valid model ID"}}, ModelMissing, False),
    (400, {"error": {"message": "too long", "code": "context_length_exceeded"}}, PromptTooLong, False),
    (400, [{"error": {"message": "odd", "code": 400}}], BadReply, False),
    (400, "<html>proxy</html>", BadReply, False),
    (408, {}, ModelTimeout, True),
    (500, {"error": "boom"}, ModelFailed, True),
    (503, "<html>down</html>", ModelFailed, True),
    (529, {"error": {"message": "overloaded"}}, ModelFailed, True),
    (302, {}, BadReply, False),
]


@pytest.mark.parametrize(("status", "body", "kind", "retryable"), REFUSALS)
def test_each_refusal_has_its_own_error(status: int, body: object, kind: type[ModelError], retryable: bool) -> None:
    error = error_for(Refusal(status, body))
    assert type(error) is kind
    assert error.retryable is retryable
    assert "<html>" not in str(error) + error.details


FAULTS: list[tuple[Fault, type[ModelError]]] = [
    ("stall", ModelTimeout),
    ("cut", ReplyCut),
    ("no_end", ReplyCut),
    ("garbage", BadReply),
    ("error_in_stream", ModelFailed),
    ("web_page", BadReply),
]


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
def test_each_broken_reply_has_its_own_error(fault: Fault, kind: type[ModelError]) -> None:
    assert type(error_for(Completion(text="a somewhat longer reply", fault=fault))) is kind


def test_tool_parameters_that_are_no_json_are_an_error() -> None:
    assert type(error_for(Completion(text="", tool_calls=[("add", '{"x": ')]))) is BadReply


def test_a_rate_limit_says_how_long_to_wait() -> None:
    error = error_for(Refusal(429, {"error": {"message": "slow"}}, {"Retry-After": "12"}))
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 12.0
    assert error.fix == "Try again in 12 s."


def test_retry_after_is_read_in_both_forms_and_nonsense_is_none() -> None:
    now = datetime(2026, 1, 1, 0, 0, 0, tzinfo=UTC)
    assert retry_after_s({"retry-after": "Thu, 01 Jan 2026 00:00:30 GMT"}, now=now) == 30.0
    assert retry_after_s({"retry-after": "Wed, 31 Dec 2025 00:00:30 GMT"}, now=now) == 0.0
    assert retry_after_s({"retry-after": "1.5"}) == 1.5
    for nonsense in ("", "soon", "-4", "nan", "9" * 400):
        assert retry_after_s({"retry-after": nonsense}) is None


def test_no_server_and_no_network_are_told_with_what_to_do() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    local = OpenAICompatibleBackend("lmstudio", "m", base_url=f"http://127.0.0.1:{port}/v1")
    with pytest.raises(ModelUnreachable, match="LM Studio did not answer at") as caught:
        asyncio.run(local.generate(ASK))
    assert caught.value.fix.startswith("Start LM Studio")


@pytest.mark.parametrize("provider", [row.name for row in PROVIDERS.values() if not row.optional_key])
def test_a_missing_key_names_its_variable(provider: str) -> None:
    with pytest.raises(KeyMissing) as caught:
        OpenAICompatibleBackend(provider, keys=KeyStore({}, "/nonexistent/keys"))
    assert PROVIDERS[provider].keys[0] in caught.value.fix
    assert "`purpose-agent models`" in caught.value.fix


def test_a_key_never_shows(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeOpenAI(key="sk-proj-another-key-000") as server:
        mine = backend(server)
        with pytest.raises(KeyRejected) as caught:
            asyncio.run(mine.generate(ASK))
    error = caught.value
    shown = [str(error), repr(error), error.details, repr(error.__cause__), repr(error.__context__), repr(mine)]
    shown += [str(vars(mine)), caplog.text]
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert not any(KEY in text for text in shown)
    assert "Incorrect API key provided: …" in error.details


def test_a_key_that_fits_no_header_is_refused_without_showing_it() -> None:
    with pytest.raises(KeyRejected) as caught:
        OpenAICompatibleBackend("openai", key=Secret("sk-ü\nX-Evil: 1"))
    assert "Evil" not in str(caught.value)


def test_every_row_of_the_table_is_whole() -> None:
    expected = {"openai", "anthropic", "google", "openrouter", "groq", "together", "fireworks", "cerebras"}
    expected |= {"deepseek", "mistral", "hf", "lmstudio", "vllm", "llamacpp", "custom"}
    assert set(PROVIDERS) == expected
    for row in PROVIDERS.values():
        assert row.local or row.name == "custom" or row.base_url.startswith("https://")
        assert row.optional_key or (row.keys and row.default_model)
