"""The code in a model's reply, whatever shape its fences are in.

Real replies leave the last fence open, open it twice, open it behind a word or close it behind the last line of code.
All of these are read. A block is always a piece of the reply: no line is added or mended.
"""

import re
import textwrap

from purpose_agent.models.python_source import defined_names, defines_something, parse_python, unfenced_code
from purpose_agent.types import Record

PYTHON_TAGS = frozenset({"", "python", "py", "python3", "python2", "ipython", "pycon"})
_NO_PROGRAM_TAGS = frozenset({"text", "txt", "plaintext", "output", "console", "json", "bash", "sh", "shell", "diff"})
_NESTING_TAGS = frozenset({"markdown", "md"})
_DEEPEST_FENCE = 3  # columns that a closing fence may be indented by, as in CommonMark
_OPEN = re.compile(r"(?P<before>[^`~]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<tag>[\w+#.-]*)[^`~]*")


class CodeBlock(Record, frozen=True, kw_only=True):
    """One fenced block. `language` in lower case, "" when none was named; `closed` false when the reply ended in it."""

    language: str
    code: str
    closed: bool = True


def code_blocks(text: str) -> list[CodeBlock]:
    """Every fenced block, in order, the cut-off last one included. Empty ones are left out."""
    blocks: list[CodeBlock] = []
    open_block: _OpenBlock | None = None
    for line in text.replace("\r\n", "\n").split("\n"):
        if open_block is None:
            open_block = _opened_by(line)
            continue
        ended = open_block.take(line)
        if not ended:
            continue
        blocks.append(open_block.finish(closed=ended == "closed"))
        open_block = _opened_by(line) if ended == "reopened" else None
    if open_block is not None:
        blocks.append(open_block.finish(closed=False))
    return [block for block in blocks if block.code.strip()]


def extract_code(text: str, entry_point: str = "") -> str | None:
    """The program of a reply, None when there is none.

    Of several blocks: the last one that defines `entry_point`; else the last that defines a function or a class; else
    the last that parses; else the last. Models correct themselves, so the later of two equal ones counts. Blocks of
    another language count only when there is no Python. Without any fence the reply itself is searched for code.
    """
    blocks = code_blocks(text)
    candidates = [block.code for block in blocks if block.language in PYTHON_TAGS]
    if not candidates:
        others = [block.code for block in blocks if block.language not in _NO_PROGRAM_TAGS]
        return others[-1] if others else _without_fences(text)
    return max(enumerate(candidates), key=lambda item: (_rank(item[1], entry_point), item[0]))[1]


def _rank(code: str, entry_point: str) -> int:
    tree = parse_python(code)
    if tree is None:
        named = entry_point and re.search(
            rf"^\s*(?:async\s+)?(?:def|class)\s+{re.escape(entry_point)}\b", code, re.MULTILINE
        )
        return 3 if named else 0
    if entry_point and entry_point in defined_names(tree):
        return 4
    return 2 if defines_something(tree) else 1


def _without_fences(text: str) -> str | None:
    """Code in a reply that has no opening fence; a fence that only closes is dropped with what follows it."""
    before, fence, after = text.partition("```")
    return unfenced_code(before if fence and not after.strip("` \n") else text)


def _opened_by(line: str) -> "_OpenBlock | None":
    match = _OPEN.fullmatch(line)
    if match is None:
        return None
    before = match["before"]
    quoted = not before.strip(" \t>")  # nothing but indentation and the marks of a quotation
    if not quoted and not before.endswith((" ", ":", "\t")):
        return None
    return _OpenBlock(match["fence"], match["tag"].lower(), len(before) if quoted else 0)


class _OpenBlock:
    """A block while its lines are read."""

    def __init__(self, fence: str, language: str, indent: int) -> None:
        self._fence = fence
        self._language = language
        self._indent = indent
        self._lines: list[str] = []
        self._depth = 0

    def take(self, line: str) -> str:
        """Read a line: "" to go on, "closed", or "reopened" when the line opens the next block."""
        code, fence = _split_tail(line, self._fence[0])
        if len(fence) >= len(self._fence):
            if self._depth:
                self._depth -= 1
            elif self._ends_block(code):
                return "closed"
        elif line.lstrip().startswith(self._fence) and (opening := _OPEN.fullmatch(line)) is not None:
            return self._take_opening(line, opening["tag"].lower())
        self._lines.append(line)
        return ""

    def finish(self, *, closed: bool) -> CodeBlock:
        return CodeBlock(language=self._language, code=self._code(), closed=closed)

    def _code(self) -> str:
        lines = [self._unindent(line) for line in self._lines]
        code = "\n".join(lines)
        return textwrap.dedent(code) if lines and lines[0][:1] in (" ", "\t") else code

    def _take_opening(self, line: str, language: str) -> str:
        """A fence that names a language cannot close: it is quoted, or written twice, or the block was left open."""
        if self._language in _NESTING_TAGS:
            self._depth += 1
            self._lines.append(line)
        elif any(kept.strip() for kept in self._lines):
            return "reopened"
        else:
            self._language, self._lines = language, []
        return ""

    def _ends_block(self, before: str) -> bool:
        """Whether a fence behind `before` ends the block.

        Alone on its line it does, unless it is indented deep into Python that is not whole yet: then it is part of a
        docstring. Behind code it does, unless it stands in a string there.
        """
        if not before.strip(" \t>"):
            deep = len(before) > self._indent + _DEEPEST_FENCE and self._language in PYTHON_TAGS
            return not deep or parse_python(self._code()) is not None
        if before.count('"') % 2 or before.count("'") % 2 or "`" in before:
            return False
        self._lines.append(before)
        return True

    def _unindent(self, line: str) -> str:
        lead = line[: self._indent]
        return line[self._indent :] if not lead.strip(" \t>") else line


def _split_tail(line: str, mark: str) -> tuple[str, str]:
    """(what stands before, the run of fence marks that ends the line)."""
    stripped = line.rstrip()
    before = stripped.rstrip(mark)
    return before, stripped[len(before) :]
