"""Texts as vectors by meaning, by all-MiniLM-L6-v2 as it ships with the package: a small neural network, on the CPU.

Each text goes through the network alone. The weights are int8 and what flows between the layers is scaled by the
largest value in the batch, so a text's vector would depend on its neighbours (cosine 0.99, measured) and an index made
in one go would differ from one made bit by bit. Alone costs nothing: texts are not padded to each other's length, and
several threads with a text each are as fast as one batch (2 cores: 120 texts/s either way).

It knows English. A word in letters it has never seen has no meaning to it; a text of only such words gets the zero row.
"""

import hashlib
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from purpose_agent.errors import PurposeError
from purpose_agent.models.embedding.port import Vectors, unit_rows

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MODEL = "minilm-onnx-int8"
DIMS = 384
MAX_TOKENS = 256  # what the model was trained on; the rest of a longer text is not read
_MAX_THREADS = 4
_MAX_CHARS = 12 * MAX_TOKENS  # beyond this, cutting a text into tokens is work for nothing
_LOG_ERRORS_ONLY = 3


class MiniLMEmbedder:
    """Token states averaged over the text. Read at the first use; safe from any thread."""

    dims = DIMS

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: _Model | None = None

    @cached_property
    def identity(self) -> str:
        digest = hashlib.sha256()
        for name in ("model.onnx", "tokenizer.json"):
            digest.update(_content(self._folder / name))
        return f"{self._folder.name}-{self.dims}-{digest.hexdigest()[:16]}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dims), dtype=np.float32)
        if not texts:
            return rows
        model = self._model()

        def fill(at: int) -> None:
            model.average(texts[at], rows[at])

        threads = min(_MAX_THREADS, os.cpu_count() or 1, len(texts))
        if threads == 1:
            for at in range(len(texts)):
                fill(at)
        else:
            with ThreadPoolExecutor(threads, thread_name_prefix="minilm") as pool:
                list(pool.map(fill, range(len(texts))))
        return unit_rows(rows)

    def _model(self) -> "_Model":
        with self._lock:
            if self._loaded is None:
                self._loaded = _read(self._folder)
            return self._loaded


class _Model:
    def __init__(self, tokenizer: "Tokenizer", session: "InferenceSession", unknown: int, framing: int) -> None:
        self._tokenizer = tokenizer
        self._session = session
        self._unknown = unknown
        self._framing = framing  # tokens that begin and end every text

    def average(self, text: str, into: Vectors) -> None:
        """One text at a time through the tokenizer too: its own threads would warn at every later fork."""
        tokens: list[int] = self._tokenizer.encode(text[:_MAX_CHARS]).ids
        if len(tokens) - tokens.count(self._unknown) <= self._framing:
            return
        ids = np.array([tokens], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        states = np.asarray(self._session.run(None, inputs)[0])
        np.mean(states[0], axis=0, out=into)


def _read(folder: Path) -> _Model:
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # the threads are ours, one text each
    options.log_severity_level = _LOG_ERRORS_ONLY
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # both libraries raise their own bare classes for a bad file
        raise _unreadable(folder, error) from error
    unknown = tokenizer.token_to_id("[UNK]")
    return _Model(tokenizer, session, -1 if unknown is None else unknown, tokenizer.num_special_tokens_to_add(False))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path.parent, error) from error


def _unreadable(folder: Path, error: Exception) -> PurposeError:
    return PurposeError(
        f"The language model for search by meaning cannot be read from {folder}.",
        "Install Purpose Agent again; its files are not complete.",
        details=str(error),
    )
