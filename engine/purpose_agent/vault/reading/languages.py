"""Which language a text is in, from samples of it."""

from functools import lru_cache
from typing import Any

_LEAST_LETTERS = 40
_SAMPLE_CHARS = 2_000
_SURE = 0.7


def language_of(text: str) -> str:
    """ISO 639-1, as "de"; "" when there are too few words or it cannot be told."""
    middle, last = len(text) // 2, max(len(text) - _SAMPLE_CHARS, 0)
    sample = text if len(text) <= 3 * _SAMPLE_CHARS else " ".join(
        text[start : start + _SAMPLE_CHARS] for start in (0, middle, last)
    )  # fmt: skip
    if sum(char.isalpha() for char in sample) < _LEAST_LETTERS:
        return ""
    code, certainty = _identifier().classify(sample)
    return str(code)[:3] if float(certainty) >= _SURE else ""


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
