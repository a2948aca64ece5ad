"""What every embedder keeps to, shown on each of them; Ollama's against a server that speaks its wire format."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from purpose_agent.models.embedding.choose import embedder_named
from purpose_agent.models.embedding.ollama import BATCH, OllamaEmbedder
from purpose_agent.models.embedding.port import Embedder
from tests.servers.fake_ollama import FakeModel, FakeOllama

TEXTS = ("Refunds are paid within fourteen days.", "The engine needs oil.", "", "naïve café, 5 °C!", " \n\t")


@pytest.fixture(params=["static", "minilm", "ollama"])
def embedder(request: pytest.FixtureRequest) -> Iterator[Embedder]:
    if request.param != "ollama":
        yield embedder_named(request.param)
        return
    with FakeOllama(models=[FakeModel("nomic-embed-text:latest", embeds=96)]) as server:
        yield OllamaEmbedder("nomic-embed-text", host=server.url)


def test_rows_are_unit_float32_in_the_order_of_the_texts_and_blank_texts_are_zero(embedder: Embedder) -> None:
    rows = embedder.embed(TEXTS)
    assert isinstance(embedder, Embedder)
    assert rows.shape == (len(TEXTS), embedder.dims)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 0, 1, 0], abs=1e-5)
    assert np.allclose(rows[::-1], embedder.embed(TEXTS[::-1]), atol=1e-6)


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dims)


def test_a_text_has_the_same_vector_alone_and_among_many(embedder: Embedder) -> None:
    many = [f"{number} sentences about harbours and their ships" * (1 + number % 4) for number in range(BATCH + 9)]
    together = embedder.embed(many)
    assert together.shape[0] == len(many)
    for at in (0, 7, BATCH, BATCH + 8):
        assert np.array_equal(embedder.embed([many[at]])[0], together[at])


def test_texts_with_shared_words_are_nearer_than_strangers(embedder: Embedder) -> None:
    one, near, far = embedder.embed(["how to get a refund", "a refund how to", "engine oil"])
    assert one @ near > one @ far + 0.1


def test_a_very_long_text_has_a_vector_too(embedder: Embedder) -> None:
    assert np.linalg.norm(embedder.embed(["all work and no play " * 20_000])[0]) == pytest.approx(1, abs=1e-5)


def test_many_threads_get_what_one_gets(embedder: Embedder) -> None:
    expected = embedder.embed(TEXTS)
    with ThreadPoolExecutor(6) as pool:
        assert all(np.array_equal(rows, expected) for rows in pool.map(embedder.embed, [TEXTS] * 12))


def test_it_can_be_used_inside_a_running_event_loop(embedder: Embedder) -> None:
    async def inside() -> tuple[int, ...]:
        return embedder.embed(["hello"]).shape

    assert asyncio.run(inside()) == (1, embedder.dims)


def test_its_identity_is_stable_and_holds_its_size(embedder: Embedder) -> None:
    assert embedder.identity == embedder.identity
    assert str(embedder.dims) in embedder.identity.split("-")
