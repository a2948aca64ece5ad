"""What a sentence states that code can compare: amounts, dates, names, what is denied, how far it reaches."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from purpose_agent.models.builtin.alike import common, unaccented
from purpose_agent.models.builtin.sentences import STOP_WORDS
from purpose_agent.vault.answers import words as w

Bound = str  # "", "least", "most", "over", "under"
_TOKEN = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://[^\s<>()\"]*[\w/]"
    r"|\d{4}-\d{2}-\d{2}|\d{4}-(?:0[1-9]|1[0-2])(?![\d-])|\d{1,2}[:.]\d{2}(?=\s?(?:[ap]\.?m\b|h\b|o'clock))|\d{1,2}:\d{2}"
    r"|\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+,\d{1,2}(?![\d,])|\d+(?:\.\d+)?"
    r"|[^\W\d_]+(?:['’.-][^\W\d_]+)*(?:\d+)?|[%€$£¥°]|[,;:.()]"
)
_MINUS = re.compile(r"(?<![\w.,)\]%])[-−](?=\d)")
_IN_DATE_WORDS = "in since until till by from to of early late mid during between and before after on every each"
_IN_DATE = frozenset(_IN_DATE_WORDS.split())
_PART_ENDS = frozenset((",", ";", ":", "(", ")", "and", "but", "while", "whereas"))
_EMPTY = frozenset(("per", "too", "else", "ever", "even", "get", "obtain", "up", "out", "own", "minus"))
_BEGIN_NUMBERS = frozenset((*w.NUMBER_WORDS, "hundred", "thousand", "dozen"))
_WITH_DAYS = 31
_UNIT_REACH = 3
_DURATIONS = ("time", "month")
_NEGATED_WORDS = 3
_NAME_ENDINGS = ("ian", "ean", "ese", "ish", "an", "ic", "n", "s", "i", "er")
_TITLES = frozenset(("dr", "mr", "mrs", "ms", "prof", "st", "capt", "sen", "rep", "gen"))
_EPS = 1e-6


class Amount(NamedTuple):
    """
    value  in the base of its unit; `plain` as it is written, without the unit.
    unit   "" when none is known; "rank " and a word for "the third quarter".
    soft   a word such as "one" or "first", which need not be an amount.
    """

    value: float
    unit: str
    text: str
    bound: Bound = ""
    soft: bool = False
    at: int = 0  # index of the token
    plain: float = 0.0


class Date(NamedTuple):
    """0 = not said."""

    year: int
    month: int
    day: int
    text: str
    at: int = 0  # index of a token of it


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
    dates = tuple(_dates(tokens, lower, used))
    amounts = tuple(_amounts(tokens, lower, used))
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


def same_amount(one: Amount, other: Amount) -> bool:
    """Equal, unit included, where both have one that is known."""
    if "cent" in (one.unit, other.unit) and one.unit != other.unit and {one.unit, other.unit} & {"euro", "dollar"}:
        one, other = (a._replace(value=a.value * (1 if a.unit == "cent" else 100), unit="cent") for a in (one, other))
    if one.unit and other.unit and one.unit != other.unit:
        return False
    if abs(one.value - other.value) <= _EPS * max(1.0, abs(one.value)):
        return True
    return not (one.unit and other.unit) and one.plain == other.plain


def same_date(one: Date, other: Date) -> bool:
    """Whether what the first says of a date holds of the second."""
    return all(not a or a == b for a, b in zip(one[:3], other[:3], strict=True))


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


def _dates(tokens: list[str], lower: list[str], used: set[int]) -> Iterator[Date]:
    for i, word in enumerate(lower):
        if re.fullmatch(r"\d{4}-\d{2}(?:-\d{2})?", word):
            used.add(i)
            year, month, day = (int(part) for part in f"{word}-0".split("-")[:3])
            yield Date(year, month, day, tokens[i], i)
        elif word in w.MONTHS and tokens[i][0].isupper() and i not in used:
            found = _around_month(i, lower)
            if found is not None:
                year, day, taken = found
                used |= taken
                text = " ".join(tokens[j] for j in sorted(taken) if tokens[j] != ",")
                yield Date(year, w.MONTHS[word], day, text, i)
    for i, word in enumerate(lower):
        if (
            i not in used
            and word[0].isdecimal()
            and re.fullmatch(r"1[0-9]\d\d|20\d\d", word)
            and not _unit_after(i, lower)[0]
        ):
            if i > 0 and lower[i - 1] in ("$", "€", "£", "¥"):
                continue
            used.add(i)
            yield Date(int(word), 0, 0, tokens[i], i)


def _around_month(i: int, lower: list[str]) -> tuple[int, int, set[int]] | None:
    """Year, day and the tokens taken; None when the word is no month ("you may")."""
    taken, year, day = {i}, 0, 0
    at = i + 1
    after = _day(lower, at)
    if after:
        day, taken, at = after, taken | {at}, at + 1
        if at < len(lower) and lower[at] in ("st", "nd", "rd", "th"):
            taken.add(at)
            at += 1
    else:
        back = i - 1
        while back >= 0 and i - back <= 3 and lower[back] in ("of", "st", "nd", "rd", "th", "day"):
            back -= 1
        before = _day(lower, back)
        if before:
            day = before
            taken |= set(range(back, i))
    comma = at < len(lower) and lower[at] == ","
    if at + comma < len(lower) and re.fullmatch(r"1[0-9]\d\d|20\d\d", lower[at + comma]):
        year, taken = int(lower[at + comma]), taken | set(range(at, at + comma + 1))
    if not (day or year) and lower[i] in ("may", "march", "mar") and (i == 0 or lower[i - 1] not in _IN_DATE):
        return None
    return year, day, taken


def _day(lower: list[str], i: int) -> int:
    if not 0 <= i < len(lower):
        return 0
    if lower[i].isdecimal():
        return int(lower[i]) if 1 <= int(lower[i]) <= _WITH_DAYS else 0
    return w.ORDINALS.get(lower[i], 0)


def _amounts(tokens: list[str], lower: list[str], used: set[int]) -> Iterator[Amount]:
    i = 0
    while i < len(lower):
        read = None if i in used else _read_number(lower, i)
        if read is None:
            i += 1
            continue
        value, end, soft = read
        clock = _clock(lower, i, end)
        used.update(range(i, end))
        if clock is not None:
            minutes, stop = clock
            used.update(range(end, stop))
            yield Amount(minutes, "clock", " ".join(tokens[i:stop]), at=i, plain=minutes // 60 % 12 or 12.0)
            i = stop
            continue
        unit, stop = _unit_after(end - 1, lower)
        if i > 0 and lower[i - 1] in ("$", "€", "£", "¥"):
            unit, stop = lower[i - 1], end
        base, factor = w.UNITS.get(unit, ("", 1.0))
        if stop == end + 1 and unit:
            used.add(end)
        text = ("" if i == 0 or lower[i - 1] not in "$€£¥" else tokens[i - 1]) + " ".join(tokens[i : max(end, stop)])
        if lower[i - 1 : i] == ["minus"]:
            value, text = -value, f"-{text}"
        if not base and _is_rank(lower, i, end):
            base = f"rank {common(lower[end])}" if end < len(lower) else "rank"
        soft = soft and base not in _DURATIONS
        yield Amount(value * factor, base, text, _bound(lower, i, max(end, stop)), soft, i, value)
        i = end


def _is_rank(lower: list[str], i: int, end: int) -> bool:
    return lower[i] in w.ORDINALS or lower[end - 1] in ("st", "nd", "rd", "th")


def _read_number(lower: list[str], i: int) -> tuple[float, int, bool] | None:
    """Value, the token after it, and whether it is a word that need not be a number."""
    word = lower[i]
    if word == "half" and lower[i + 1 : i + 2] in (["a"], ["an"]) and lower[i + 2 : i + 3] and lower[i + 2] in w.UNITS:
        return 0.5, i + 2, False
    if word[0].isdecimal():
        if re.fullmatch(r"\d+,\d{1,2}", word):  # 2,5 as most of Europe writes it
            word = word.replace(",", ".")
        plain = re.sub(r"[,\u00a0\u202f]", "", word)
        if ":" in plain or "-" in plain:
            return 0.0, i + 1, False
        value, end = float(plain), i + 1
        if end < len(lower) and lower[end] in ("st", "nd", "rd", "th"):
            return value, end + 1, False
        if end < len(lower) and (lower[end] in w.SCALES or lower[end] in ("bn", "mn", "k")):
            return value * (w.SCALES | w.SHORT_SCALES)[lower[end]], end + 1, False
        return value, end, False
    if word in w.ORDINALS:
        return (w.ORDINALS[word], i + 1, True) if _is_ordinal(lower, i) else None
    return _number_words(lower, i)


def _is_ordinal(lower: list[str], i: int) -> bool:
    return lower[i] != "second" or i == 0 or lower[i - 1] not in w.NUMBER_WORDS


def _number_words(lower: list[str], i: int) -> tuple[float, int, bool] | None:
    if lower[i].partition("-")[0] not in _BEGIN_NUMBERS:
        return None
    total, current, at, seen = 0, 0, i, 0
    while at < len(lower):
        parts = lower[at].split("-")
        if all(part in w.NUMBER_WORDS for part in parts):
            current += sum(w.NUMBER_WORDS[part] for part in parts)
        elif lower[at] in w.SCALES and (seen or (at == i and lower[at] in ("hundred", "thousand", "dozen"))):
            scale = w.SCALES[lower[at]]
            current = max(current, 1) * scale
            if scale >= 1_000:
                total, current = total + current, 0
        elif not (
            lower[at] == "and"
            and seen
            and at + 1 < len(lower)
            and lower[at - 1] == "hundred"
            and lower[at + 1] in w.NUMBER_WORDS
        ):
            break
        seen += 1
        at += 1
    if not seen:
        return None
    soft = seen == 1 and lower[i] in ("one", "zero")
    return float(total + current), at, soft


def _clock(lower: list[str], i: int, end: int) -> tuple[float, int] | None:
    """Minutes since midnight and the token after, for 7:30, 5 pm, 7.30 p.m. and 9 in the morning."""
    after = "".join(lower[end : end + 2])
    half, stop = "p" if after.startswith(("pm", "p.m")) else "a" if after.startswith(("am", "a.m")) else "", end + 1
    rest = lower[end : end + 3]
    if rest[:2] == ["in", "the"] and rest[2:] in (["morning"], ["evening"], ["afternoon"]):
        half, stop = ("a" if rest[2] == "morning" else "p"), end + 3
    elif not half and ":" in lower[i]:
        stop = end
    elif not half:
        return None
    said = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?", lower[i])
    hours, minutes = (int(said[1]), int(said[2] or 0)) if said else (w.NUMBER_WORDS.get(lower[i], 24), 0)
    if hours > 23 or end != i + 1:
        return None
    return (hours + 12 * (half == "p" and hours < 12)) * 60 + minutes, stop


def _unit_after(i: int, lower: list[str]) -> tuple[str, int]:
    """The first word of measure among the next three, and the token after it."""
    for j in range(i + 1, min(len(lower), i + 1 + _UNIT_REACH)):
        if lower[j] == "-":
            continue
        word = lower[j].split("-")[0]
        if word == "per" and lower[j + 1 : j + 2] == ["cent"]:
            return "percent", j + 2
        if word in w.UNITS and (j == i + 1 or len(word) > 2):
            return word, j + 1
        if not word[0].isalpha() or word in STOP_WORDS or word in w.NUMBER_WORDS:
            break
    return "", i + 1


def _bound(lower: list[str], start: int, end: int) -> Bound:
    before, after = " ".join(lower[max(0, start - 4) : start]).strip(" $€£¥"), " ".join(lower[end : end + 2])
    for bound, phrases in (("least", w.AT_LEAST), ("most", w.AT_MOST), ("over", w.OVER), ("under", w.UNDER)):
        if any(
            before.endswith(phrase) or (phrase.startswith("or ") and after.startswith(phrase)) for phrase in phrases
        ):
            return bound
    return ""


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
