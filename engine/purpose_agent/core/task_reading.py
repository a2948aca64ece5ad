"""Read the examples out of a task's own words, so that a person's `f(2) -> 4` is a test like any other.

Understood: `assert f(2) == 4`, doctests, `f(2) -> 4` (also →, =>, ==, =, "returns", "gives", "should be"), table rows
`| f(2) | 4 |`, and lines that are nothing but `2 -> 4`. Where there is no example and the text plainly asks for one of
some well-known functions, its first values are the tests, marked as generated. What is not plain is left alone.
"""

import ast
import builtins
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from purpose_agent.types import Record, Task

KNOWN_FILE = Path(__file__).with_name("known_functions.json")
UNNAMED = "solve"
"""What the function is called when the examples show only inputs and results."""

_ARROW = re.compile(
    r"\s*(?:->|→|=>|⇒|==|=(?!=)|\||"
    r"\b(?:returns?|gives?|is|equals|yields|should (?:be|return|give|equal|yield))\b)\s*:?\s*"
)
_CALL = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\(")
_NUMBER = re.compile(r"[-+]?(?:\d+\.\d+(?:[eE][-+]?\d+)?|\d+(?:[eE][-+]?\d+)?)(?![\w(])")
_WORDS = {"true": "True", "false": "False", "none": "None"}
_PAIR = re.compile(r"^\s*(?:[-*•]\s+)?(.+?)\s*(?:->|→|=>|⇒)\s*(.+?)\s*[.;,]?\s*$")
_NAMED = re.compile(r"\b(?:called|named|name it|call it)\s+[`\"']?([A-Za-z_]\w*)")
_DEF = re.compile(r"\bdef\s+([A-Za-z_]\w*)\s*\(")
_TOO_LONG = 20_000

_FILLER_WORDS = (
    "write implement create make code build define give program need want develop me i please can could you a an the "
    "python function method script routine code programme that which to for in of it computes compute calculates "
    "calculate returns return gives finds find gets get checks check tests determine determines whether if is nth n "
    "th number numbers given integer whole value called named name using recursion recursive recursively iterative "
    "iteratively efficient simple short small quick and test it tests with type hints docstring take takes classic "
    "problem my some help solve do does"
)
_FILLERS = frozenset(_FILLER_WORDS.split())


class KnownFunction(Record, frozen=True, kw_only=True):
    """`phrases` are how people call it; `tests` its first values, written for `name`."""

    name: str
    phrases: tuple[str, ...]
    tests: tuple[str, ...]


def read_task(task: Task) -> Task:
    """The task with its tests filled in, or the same task when it has some or none can be read."""
    if task.tests or task.context:
        return task
    given = tuple(dict.fromkeys(examples_in(task.text)))
    if given:
        return msgspec.structs.replace(task, tests=given, tests_from="given")
    known = known_function(task.text)
    if known is None:
        return task
    name = _named_in(task.text) or known.name
    tests = tuple(re.sub(rf"\b{known.name}\(", f"{name}(", test) for test in known.tests)
    return msgspec.structs.replace(task, tests=tests, tests_from="generated")


def entry_point(task: Task) -> str:
    """The name that the tests, or else the text, want the function to have; "" when nothing says."""
    names = [found for test in task.tests for found in _called_names(test)]
    if names:
        return max(dict.fromkeys(names), key=names.count)
    known = known_function(task.text)
    return _named_in(task.text) or (known.name if known else "")


@cache
def known_functions() -> tuple[KnownFunction, ...]:
    return msgspec.convert(json.loads(KNOWN_FILE.read_text(encoding="utf-8")), tuple[KnownFunction, ...])


def known_function(text: str) -> KnownFunction | None:
    """The well-known function that the text asks for, if it asks for nothing else.

    Every word beside the function's name must be one of the plain words of such a request: "Write a fibonacci
    function" asks for it; "Explain fibonacci retracement" and "the first n fibonacci numbers" do not.
    """
    if len(text) > 300:
        return None
    wanted = _NAMED.sub(" ", text)
    words = " ".join(re.findall(r"[a-z0-9]+", wanted.lower().replace("'s", "")))
    for phrase, known in _phrases():
        rest, found = re.subn(rf"\b{re.escape(phrase)}\b", " ", words, count=1)
        if found and all(word in _FILLERS for word in rest.split()):
            return known
    return None


@cache
def _phrases() -> tuple[tuple[str, KnownFunction], ...]:
    """The longest first, so that "is a power of two" is not taken for "power of two"."""
    pairs = [(phrase, known) for known in known_functions() for phrase in known.phrases]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


def examples_in(text: str) -> list[str]:
    """Asserts for every example written in the text, in its order."""
    text = text[:_TOO_LONG]
    found = list(_doctests(text))
    for line in text.splitlines():
        if line.lstrip().startswith(">>>"):
            continue
        start = re.search(r"(?<!\w)assert\s", line)
        if start:
            found += _whole_assert(line[start.start() :])
        else:
            found += _calls_with_results(line)
    return found or _bare_pairs(text)


def _whole_assert(text: str) -> list[str]:
    """The assert itself, without what surrounds it in a sentence."""
    for candidate in (text.strip(), text.split("`", maxsplit=1)[0].strip(), text.strip().rstrip(".;,")):
        try:
            body = ast.parse(candidate).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return [candidate] if body and all(isinstance(node, ast.Assert) for node in body) else []
    return []


def _doctests(text: str) -> Iterator[str]:
    lines = [line.strip() for line in text.splitlines()]
    for call, result in zip(lines, [*lines[1:], ""], strict=False):
        if call.startswith(">>>") and result and not result.startswith(">>>"):
            yield from _as_assert(call[3:].strip(), result)


def _calls_with_results(line: str) -> Iterator[str]:
    position = 0
    while found := _CALL.search(line, position):
        end = _closing(line, found.end() - 1)
        position = found.end()
        if end < 0:
            continue
        after = line[end:].lstrip("`")
        arrow = _ARROW.match(after)
        if arrow is None:
            continue
        literal = _literal_at(after[arrow.end() :].lstrip("` "))
        if literal:
            yield from _as_assert(line[found.start() : end], literal)
            position = end


def _bare_pairs(text: str) -> list[str]:
    """`2 -> 4` on lines of their own; at least two, since one may be anything."""
    pairs = [found.groups() for line in text.splitlines() if (found := _PAIR.match(line))]
    name = _named_in(text) or UNNAMED
    asserts = [
        found
        for given, result in pairs
        for found in _as_assert(f"{name}({given.strip('`')})", _literal_at(result.strip("`")))
    ]
    return asserts if len(asserts) >= 2 else []


def _as_assert(call: str, result: str) -> list[str]:
    """Both sides must be plain values; then the assert, else nothing."""
    try:
        node = ast.parse(call, mode="eval").body
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.keywords:
            return []
        for arg in node.args:
            ast.literal_eval(arg)
        value = ast.literal_eval(result)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return []
    return [f"assert {ast.unparse(node)} == {value!r}"]


def _literal_at(text: str) -> str:
    """The Python value that the text starts with; "" when it does not start with one."""
    if not text:
        return ""
    if text[0] in "[({":
        end = _closing(text, 0)
        return text[:end] if end > 0 else ""
    if text[0] in "\"'":
        end = _string_end(text, 0)
        return text[:end] if end > 0 else ""
    number = _NUMBER.match(text)
    if number:
        return number.group()
    word = re.match(r"[A-Za-z]+", text)
    name = word.group() if word else ""
    return _WORDS.get(name.lower(), "")


def _closing(text: str, start: int) -> int:
    """The place after the bracket that closes the one at `start`; -1 when none does."""
    depth, place = 0, start
    while place < len(text):
        char = text[place]
        if char in "\"'":
            place = _string_end(text, place)
            if place < 0:
                return -1
            continue
        depth += (char in "([{") - (char in ")]}")
        place += 1
        if depth == 0:
            return place
    return -1


def _string_end(text: str, start: int) -> int:
    place = start + 1
    while place < len(text):
        if text[place] == "\\":
            place += 2
        elif text[place] == text[start]:
            return place + 1
        else:
            place += 1
    return -1


def _named_in(text: str) -> str:
    found = _DEF.search(text) or _NAMED.search(text)
    return found.group(1) if found else ""


def _called_names(test: str) -> list[str]:
    """Functions called in an assert that are not Python's own, the outermost first."""
    try:
        tree = ast.parse(test.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    calls = [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    own = [name for name in calls if name not in _PYTHONS_OWN]
    return own[:1]


_PYTHONS_OWN = frozenset(name for name, value in vars(builtins).items() if callable(value)) | {"isclose"}
