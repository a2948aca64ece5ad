"""The neural embedder that ships with the package."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from purpose_agent.errors import PurposeError
from purpose_agent.models.embedding.choose import embedder_named, shipped_embedder
from purpose_agent.models.embedding.minilm import DIMS, MiniLMEmbedder
from purpose_agent.resources import resource_root

FOLDER = resource_root() / "data/models/minilm-onnx-int8"
EMBEDDER = embedder_named("minilm")


def test_the_shipped_file_is_the_one_whose_origin_is_told() -> None:
    digest = hashlib.sha256((FOLDER / "model.onnx").read_bytes()).hexdigest()
    assert digest in (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "Apache License" in (FOLDER / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("one", "other", "stranger"),
    [
        ("Can I get my money back?", "Refunds are paid within fourteen days.", "Our office is in the harbour."),
        ("the car does not start", "automobile ignition trouble", "a cake without eggs"),
    ],
)
def test_the_same_in_other_words_is_nearer_than_another_matter(one: str, other: str, stranger: str) -> None:
    a, b, c = EMBEDDER.embed([one, other, stranger])
    assert a @ b > a @ c + 0.2


def test_only_the_first_256_tokens_are_read() -> None:
    start = "harbour " * 254
    one, other = EMBEDDER.embed([start, start + "volcano " * 300])
    assert np.array_equal(one, other)


def test_a_text_without_a_known_letter_matches_nothing() -> None:
    assert not EMBEDDER.embed(["ꙮꙮ ꙮ"]).any()


def test_the_identity_differs_from_another_file_s(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"x")
    (tmp_path / "tokenizer.json").write_bytes(b"{}")
    assert MiniLMEmbedder(tmp_path).identity.rpartition("-")[2] != EMBEDDER.identity.rpartition("-")[2]
    assert EMBEDDER.identity.startswith(f"minilm-onnx-int8-{DIMS}-")


@pytest.mark.parametrize("content", [None, b"not a model"])
def test_a_missing_or_broken_model_is_said_in_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "model.onnx").write_bytes(content)
        (tmp_path / "tokenizer.json").write_bytes((FOLDER / "tokenizer.json").read_bytes())
    with pytest.raises(PurposeError, match="cannot be read"):
        MiniLMEmbedder(tmp_path).embed(["a"])


def test_one_model_serves_the_process_and_an_unknown_name_is_told() -> None:
    assert embedder_named("minilm") is embedder_named(" minilm ")
    assert embedder_named("static") is shipped_embedder()
    assert embedder_named("ollama:bge-m3") is embedder_named("ollama:bge-m3")
    for name in ("", "word2vec", "ollama:"):
        with pytest.raises(PurposeError, match="no model for search by meaning") as caught:
            embedder_named(name)
        assert "minilm" in caught.value.fix


def test_naming_a_model_loads_neither_the_runtime_nor_a_word_on_the_screen() -> None:
    code = (
        "import sys; from purpose_agent.models.embedding.choose import embedder_named as named; e = named('minilm');"
        "print([m for m in ('onnxruntime', 'tokenizers', 'ollama') if m in sys.modules]); e.embed(['a', 'b'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
