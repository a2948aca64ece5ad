"""Which model is taken, why, and that finding out sends nothing anywhere."""

import json
import socket
import subprocess
import sys
import types
from pathlib import Path

import pytest

from purpose_agent.models.backend import Backend, Message
from purpose_agent.models.errors import KeyMissing, ModelMissing
from purpose_agent.models.keys import KeyStore
from purpose_agent.models.ollama import OllamaBackend
from purpose_agent.models.openai_compatible import OpenAICompatibleBackend
from purpose_agent.models.resolve import Resolved, UnknownModel, known, preferred, resolve_backend
from purpose_agent.models.scripted import ScriptedBackend
from tests.servers.fake_ollama import FakeModel, FakeOllama

ENGINE = Path(__file__).parents[3] / "engine"


class LastResort(ScriptedBackend):
    """In the place of the built-in model, whose own tests are elsewhere."""

    def __init__(self) -> None:
        super().__init__([], name="builtin:search")


@pytest.fixture(autouse=True)
def builtin(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("purpose_agent.models.builtin")
    module.BuiltinBackend = LastResort  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "purpose_agent.models.builtin", module)


@pytest.fixture
def nobody() -> str:
    """An address of this machine where nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{bound.getsockname()[1]}"


def resolve(spec: str | Backend | None = None, **environ: str) -> Resolved:
    return resolve_backend(spec, environ=environ, keys=KeyStore(environ, "/nonexistent/keys.json"))


def test_a_backend_passes_through() -> None:
    mine = ScriptedBackend(["a"])
    assert resolve(mine).backend is mine


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("ollama:qwen3:1.7b", "ollama:qwen3:1.7b"),
        ("qwen3:1.7b", "ollama:qwen3:1.7b"),
        ("llama3.2", "ollama:llama3.2"),
        ("mistral:7b", "ollama:mistral:7b"),
        ("mistral:latest", "ollama:mistral:latest"),
        ("deepseek-r1:1.5b", "ollama:deepseek-r1:1.5b"),
        ("gemma3n:e4b", "ollama:gemma3n:e4b"),
        ("mixtral:8x7b-instruct", "ollama:mixtral:8x7b-instruct"),
        ("hf.co/someone/model:Q4_K_M", "ollama:hf.co/someone/model:Q4_K_M"),
        ("openai:gpt-4o", "openai:gpt-4o"),
        ("OpenAI:gpt-4o", "openai:gpt-4o"),
        ("mistral:mistral-large-latest", "mistral:mistral-large-latest"),
        ("openrouter:qwen/qwen3-8b:free", "openrouter:qwen/qwen3-8b:free"),
        ("openai", "openai:gpt-5-mini"),
        ("vllm", "vllm"),
        ("builtin", "builtin:search"),
        ("builtin:", "builtin:search"),
        (" builtin:search ", "builtin:search"),
    ],
)
def test_a_name_leads_to_its_backend(spec: str, name: str) -> None:
    keys = {"OPENAI_API_KEY": "a", "MISTRAL_API_KEY": "b", "OPENROUTER_API_KEY": "c"}
    resolved = resolve(spec, **keys)
    assert resolved.backend.name == name
    assert "asked for" in resolved.why


@pytest.mark.parametrize(
    ("spec", "meant"),
    [
        ("opnai:gpt-4o", "openai"),
        ("biultin", "builtin"),
        ("antropic:claude-haiku-4-5", "anthropic"),
        ("olama", "ollama"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_what_was_meant(spec: str, meant: str) -> None:
    with pytest.raises(UnknownModel, match=f"no model named {spec}") as caught:
        resolve(spec)
    assert f"Did you mean {meant}?" in caught.value.fix
    assert "openrouter" in caught.value.fix


@pytest.mark.parametrize("spec", ["nobody:gpt-4o", "what is this", "builtin:gpt", "a" * 500 + "!"])
def test_a_name_of_nothing_is_told(spec: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        resolve(spec)
    assert len(caught.value.what) < 200


def test_a_provider_without_its_key_is_told_at_once() -> None:
    with pytest.raises(KeyMissing, match="Groq needs a key"):
        resolve("groq")


def test_an_own_server_needs_its_address() -> None:
    with pytest.raises(ModelMissing) as caught:
        resolve("custom:my-model")
    assert "PURPOSE_AGENT_BASE_URL" in caught.value.fix
    backend = resolve("custom:my-model", PURPOSE_AGENT_BASE_URL="http://127.0.0.1:9/v1/").backend
    assert isinstance(backend, OpenAICompatibleBackend)
    assert backend.base_url == "http://127.0.0.1:9/v1"
    assert backend.capabilities.local


def test_a_script_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    path.write_text(json.dumps(["one", "two"]))
    assert resolve(f"scripted:{path}").backend.name == "scripted:demo"
    for broken in ("", str(tmp_path / "none.json"), str(tmp_path)):
        with pytest.raises(UnknownModel, match="reads its replies from a file"):
            resolve(f"scripted:{broken}")


def test_the_environment_names_a_model(nobody: str) -> None:
    resolved = resolve(PURPOSE_AGENT_MODEL="qwen3:4b", OLLAMA_HOST=nobody, OPENAI_API_KEY="a")
    assert resolved.backend.name == "ollama:qwen3:4b"
    assert resolved.why == "PURPOSE_AGENT_MODEL names qwen3:4b."


def test_a_running_ollama_comes_before_keys_and_its_newest_model_is_taken() -> None:
    models = [
        FakeModel("llama3.2:3b", modified_at="2025-01-01T00:00:00Z"),
        FakeModel("qwen3:1.7b", modified_at="2025-06-01T00:00:00Z"),
        FakeModel("gpt-oss:120b-cloud", modified_at="2025-07-01T00:00:00Z"),
        FakeModel("nomic-embed-text:latest", modified_at="2025-08-01T00:00:00Z"),
    ]
    with FakeOllama(models=models) as server:
        resolved = resolve(OLLAMA_HOST=server.url, OPENAI_API_KEY="a")
    assert isinstance(resolved.backend, OllamaBackend)
    assert resolved.backend.model == "qwen3:1.7b"
    assert "qwen3:1.7b is the model that was pulled last, of 4" in resolved.why


def test_an_ollama_without_a_model_is_passed_over() -> None:
    with FakeOllama(models=[]) as server:
        assert resolve(OLLAMA_HOST=server.url).backend.name == "builtin:search"


def test_a_key_that_is_there_is_used_and_the_sentence_says_that_tasks_are_sent(nobody: str) -> None:
    resolved = resolve(OLLAMA_HOST=nobody, GROQ_API_KEY="k")
    assert resolved.backend.name == "groq:openai/gpt-oss-120b"
    assert "your tasks will be sent to Groq" in resolved.why


def test_a_token_that_people_set_for_downloads_sends_no_tasks(nobody: str) -> None:
    assert resolve(OLLAMA_HOST=nobody, HF_TOKEN="hf_x").backend.name == "builtin:search"
    assert resolve("hf", HF_TOKEN="hf_x").backend.name.startswith("hf:")


def test_with_nothing_there_the_builtin_is_taken_and_called_what_it_is(nobody: str) -> None:
    resolved = resolve(OLLAMA_HOST=nobody)
    assert resolved.backend.name == "builtin:search"
    assert "no language model" in resolved.why


def test_no_model_is_preferred_of_none() -> None:
    assert preferred([]) is None


def test_every_known_model_says_where_it_works_and_what_stands_in_the_way(nobody: str) -> None:
    environ = {
        "OLLAMA_HOST": nobody,
        "GROQ_API_KEY": "k",
        "OPENAI_BASE_URL": "http://10.0.0.9:1/v1",
        "VLLM_BASE_URL": nobody,
    }
    infos = {info.spec.partition(":")[0]: info for info in known(environ=environ, keys=KeyStore(environ, "/none"))}
    assert infos["builtin"].available
    assert infos["groq"].available
    assert infos["groq"].where == "sent to Groq"
    assert infos["openai"].where == "sent to 10.0.0.9"
    assert "OPENAI_API_KEY" in infos["openai"].why_not
    assert "`ollama serve`" in infos["ollama"].why_not
    assert "Start vLLM" in infos["vllm"].why_not
    assert all(info.available or info.why_not for info in infos.values())


def test_the_models_of_a_running_ollama_are_known() -> None:
    models = [FakeModel("qwen3:1.7b"), FakeModel("gpt-oss:120b-cloud"), FakeModel("all-minilm:22m")]
    with FakeOllama(models=models) as server:
        infos = {info.spec: info for info in known(environ={"OLLAMA_HOST": server.url}, keys=KeyStore({}, "/none"))}
    assert infos["ollama:qwen3:1.7b"].available
    assert not infos["ollama:gpt-oss:120b-cloud"].local
    assert not infos["ollama:all-minilm:22m"].available


SILENT = """
import sys, types
asked = []
def listen(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        asked.append(args[1][0] if event == "socket.connect" else args[0])
sys.addaudithook(listen)
from purpose_agent.models import resolve
heavy = {"httpx", "ollama", "keyring", "json_repair", "pydantic"} & set(sys.modules)
assert not heavy, heavy
assert not asked, asked
builtin = types.ModuleType("purpose_agent.models.builtin")
from purpose_agent.models.scripted import ScriptedBackend
builtin.BuiltinBackend = lambda: ScriptedBackend([], name="builtin:search")
sys.modules["purpose_agent.models.builtin"] = builtin
keys = {"OPENAI_API_KEY": "a", "ANTHROPIC_API_KEY": "b"}
for environ in ({}, keys):
    resolve.resolve_backend(environ=environ)
    resolve.known(environ=environ)
for name in ("openai", "anthropic:claude-haiku-4-5", "qwen3:1.7b", "vllm"):
    resolve.resolve_backend(name, environ=keys)
outside = [host for host in asked if host not in ("127.0.0.1", "localhost", "::1")]
assert not outside, outside
print("asked", len(asked))
"""


def test_finding_a_model_sends_nothing_beyond_this_machine(tmp_path: Path) -> None:
    environ = {"PYTHONPATH": str(ENGINE), "HOME": str(tmp_path), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", SILENT], env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("asked ")
    assert list(tmp_path.iterdir()) == []


def test_a_found_backend_is_ready_to_answer(tmp_path: Path) -> None:
    import asyncio

    path = tmp_path / "demo.json"
    path.write_text('["hi"]')
    backend, _ = resolve(f"scripted:{path}")
    assert asyncio.run(backend.generate([Message(role="user", content="x")])).text == "hi"
