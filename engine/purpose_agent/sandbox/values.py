"""Inside the walls: evaluates the expressions of tests for the host and sends back plain values.

Runs in the same interpreter as the code that is tested, so nothing it says is more than a claim. That is enough: the
host asks "what is `f(3)`?" and never says what it expects, so the only way to pass is to claim the right value. The
form is JSON with one-key objects as tags; objects that are not plain data are sent as `{"o": type name}`.
"""

# ruff: noqa: BLE001
# Here is the outermost edge of a process.

from __future__ import annotations

import os
from json import dumps, loads

TYPE_CHECKING = False  # typing would cost 3 ms at every start
if TYPE_CHECKING:
    from typing import Any

_DEPTH, _NODES, _CHARS = 60, 200_000, 2_000_000


def serve(take: Any, request: int, reply: int, source: str, names: dict[str, Any]) -> int:
    """Run the code, then answer `{"do": "value" | "run", "text"}` messages until the pipe ends."""
    _answer(reply, lambda: _run(source, "main.py", names))
    while True:
        wish = loads(take(request))
        work = _value if wish["do"] == "value" else _run
        _answer(reply, lambda work=work, wish=wish: work(wish["text"], "<test>", names))


def _run(text: str, place: str, names: dict[str, Any]) -> None:
    exec(compile(text, place, "exec", dont_inherit=True), names)


def _value(text: str, place: str, names: dict[str, Any]) -> Any:
    return plain(eval(compile(text, place, "eval", dont_inherit=True), names), [_NODES, _CHARS], _DEPTH)


def _answer(reply: int, work: Any) -> None:
    try:
        body = dumps({"value": work()})
    except BaseException as problem:
        try:
            said = f"{type(problem).__name__}: {problem}"
        except BaseException:  # a __str__ that raises
            said = type(problem).__name__
        kinds = [kind.__name__ for kind in type(problem).__mro__][:20]
        body = dumps({"error": said[:2000], "kinds": kinds})
    data = body.encode()
    data = len(data).to_bytes(4, "big") + data
    while data:
        data = data[os.write(reply, data) :]


def plain(value: Any, left: list[int], depth: int) -> Any:
    """The JSON form of plain data; subclasses (named tuples, counters) as what they are built on."""
    left[0] -= 1
    if value is None or value is True or value is False:
        return value
    if depth == 0 or left[0] < 0:
        return {"o": "a value too large or too deep"}
    if isinstance(value, str):
        left[1] -= len(value)
        return str.__str__(value) if left[1] > 0 else {"o": "a text too long"}
    if isinstance(value, int):
        return {"i": hex(value)}
    if isinstance(value, float):
        return {"f": float.__repr__(value)}
    if isinstance(value, complex):
        return {"c": [float.__repr__(value.real), float.__repr__(value.imag)]}
    if isinstance(value, (bytes, bytearray)):
        left[1] -= len(value)
        return {"b": bytes(value).decode("latin-1")} if left[1] > 0 else {"o": "bytes too long"}
    for tag, kind in (("l", list), ("t", tuple), ("s", set), ("z", frozenset)):
        if isinstance(value, kind):
            return {tag: [plain(part, left, depth - 1) for part in value]}
    if isinstance(value, dict):
        return {"d": [[plain(k, left, depth - 1), plain(v, left, depth - 1)] for k, v in value.items()]}
    return {"o": type(value).__name__[:80], "true": bool(value)}
