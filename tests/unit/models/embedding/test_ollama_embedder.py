"""Vectors by Ollama: what is sent, what is learned, and what a person is told when it goes wrong."""

import socket

import pytest

from purpose_agent.models.embedding.ollama import BATCH, OllamaEmbedder
from purpose_agent.models.errors import BadReply, ModelError, ModelFailed, ModelMissing, ModelTimeout, ModelUnreachable
from tests.servers.fake_ollama import FakeModel, FakeOllama

MODELS = (FakeModel("all-minilm:latest", embeds=48, digest="sha256:" + "ab" * 32), FakeModel("qwen3:1.7b"))


def test_texts_go_in_batches_and_blank_ones_are_not_sent() -> None:
    with FakeOllama(models=MODELS) as server:
        OllamaEmbedder("all-minilm", host=server.url).embed(["", *(f"text {n}" for n in range(BATCH + 3)), "\n"])
        sent = [request["input"] for request in server.embeds()]
    assert [len(texts) for texts in sent] == [1, BATCH, 3]  # the first learns the size
    assert not any("" in texts for texts in sent)


def test_the_identity_tells_model_size_and_digest() -> None:
    with FakeOllama(models=MODELS) as server:
        assert OllamaEmbedder("all-minilm", host=server.url).identity == "ollama:all-minilm-48-abababababababab"


def test_a_model_that_is_not_there_is_told_with_how_to_get_it() -> None:
    with FakeOllama(models=MODELS) as server, pytest.raises(ModelMissing, match="no model named bge-m3") as caught:
        OllamaEmbedder("bge-m3", host=server.url).embed(["a"])
    assert "ollama pull bge-m3" in caught.value.fix


def test_a_model_that_only_chats_is_told() -> None:
    with FakeOllama(models=MODELS) as server, pytest.raises(BadReply, match="makes no vectors"):
        OllamaEmbedder("qwen3:1.7b", host=server.url).embed(["a"])


@pytest.mark.parametrize(
    ("fault", "error"),
    [("status_500", ModelFailed), ("garbage", BadReply), ("one_missing", BadReply), ("stall", ModelTimeout)],
)
def test_each_failure_has_its_words(fault: str, error: type[ModelError]) -> None:
    with FakeOllama(models=MODELS) as server:
        embedder = OllamaEmbedder("all-minilm", host=server.url, stall_s=0.3)
        assert embedder.dims == 48
        server.embed_fault = fault  # type: ignore[assignment]
        with pytest.raises(error) as caught:
            embedder.embed(["a", "b"])
        assert caught.value.fix
        server.embed_fault = ""
        assert embedder.embed(["a", "b"]).shape == (2, 48)


def test_a_model_that_changes_its_size_on_the_way_is_not_believed() -> None:
    with FakeOllama(models=MODELS) as server:
        embedder = OllamaEmbedder("all-minilm", host=server.url)
        assert embedder.dims == 48
        server.models["all-minilm:latest"] = FakeModel("all-minilm:latest", embeds=64)
        with pytest.raises(BadReply):
            embedder.embed(["a"])


def test_an_ollama_that_is_not_running_is_told_with_how_to_start_it() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    with pytest.raises(ModelUnreachable) as caught:
        OllamaEmbedder("all-minilm", host=f"http://127.0.0.1:{port}").embed(["a"])
    assert "ollama serve" in caught.value.fix
