"""What a sentence states that code can compare: amounts, dates, names, what is denied, how far it reaches."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from purpose_agent.models.builtin.alike import common, unaccented
from purpose_agent.models.builtin.sentences import STOP_WORDS
from purpose_agent.vault.answers import words as w
from purpose_agent.vault.answers.amounts import Amount, read_amounts
from purpose_agent.vault.answers.dates import Date, read_dates

_TOKEN = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://[^\s<>()\"]*[\w/]"
    r"|\d{4}-\d{2}-\d{2}|\d{4}-(?:0[1-9]|1[0-2])(?![\d-])|\d{1,2}[:.]\d{2}(?=\s?(?:[ap]\.?m\b|h\b|o'clock))|\d{1,2}:\d{2}"
    r"|\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+,\d{1,2}(?![\d,])|\d+(?:\.\d+)?"
    r"|[^\W\d_]+(?:['’.-][^\W\d_]+)*(?:\d+)?|[%€$£¥°]|[,;:.()]"
)
_MINUS = re.compile(r"(?<![\w.,)\]%])[-−](?=\d)")
_PART_ENDS = frozenset((",", ";", ":", "(", ")", "and", "but", "while", "whereas"))
_EMPTY = frozenset(("per", "too", "else", "ever", "even", "get", "obtain", "up", "out", "own", "minus"))
_NEGATED_WORDS = 3
_NAME_ENDINGS = ("ian", "ean", "ese", "ish", "an", "ic", "n", "s", "i", "er")
_TITLES = frozenset(("dr", "mr", "mrs", "ms", "prof", "st", "capt", "sen", "rep", "gen"))


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """
    content   stems that carry the meaning, in order, without amounts and dates.
    names     lower-case proper names and abbreviations, with the form in which they stand.
    denied    stems that a negation reaches; `negations` counts the negating words.
    """

    text: str
    content: tuple[str, ...]
    words: frozenset[str]
    amounts: tuple[Amount, ...]
    dates: tuple[Date, ...]
    names: dict[str, str]
    denied: frozenset[str]
    negations: int
    initial: str  # the first word, lower case, when it is a content word with a capital
    parts: tuple["Part", ...] = ()


class Part(NamedTuple):
    """What stands around an amount or a date, or a few, up to the next comma or "and": the words that it belongs to."""

    content: frozenset[str]
    amounts: tuple[Amount, ...] = ()
    dates: tuple[Date, ...] = ()


@lru_cache(maxsize=4_096)
def facts_of(text: str) -> Facts:
    """Read once; the same passages are checked for many sentences."""
    tokens = _TOKEN.findall(_MINUS.sub("minus ", text.replace("’", "'")))
    lower = [token.lower() for token in tokens]
    used: set[int] = set()
    dates = tuple(read_dates(tokens, lower, used))
    amounts = tuple(read_amounts(tokens, lower, used))
    names = _names(tokens, lower, used)
    placed = list(_content(lower, used))
    denied, negations = _denied(lower)
    first = next((i for i, token in enumerate(tokens) if token[0].isalnum()), -1)
    initial = lower[first] if first >= 0 and tokens[first][:1].isupper() and lower[first] not in STOP_WORDS else ""
    content = tuple(word for _, word in placed)
    parts = tuple(_parts(lower, placed, amounts, ())) if len(amounts) > 1 else ()
    parts += tuple(_parts(lower, placed, (), dates)) if len(dates) > 1 else ()
    return Facts(text, content, frozenset(lower), amounts, dates, names, denied, negations, initial, parts)


def _content(lower: list[str], used: set[int]) -> Iterator[tuple[int, str]]:
    for i, word in enumerate(lower):
        if i in used or not word[0].isalpha() or word.split("'", maxsplit=1)[0] in STOP_WORDS:
            continue
        for part in re.split(r"[-.]", word):
            form = common(part) if part and part not in STOP_WORDS else ""
            if form and form not in STOP_WORDS and form not in _EMPTY:
                yield i, form


def _parts(
    lower: list[str], placed: list[tuple[int, str]], amounts: tuple[Amount, ...], dates: tuple[Date, ...]
) -> Iterator[Part]:
    """A stretch without any of them goes with the one that follows, the last with the one before."""
    ends = [i for i, word in enumerate(lower) if word in _PART_ENDS and not _joins_numbers(lower, i)] + [len(lower)]
    stated = [amount.at for amount in amounts] + [date.at for date in dates]
    kept: list[tuple[int, int]] = []
    start = 0
    for end in ends:
        if any(start <= at < end for at in stated):
            kept.append((start, end))
            start = end
    for k, (begin, end) in enumerate(kept):
        stop = len(lower) if k == len(kept) - 1 else end
        yield Part(
            frozenset(word for i, word in placed if begin <= i < stop),
            tuple(amount for amount in amounts if begin <= amount.at < end),
            tuple(date for date in dates if begin <= date.at < end),
        )


def _joins_numbers(lower: list[str], i: int) -> bool:
    """Between 6 and 15."""
    return lower[i] == "and" and 0 < i < len(lower) - 1 and lower[i - 1][0].isdecimal() and lower[i + 1][0].isdecimal()


def same_name(one: str, other: str) -> bool:
    """Equal, or one is formed from the other: Norway and Norwegian; accents do not count."""
    one, other = unaccented(one), unaccented(other)
    if one == other:
        return True
    if one[:4] != other[:4]:
        return False
    short, long = sorted((one, other), key=len)
    shared = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return shared >= max(4, len(short) - 2) and long.endswith(_NAME_ENDINGS) and len(long) - shared <= 5


def _names(tokens: list[str], lower: list[str], used: set[int]) -> dict[str, str]:
    """Words with a capital inside a sentence, and such that have capitals or digits within."""
    found: dict[str, str] = {}
    starts = True
    for i, token in enumerate(tokens):
        if not token[0].isalnum():
            is_title = token == "." and i > 0 and (lower[i - 1] in _TITLES or len(lower[i - 1]) == 1)
            starts = starts or (token in (":", ".", "(") and not is_title)
            continue
        shaped = (
            "@" in token
            or "://" in token
            or any(c.isupper() for c in token[1:])
            or (token[-1].isdecimal() and token[0].isalpha())
        )
        capital = token[0].isupper() and len(token) > 1
        followed = i + 1 < len(tokens) and tokens[i + 1][0].isupper() and len(tokens[i + 1]) > 1
        is_name = shaped or (capital and (not starts or followed))
        if is_name and i not in used and lower[i].split("'")[0] not in STOP_WORDS and lower[i] not in w.NEGATIONS:
            found[lower[i].removesuffix("'s")] = token
        starts = False
    return found


def _denied(lower: list[str]) -> tuple[frozenset[str], int]:
    """Stems within reach of a negation, up to the end of its clause."""
    reached: set[str] = set()
    count = 0
    for i, word in enumerate(lower):
        negates = word in w.NEGATIONS or word.endswith("n't") or word in w.NEGATING_VERBS
        if not negates or (word in ("no", "not") and lower[i + 1 : i + 2] in (["more"], ["less"], ["fewer"], ["only"])):
            continue
        if word in ("no", "not") and (
            lower[i + 1 : i + 2] in (["exceed"], ["exceeding"])
            or lower[i + 1 : i + 3] in (["later", "than"], ["longer", "than"])
        ):
            continue
        count += 1
        near: list[str] = []
        for other in lower[i + 1 :]:
            if (
                not other[0].isalnum()
                or other in ("but", "unless", "until", "because", "if")
                or len(near) == _NEGATED_WORDS
            ):
                break
            if other not in STOP_WORDS and other[0].isalpha():
                near.append(common(other))
        reached.update(near or _before(lower, i))
    return frozenset(reached), count


def _before(lower: list[str], i: int) -> list[str]:
    """A negation at the end of its clause denies what stands before it: "the tray may, the unit may not"."""
    near: list[str] = []
    for other in reversed(lower[:i]):
        if not other[0].isalnum() or len(near) == _NEGATED_WORDS:
            break
        if other not in STOP_WORDS and other[0].isalpha():
            near.append(common(other))
    return near
