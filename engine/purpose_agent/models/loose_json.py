"""JSON objects in a reply: strict ones, ones written as Python, and broken ones mended with nothing invented.

json-repair closes what was cut off and quotes what was bare, but it also fills gaps. Whatever it gives is therefore
held against the text: a key or value that does not stand there is dropped.
"""

import ast
import json
import re
import warnings
from collections.abc import Mapping
from typing import cast

from purpose_agent.types import JSON, Record

MAX_MENDED_CHARS = 50_000
_MAX_BRACKETS = 200  # json-repair takes quadratic time on a page of opening brackets
_MAX_STARTS = 500  # places tried in one text, so that a page of braces stays cheap
_DECODER = json.JSONDecoder(strict=False)  # raw line breaks within strings are the commonest fault of all
_HALF_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\(?:u[0-9a-fA-F]{0,3})?\Z")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)


class LooseObject(Record, frozen=True, kw_only=True):
    """An object and how it was read: `mended` when json-repair had to help, `cut` when the reply ended within it."""

    value: dict[str, JSON]
    mended: bool = False
    cut: bool = False


def json_objects(text: str) -> list[dict[str, JSON]]:
    """Every outermost JSON object that stands whole in the text, in order."""
    found: list[dict[str, JSON]] = []
    at, tries = text.find("{"), 0
    while at >= 0 and tries < _MAX_STARTS:
        tries += 1
        value, end = _decode_at(text, at)
        if value is not None:
            found.append(value)
        at = text.find("{", end)
    return found


def loose_object(text: str) -> LooseObject | None:
    """The object that the text starts with, mended if need be; None when nothing of it can be trusted."""
    source = text.strip()
    if not source.startswith("{"):
        return None
    value, _ = _decode_at(source, 0)
    if value is not None:
        return LooseObject(value=value)
    return _python_literal(source) or _mended(source)


def _decode_at(text: str, at: int) -> tuple[dict[str, JSON] | None, int]:
    """(object, place after it), or (None, the next place to look)."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, at + 1
    return (value, end) if isinstance(value, dict) else (None, at + 1)


def _python_literal(source: str) -> LooseObject | None:
    """`{'done': True}`: a dict of Python literals, read by Python's own rules."""
    if len(source) > MAX_MENDED_CHARS:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = ast.literal_eval(source)
            json.dumps(value)
        except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
            return None
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        return None
    return LooseObject(value=cast("dict[str, JSON]", value))


def _mended(source: str) -> LooseObject | None:
    if len(source) > MAX_MENDED_CHARS or source.count("{") + source.count("[") > _MAX_BRACKETS:
        return None
    import json_repair

    try:
        value = json_repair.loads(_HALF_ESCAPE.sub(r"\1", source))
    except (ValueError, RecursionError, IndexError, TypeError):
        return None
    if not isinstance(value, dict):
        return None
    checked = _only_what_stands(value, _Standing(source))
    if not checked:
        return None
    return LooseObject(value=checked, mended=True, cut=_is_cut(source))


def _is_cut(source: str) -> bool:
    return not source.rstrip("` \n").endswith("}")


class _Standing:
    """What stands in a text: its words with escapes undone and spaces taken out, and its bare tokens."""

    def __init__(self, source: str) -> None:
        self._plain = _squeeze(_ESCAPE.sub(_unescape, source))
        self._raw = _squeeze(source)
        self._tokens = frozenset(re.findall(r"[^\s,:{}\[\]\"']+", source))

    def has(self, value: str | int | float | bool | None) -> bool:
        if isinstance(value, str):
            wanted = _squeeze(value)
            if not wanted:
                return '""' in self._raw or "''" in self._raw
            return wanted in self._plain or wanted in self._raw
        if value is None:
            return bool(self._tokens & {"null", "None"})
        if isinstance(value, bool):
            return bool(self._tokens & {str(value), str(value).lower()})
        return any(_equals(token, value) for token in self._tokens)


def _only_what_stands(value: Mapping[str, JSON], standing: _Standing) -> dict[str, JSON]:
    kept: dict[str, JSON] = {}
    for key, item in value.items():
        if not isinstance(key, str) or not standing.has(key):
            continue
        if isinstance(item, Mapping):
            inner = _only_what_stands(item, standing)
            if inner or not item:
                kept[key] = inner
        elif isinstance(item, list):
            kept[key] = [entry for entry in item if _all_stands(entry, standing)]
        elif standing.has(cast("str | int | float | bool | None", item)):
            kept[key] = item
    return kept


def _all_stands(value: JSON, standing: _Standing) -> bool:
    if isinstance(value, Mapping):
        return all(standing.has(key) and _all_stands(item, standing) for key, item in value.items())
    if isinstance(value, list):
        return all(_all_stands(item, standing) for item in value)
    return standing.has(cast("str | int | float | bool | None", value))


def _equals(token: str, number: float) -> bool:
    try:
        return float(token) == float(number)
    except (ValueError, OverflowError):
        return False


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _unescape(match: re.Match[str]) -> str:
    code, letter = match.groups()
    return chr(int(code, 16)) if code else _ESCAPES.get(letter, letter)
