"""What an answer is made of: code or text, which decides how a cell shows it, and the sources that it names."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_FENCE = re.compile(r"\A```(?:python|py)?[ \t]*\n(?P<code>.*?)\n?```\s*\Z", re.DOTALL | re.IGNORECASE)


_CITATION = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Answer:
    form: Literal["code", "text"]
    body: str


def read_answer(text: str) -> Answer:
    """One fence of Python, or bare Python that defines something, is code; all else is Markdown text."""
    stripped = text.strip()
    fenced = _FENCE.match(stripped)
    if fenced and "```" not in fenced["code"]:
        return Answer("code", fenced["code"])
    return Answer("code" if _is_program(stripped) else "text", stripped)


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that an answer cites as [number]: where it stands, and what it says."""

    number: int
    place: str
    text: str


def cited_sources(answer: str, passages: Sequence[str]) -> list[Source]:
    """The passages (`[1] file, place` and below it the text) that the answer names, in the order of their numbers."""
    named = {int(number) for number in _CITATION.findall(answer)}
    found = []
    for passage in passages:
        head, _, text = passage.partition("\n")
        label = _CITATION.match(head)
        if label and int(label[1]) in named:
            found.append(Source(int(label[1]), head[label.end() :].strip(), text.strip()))
    return sorted(found, key=lambda source: source.number)


def _is_program(text: str) -> bool:
    """Prose can parse as Python by accident; a program defines, imports or assigns."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    telling = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign)
    return any(isinstance(node, telling) for node in body)


def quoted(text: str, language: str = "") -> str:
    """Text inside a Markdown fence that is longer than any fence in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
