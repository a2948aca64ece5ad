"""Whether an answer is code or text: decides how a cell shows it and what kind of Jupyter cell it becomes."""

import ast
import re
from dataclasses import dataclass
from typing import Literal

_FENCE = re.compile(r"\A```(?:python|py)?[ \t]*\n(?P<code>.*?)\n?```\s*\Z", re.DOTALL | re.IGNORECASE)


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
