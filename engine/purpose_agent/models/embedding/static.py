"""Texts as vectors by meaning without a neural network, by a small English model that ships with the package.

The model is a table of token vectors: a text's vector is the mean of its tokens', so it costs microseconds and no
neural network. It knows English. A word of another Latin script falls into pieces that mean little, so such texts are
near each other only where they share words; a word in any other script has no vector at all, and a text of only such
words gets the zero vector, which matches nothing. For those languages search by words does the finding.
"""

import hashlib
import re
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from purpose_agent.errors import PurposeError
from purpose_agent.models.embedding.port import Vectors, unit_rows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MODEL = "static-minilm"
DIMS = 256
_WORDS_KEPT = 50_000
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_HIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # the tokenizer drops these, which joins what they part


class StaticEmbedder:
    """Token vectors in int8 with one scale each, read at the first use. Safe from any thread."""

    dims = DIMS

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._model: _Model | None = None

    @cached_property
    def identity(self) -> str:
        """Name, size and hash of the model's files, so that another model is never taken for this one."""
        digest = hashlib.sha256()
        for name in ("model.safetensors", "tokenizer.json"):
            digest.update((self._folder / name).read_bytes())
        return f"{self._folder.name}-{self.dims}-{digest.hexdigest()[:16]}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        found = np.zeros((len(texts), self.dims), dtype=np.float32)
        with self._lock:
            if self._model is None:
                self._model = _read(self._folder)
            for row, text in zip(found, texts, strict=True):
                self._model.add_up(text, row)
        return unit_rows(found)


class _Model:
    """`table` (tokens, dims) int8 and `scales` (tokens,) float32."""

    def __init__(self, tokenizer: "Tokenizer", table: npt.NDArray[np.int8], scales: Vectors) -> None:
        self._tokenizer = tokenizer
        self._table = table
        self._scales = scales
        self._known: dict[str, list[int]] = {}  # word → token ids

    def add_up(self, text: str, into: Vectors) -> None:
        """The sum of the text's token vectors. Made unit length afterwards, it is the same as their mean."""
        tokens = self._tokens(text)
        if tokens:
            np.matmul(self._scales[tokens], self._table[tokens], out=into)

    def _tokens(self, text: str) -> list[int]:
        """Of plain ASCII words each is looked up once: five times as fast, and marks have no vector anyway."""
        if not (text.isascii() and (text.isprintable() or not _HIDDEN.search(text))):
            return self._cut(text)
        known = self._known
        tokens: list[int] = []
        for word in _ASCII_WORD.findall(text.lower()):
            cut = known.get(word)
            if cut is None:
                if len(known) >= _WORDS_KEPT:
                    known.clear()
                cut = known[word] = self._cut(word)
            tokens += cut
        return tokens

    def _cut(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids


def _read(folder: Path) -> _Model:
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    try:
        tensors = load_file(folder / "model.safetensors")
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        table, scales = tensors["embeddings"], tensors["scales"].astype(np.float32)
    except Exception as error:  # both libraries raise their own bare classes for a bad file
        raise PurposeError(
            f"The language model for search by meaning cannot be read from {folder}.",
            "Install Purpose Agent again; its files are not complete.",
            details=str(error),
        ) from error
    return _Model(tokenizer, table, scales)
