"""Python as it stands in a model's reply: does it parse, what does it define, which asserts does it hold.

Nothing is run here and nothing is added to the text: what comes back is a piece of the reply, at most with less
indentation and, for a bare comparison, the word `assert` that the prompt had already written.
"""

import ast
import re
import textwrap
import warnings

MAX_PARSED_CHARS = 200_000  # longer text is not a program from a model; parsing it would only cost time
_MAX_PARSES = 400  # bound for the search in broken text
_MAX_ASSERT_LINES = 120
_CODE_LINE = re.compile(
    r"(?:async def|def|class)\s+\w+.*|import\s+[\w., ]+|from\s+[\w.]+\s+import\b.*|@\w[\w.]*(?:\(.*)?"
)
_BODY_LINE = re.compile(r"(?: {4}|\t)\s*(?:(?:def|return|for|if|while|try|import|from)\b|\w+\s*=[^=])")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def parse_python(source: str) -> ast.Module | None:
    """The syntax tree, or None when the text is not Python, is too long or too deeply nested."""
    if len(source) > MAX_PARSED_CHARS:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "invalid escape sequence" in a model's code is no concern of the user
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def defined_names(tree: ast.Module) -> set[str]:
    """Names that the top level of a program binds by def, class, import or assignment."""
    names: set[str] = set()
    for statement in tree.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names.update(target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names.update((alias.asname or alias.name).split(".")[0] for alias in aliases)
            case _:
                pass
    return names


def defines_something(tree: ast.Module) -> bool:
    """Whether there is a function or a class at the top level."""
    return any(isinstance(statement, _DEFINITIONS) for statement in tree.body)


def unfenced_code(text: str) -> str | None:
    """The program in a reply that has no code fence: the whole of it, or the longest part between its prose.

    Code that was cut off in the middle, and so does not parse, is given as it stands when the reply starts with it.
    """
    stripped = text.strip("\n").rstrip()
    tree = parse_python(stripped)
    if tree is not None and _is_program(tree):
        return stripped
    if _BODY_LINE.match(stripped):  # the inside of a function, whose head the prompt had written
        return stripped
    lines = stripped.split("\n")
    start = next((index for index, line in enumerate(lines) if _CODE_LINE.fullmatch(line.rstrip())), None)
    if start is None:
        return None
    end = _end_of_program(lines, start)
    rest = next((line for line in lines[end:] if line.strip()), "")
    if end > start and not rest.startswith((" ", "\t")):
        return "\n".join(lines[start:end]).rstrip()
    # What follows belongs to the code, so it broke off; half of it would be another program.
    return "\n".join(lines[start:]) if end > start or start == 0 else None


def parse_asserts(text: str) -> list[str]:
    """Each assert of a text that parses by itself, in order, in the words of the text.

    Also found: a comparison of a call with no `assert` before it (`f(2) == 4`), as completions of the word "assert"
    begin; asserts within a test function, unless they rest on its local names. In broken text the whole asserts are
    found and the cut ones are left out.
    """
    source = text.replace("\r\n", "\n")
    tree = parse_python(source)
    return _asserts_in_tree(source, tree) if tree is not None else _asserts_in_broken_text(source)


def _is_program(tree: ast.Module) -> bool:
    """More than a word or a sentence that happens to parse."""
    kinds = (*_DEFINITIONS, ast.Import, ast.ImportFrom, ast.Assign, ast.For, ast.While, ast.With, ast.If)
    return any(isinstance(statement, kinds) for statement in tree.body)


def _end_of_program(lines: list[str], start: int) -> int:
    """The last paragraph end up to which the lines from `start` parse; `start` when there is none."""
    ends = [index for index in range(start + 1, len(lines)) if not lines[index].strip()] + [len(lines)]
    for end in reversed(ends[:_MAX_PARSES]):
        tree = parse_python("\n".join(lines[start:end]))
        if tree is not None and tree.body and not _is_word(tree.body[-1]):
            return end
    return start


def _is_word(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Name)


def _asserts_in_tree(source: str, tree: ast.Module) -> list[str]:
    found: list[str] = []
    for statement in tree.body:
        if isinstance(statement, ast.Assert):
            found.append(_segment(source, statement))
        elif isinstance(statement, ast.Expr) and _is_claim(statement.value):
            found.append("assert " + _segment(source, statement))
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found += [_segment(source, inner) for inner in _free_asserts(statement)]
    return found


def _free_asserts(definition: ast.stmt) -> list[ast.Assert]:
    """Asserts straight in the body of a test function or test class that use none of its own names."""
    bound = {node.arg for node in ast.walk(definition) if isinstance(node, ast.arg)}
    bound |= {
        node.id for node in ast.walk(definition) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    bodies = [node.body for node in ast.walk(definition) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    asserts = [statement for body in bodies for statement in body if isinstance(statement, ast.Assert)]
    return [statement for statement in asserts if not (_names(statement) & bound)]


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)}


def _is_claim(value: ast.expr) -> bool:
    """`f(x) == y`, also with a message behind a comma."""
    if isinstance(value, ast.Tuple) and len(value.elts) == 2 and isinstance(value.elts[1], ast.Constant):
        value = value.elts[0]
    return isinstance(value, ast.Compare) and isinstance(value.left, ast.Call)


def _segment(source: str, statement: ast.stmt) -> str:
    return ast.get_source_segment(source, statement) or ast.unparse(statement)


def _asserts_in_broken_text(source: str) -> list[str]:
    lines = source.split("\n")
    found: list[str] = []
    index, budget = 0, _MAX_PARSES
    while index < len(lines) and budget > 0:
        starts_here = lines[index].lstrip().startswith(("assert ", "assert("))
        if not (starts_here or (not found and _looks_like_claim(lines[index]))):
            index += 1
            continue
        end, statement, used = _grow_statement(lines, index, budget)
        budget -= used
        if statement is not None:
            found.append(statement)
        index = end
    return found


def _looks_like_claim(line: str) -> bool:
    return re.match(r"\(?[A-Za-z_]\w*\(", line) is not None


def _grow_statement(lines: list[str], start: int, budget: int) -> tuple[int, str | None, int]:
    """(line after it, the statement or None, parses used). A statement may run over many lines in a long string."""
    last = min(len(lines), start + _MAX_ASSERT_LINES, start + budget)
    for end in range(start + 1, last + 1):
        part = textwrap.dedent("\n".join(lines[start:end]))
        tree = parse_python(part)
        if tree is None:
            continue
        if len(tree.body) != 1:
            return end, None, end - start
        asserts = _asserts_in_tree(part, tree)
        return end, (asserts[0] if asserts else None), end - start
    return start + 1, None, max(1, last - start)
