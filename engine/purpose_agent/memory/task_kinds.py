"""What kind of task this is: the drawer under which credit is kept, in words a person can read.

Worked out from what the task's tests take and give ("code: list of numbers → number"), else from its words ("writing").
Deterministic, and independent of the order of the tests.
"""

import ast
import re
from collections.abc import Iterable, Sequence
from functools import reduce

from purpose_agent.types import Task

CODE = "code"
MAX_TESTS_READ = 20
MAX_TEXT_READ = 4000

_ANYTHING = "any value"
_NOTHING = "nothing"
_EXAMPLE = re.compile(
    r"\b(\w+\((?:[^()\n]|\([^()\n]*\))*\))\s*(?:->|→|=>|==|\breturns\b|\bgives\b)\s*"
    r"(.+?)\s*(?=[;\n]|,? and \w+\(|, \w+\(|$)",
)
_CODE_WORDS = re.compile(
    r"```|\b(python|function|functions|code|coding|script|program|algorithm|regex|def|class|sql|bug)\b"
)
_ASKS = re.compile(r"^\W*(what|why|how|who|whose|when|where|which|is|are|do|does|did|can|could|should|will|would)\b")
_LEXICON: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"\b({'|'.join(words.split())})\b"))
    for name, words in (
        (
            "writing",
            r"writ\w* draft\w* blog\w* essay\w* poem\w* story stories e-?mails? letters? posts? articles? rewrite"
            r" rephrase headlines? slogans? newsletters?",
        ),
        (
            "analysis",
            r"analy[sz]\w* data dataset\w* statistic\w* trends? sales metrics? forecast\w* correlat\w* chart\w* figures"
            r" spreadsheet\w*",
        ),
        (
            "research",
            r"research\w* investigat\w* survey\w* literature sources? papers? compare comparison find\sout look\sup"
            r" review\sof",
        ),
    )
)
_PLURALS = {
    "number": "numbers",
    "text": "texts",
    "list": "lists",
    "tuple": "tuples",
    "set": "sets",
    "yes/no": "yes/no",
    "dictionary": "dictionaries",
    _NOTHING: "nothing",
}


def task_kind(task: Task) -> str:
    """The task's own kind if it names one; else "code: list of numbers → number", "writing", "question" or the like."""
    if task.kind:
        return task.kind
    text = task.text[:MAX_TEXT_READ]
    shapes = _shapes(task.tests) or _shapes(_examples(text))
    if shapes:
        return shapes
    words = text.casefold()
    if task.tests or _CODE_WORDS.search(words):
        return CODE
    hits = [(len(pattern.findall(words)), name) for name, pattern in _LEXICON]
    most = max(count for count, _ in hits)
    if task.context or (_ASKS.match(words) and most <= 1) or (words.rstrip().endswith("?") and most == 0):
        return "question"
    return next(name for count, name in hits if count == most) if most else "other"


def kind_words(kind: str) -> str:
    """The kind as the end of a sentence: "writing tasks", "tasks with list of numbers → number"."""
    family, _, shape = kind.partition(": ")
    if not kind:
        return "all tasks"
    return f"{family} tasks ({shape})" if shape else f"{family} tasks"


def covers(scope: str, kind: str) -> bool:
    """Whether a lesson scoped to `scope` applies to a task of `kind`: the same kind, its family, or no scope."""
    return not scope or scope == kind or kind.startswith(f"{scope}:")


def _shapes(tests: Sequence[str]) -> str:
    """The kind as code, like "code: text → number"; empty when no test shows what goes in and what comes out."""
    read = [shape for test in tests[:MAX_TESTS_READ] for shape in _shapes_of(test)]
    if not read:
        return ""
    arity = max(len(taken) for taken, _ in read)
    places = [[taken[place] for taken, _ in read if place < len(taken)] for place in range(arity)]
    taken_words = ", ".join(_covering(place) for place in places) or _NOTHING
    return f"{CODE}: {taken_words} → {_covering(given for _, given in read)}"


def _shapes_of(test: str) -> Iterable[tuple[list[str], str]]:
    try:
        tree = ast.parse(test.strip())
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return
    for statement in tree.body:
        claim = statement.test if isinstance(statement, ast.Assert) else getattr(statement, "value", None)
        shape = _shape_of_claim(claim)
        if shape:
            yield shape


def _shape_of_claim(claim: ast.AST | None) -> tuple[list[str], str] | None:
    """What a call takes and gives, from `f(x) == y`, `f(x) is y`, `f(x)` or `not f(x)`."""
    if isinstance(claim, ast.UnaryOp) and isinstance(claim.op, ast.Not):
        claim = claim.operand
    if isinstance(claim, ast.Call):
        return _taken(claim), "yes/no"
    if not isinstance(claim, ast.Compare) or len(claim.ops) != 1:
        return None
    sides = (claim.left, claim.comparators[0])
    calls = [side for side in sides if isinstance(side, ast.Call)]
    values = [side for side in sides if not isinstance(side, ast.Call)]
    if len(calls) != 1 or not isinstance(claim.ops[0], ast.Eq | ast.Is):
        return None
    return _taken(calls[0]), _literal_shape(values[0])


def _taken(call: ast.Call) -> list[str]:
    return [_literal_shape(node) for node in (*call.args, *(keyword.value for keyword in call.keywords))]


def _literal_shape(node: ast.AST) -> str:
    try:
        return _shape(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _ANYTHING


def _shape(value: object) -> str:
    match value:
        case bool():
            return "yes/no"
        case int() | float() | complex():
            return "number"
        case str() | bytes():
            return "text"
        case None:
            return _NOTHING
        case list() | tuple() | set() | frozenset():
            name = {list: "list", tuple: "tuple"}.get(type(value), "set")
            inner = _covering(map(_shape, list(value)[:50]))
            return f"{name} of {_plural(inner)}" if inner else name
        case dict():
            return "dictionary"
    return _ANYTHING


def _covering(shapes: Iterable[str]) -> str:
    """The shape that covers all of them, whatever their order: an empty list is a list of what the others hold."""
    found = set(shapes)
    rest = sorted(found - {_NOTHING, ""})
    if not rest:
        return _NOTHING if found else ""
    covering = reduce(_merged, rest)
    return f"{covering} or nothing" if _NOTHING in found and covering != _ANYTHING else covering


def _merged(one: str, other: str) -> str:
    if other.startswith(f"{one} of "):
        return other
    for name in ("list", "tuple", "set"):
        if one.startswith(name) and other.startswith(name):
            return f"{name} of values"
    return _ANYTHING


def _plural(shape: str) -> str:
    first, _, rest = shape.partition(" of ")
    plural = _PLURALS.get(first, "values")
    return f"{plural} of {rest}" if rest else plural


def _examples(text: str) -> list[str]:
    """Examples written in the text, `f(2) -> 4`, as claims that can be read like tests."""
    return [f"{call} == {given.rstrip('.,;')}" for call, given in _EXAMPLE.findall(text)[:MAX_TESTS_READ]]
