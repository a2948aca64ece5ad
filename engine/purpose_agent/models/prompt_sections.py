"""The headings of a compiled prompt, written and read in one place.

Every model gets the same text. The built-in model has no other door: it reads its task, tests and lessons from these
sections, so what a person sees on the Runs page is all that it knew. A line of content that looks like one of our
headings is escaped, so quoted text cannot open a section of its own.
"""

from collections.abc import Mapping
from typing import Literal, get_args

Section = Literal["Purpose", "Role", "Lessons", "Tools", "Task", "Tests", "Sources", "State", "Last steps", "Reply"]
SECTIONS: tuple[Section, ...] = get_args(Section)

_HEADINGS: dict[str, Section] = {f"# {name}": name for name in SECTIONS}
_ESCAPE = "\\"


def render(sections: Mapping[Section, str]) -> str:
    """The sections in the order given, each under its heading; empty ones are left out."""
    return "\n".join(f"# {name}\n{_escape(body)}" for name, body in sections.items() if body)


def parse(text: str) -> dict[Section, str]:
    """Inverse of `render`. Text before the first heading is ignored; a repeated heading adds to its section."""
    found: dict[Section, list[str]] = {}
    current: list[str] | None = None
    for line in text.split("\n"):
        name = _HEADINGS.get(line)
        if name is not None:
            current = found.setdefault(name, [])
        elif current is not None:
            current.append(line[1:] if line.lstrip(_ESCAPE) in _HEADINGS and line.startswith(_ESCAPE) else line)
    return {name: "\n".join(lines) for name, lines in found.items()}


def _escape(body: str) -> str:
    if "# " not in body:
        return body
    return "\n".join(_ESCAPE + line if line.lstrip(_ESCAPE) in _HEADINGS else line for line in body.split("\n"))
