"""What the reader of one form gives: the rows of a suite, and sentences about what it left out or took otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from purpose_agent.evaluation.suite_records import TaskRow

JsonObject: TypeAlias = Mapping[str, Any]
"""An object of a file that somebody else wrote; every field is looked at before it is used."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """`form`: what it was read as, in words."""

    form: str
    rows: list[TaskRow]
    name: str = ""
    title: str = ""
    notices: tuple[str, ...] = ()


def text_field(row: JsonObject, *names: str) -> str:
    """The first of these fields that holds a text or a number, without space around it; "" when there is none."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return f"{value}"
    return ""


def text_list(row: JsonObject, *names: str) -> list[str]:
    """The first of these fields that holds texts, one or several."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value.strip():
            return [value.strip()]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return [f"{value}"]
        if isinstance(value, list):
            found = [f"{one}".strip() for one in value if isinstance(one, str | int | float)]
            if any(found):
                return [one for one in found if one]
    return []
