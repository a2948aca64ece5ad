"""JSON and lines of JSON: a line per value, with the path that leads to it."""

import json

from purpose_agent.types import JSON
from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Builder, Reading
from purpose_agent.vault.reading.limits import MAX_DEPTH, MAX_TEXT_CHARS, Clock, joined

_PATH_CHARS = 500


def read_json(text: str) -> Reading:
    try:
        value = json.loads(text)
    except RecursionError as problem:
        raise Unreadable(
            "It is not valid JSON: its lists lie too deep in each other.", "Mend the file, or save it as text."
        ) from problem
    except ValueError as problem:
        raise Unreadable(
            f"It is not valid JSON: {str(problem)[:120]}.", "Mend the file, or save it as text."
        ) from problem
    flat = _Flat()
    flat.add(value)
    if not flat.builder.length:
        raise Unreadable("The file holds no values.", "Check that it was saved whole.")
    return flat.builder.reading(flat.note)


def read_json_lines(text: str) -> Reading:
    builder, broken, clock, cut = Builder(), 0, Clock(), ""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if builder.length > MAX_TEXT_CHARS or clock.is_over:
            cut = f"Only the first {number - 1:,} lines were read."
            break
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            broken += 1
            continue
        flat = _Flat()
        flat.add(value)
        builder.add("; ".join(flat.builder.reading().text.strip().split("\n")), label=f"line {number}", end=".\n")
    if broken and not builder.length:
        raise Unreadable("None of its lines is valid JSON.", "Mend the file, or save it as text.")
    return builder.reading(joined(f"{broken} lines were not valid JSON and were left out." if broken else "", cut))


class _Flat:
    """What is longer than will be kept is not walked to its end."""

    def __init__(self) -> None:
        self.builder = Builder()
        self._clock = Clock()
        self._too_deep = self._too_long = False

    @property
    def note(self) -> str:
        deep = f"Values that lie more than {MAX_DEPTH} levels deep were left out."
        return joined(deep if self._too_deep else "", "Only the first part was read." if self._too_long else "")

    def add(self, value: JSON, path: str = "", depth: int = MAX_DEPTH) -> None:
        if isinstance(value, dict):
            parts = ((f"{path}.{key}" if path else str(key), part) for key, part in value.items())
        elif isinstance(value, list):
            parts = ((f"{path}[{index}]", part) for index, part in enumerate(value))
        else:
            if value is not None:
                shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                label = path.split(".", maxsplit=1)[0]
                self.builder.add(f"{path}: {shown}" if path else shown, label=label)
            return
        if not depth:
            self._too_deep = self._too_deep or bool(value)
            return
        for inner, part in parts:
            if self._clock.is_over:
                self._too_long = True
            if self._too_long or self.builder.length > MAX_TEXT_CHARS:
                return
            self.add(part, inner[:_PATH_CHARS], depth - 1)
