"""Words of an answer without what does not count: case, articles, punctuation, and the `[1]` of a citation.

Source: the normalisation of SQuAD's own evaluation script (Rajpurkar et al. 2016, arXiv 1606.05250). Beyond it,
punctuation of every script is left out, compatibility forms are one, and citations are not words.
"""

import re
import unicodedata

ARTICLES = frozenset(("a", "an", "the"))
_CITATION = re.compile(r"[\[【]\s*\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\s*[\]】]")
_LABEL = re.compile(r"^\s*(?:the\s+)?(?:final\s+)?answer\s*(?:is\s*)?:\s*", re.IGNORECASE)


def plain_words(text: str) -> list[str]:
    """The words in their order. A text of nothing but articles keeps them, so that it is not empty."""
    text = unicodedata.normalize("NFKC", _CITATION.sub(" ", text)).casefold()
    kept = "".join(letter for letter in text if not unicodedata.category(letter).startswith("P")).split()
    return [word for word in kept if word not in ARTICLES] or kept


def without_label(answer: str) -> str:
    """`Answer: Paris` → `Paris`."""
    return _LABEL.sub("", answer.strip(), count=1)


def without_citations(text: str) -> str:
    return _CITATION.sub(" ", text)


def stands_in(wanted: list[str], words: list[str]) -> bool:
    """Whether these words stand there one after the other."""
    n = len(wanted)
    return bool(n) and any(words[at : at + n] == wanted for at in range(len(words) - n + 1))
