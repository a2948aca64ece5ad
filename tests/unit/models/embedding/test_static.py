"""The embedder: unit rows, nothing for what it does not know, and the same vector however a text is handed in."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.errors import PurposeError
from purpose_agent.models.embedding.choose import shipped_embedder
from purpose_agent.models.embedding.static import DIMS, StaticEmbedder
from purpose_agent.resources import resource_root

FOLDER = resource_root() / "data/models/static-minilm"
EMBEDDER = shipped_embedder()


def cosine(one: str, other: str) -> float:
    a, b = EMBEDDER.embed([one, other])
    return float(a @ b)


def test_the_shipped_file_is_the_one_whose_origin_is_told() -> None:
    digest = hashlib.sha256((FOLDER / "model.safetensors").read_bytes()).hexdigest()
    assert digest in (FOLDER / "README.md").read_text(encoding="utf-8")
    assert json.loads((FOLDER / "config.json").read_text())["dims"] == DIMS
    assert "Apache License" in (FOLDER / "LICENSE").read_text(encoding="utf-8")


def test_texts_become_unit_rows_and_texts_without_words_nothing() -> None:
    rows = EMBEDDER.embed(["Check for an empty list.", "", "!?", "Проверь список", "空のリスト", "x"])
    assert rows.shape == (6, DIMS)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 0, 0, 0, 1], abs=1e-6)
    assert EMBEDDER.embed([]).shape == (0, DIMS)


@pytest.mark.parametrize(
    ("one", "other", "stranger"),
    [
        ("check for an empty list", "handle the case of no elements", "write dates as year, month, day"),
        ("a list with no elements", "an empty array", "a long poem"),
        ("close the file when done", "release resources after reading documents", "count the vowels in a word"),
        ("beware of overflow", "very large sums may exceed the limit", "greet the reader by name"),
    ],
)
def test_other_words_for_the_same_are_nearer_than_other_matters(one: str, other: str, stranger: str) -> None:
    assert cosine(one, other) > cosine(one, stranger) + 0.05


def test_a_capital_or_a_full_stop_changes_nothing() -> None:
    assert cosine("Use ISO dates.", "use iso DATES") == pytest.approx(1.0, abs=1e-6)


@given(st.lists(st.text(max_size=40), max_size=5), st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_a_text_has_the_same_vector_alone_and_among_others(others: list[str], text: str) -> None:
    assert np.array_equal(EMBEDDER.embed([text])[0], EMBEDDER.embed([*others, text])[-1])


@given(st.text(st.characters(max_codepoint=127), max_size=60))
@settings(max_examples=150, deadline=None)
def test_the_fast_way_for_plain_words_is_the_tokenizer_s_own(text: str) -> None:
    from tokenizers import Tokenizer

    ids = Tokenizer.from_file(str(FOLDER / "tokenizer.json")).encode(text, add_special_tokens=False).ids
    table, scales = EMBEDDER._model._table, EMBEDDER._model._scales  # type: ignore[union-attr]
    whole = (table[ids] * scales[ids, None]).sum(axis=0) if ids else np.zeros(DIMS)
    length = float(np.linalg.norm(whole))
    assert EMBEDDER.embed([text])[0] == pytest.approx(whole / length if length else whole, abs=1e-5)


def test_the_identity_changes_with_the_files(tmp_path: Path) -> None:
    for name in ("model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    before = StaticEmbedder(tmp_path).identity
    assert before.rpartition("-")[2] == EMBEDDER.identity.rpartition("-")[2]
    with (tmp_path / "tokenizer.json").open("a") as file:
        file.write(" ")
    assert StaticEmbedder(tmp_path).identity != before


def test_a_missing_model_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PurposeError, match="cannot be read"):
        StaticEmbedder(tmp_path).embed(["a"])


def test_importing_the_package_reads_no_model_and_no_numpy() -> None:
    code = (
        "import sys, purpose_agent as pa; pa.purpose, pa.Spark;"
        "slow = ('numpy', 'tokenizers', 'safetensors', 'purpose_agent.models.embedding.static');"
        "print([m for m in slow if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
