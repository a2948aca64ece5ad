"""Code benchmarks as their makers publish them, a JSON object a line. Their solutions are never read.

HumanEval (Chen et al. 2021, arXiv 2107.03374): task_id, prompt, entry_point, test. Its `check(candidate)` is taken
apart into hidden asserts, each with the lines that it needs; where a loop or a helper stands in the way it stays whole.
MBPP (Austin et al. 2021, arXiv 2108.07732): text or prompt, test_list, challenge_test_list, and what is imported. The
first test is given, since the function's name stands nowhere else; the others are hidden.
"""

import ast
from collections.abc import Sequence

from purpose_agent.evaluation.suite_formats.parsed import JsonObject, Parsed, text_field, text_list
from purpose_agent.evaluation.suite_records import SuiteError, TaskRow
from purpose_agent.sandbox.taking_apart import put

_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Import, ast.ImportFrom)
_COMPLETE = "Complete this function. Answer with the whole program, its imports and helpers included."


def is_humaneval(row: JsonObject) -> bool:
    return all(isinstance(row.get(name), str) for name in ("prompt", "entry_point", "test"))


def is_mbpp(row: JsonObject) -> bool:
    return isinstance(row.get("test_list"), list)


def read_humaneval(rows: Sequence[JsonObject], file: str) -> Parsed:
    found = []
    for number, row in enumerate(rows, 1):
        label = f"Task {number} of {file}"
        if not is_humaneval(row):
            raise SuiteError(f"{label} lacks prompt, entry_point or test.", "Take the file as its makers publish it.")
        prompt, entry = str(row["prompt"]), str(row["entry_point"])
        found.append(
            TaskRow(
                task_id=text_field(row, "task_id") or f"task-{number}",
                text=f"{_COMPLETE}\n\n{prompt.strip()}",
                hidden_tests=hidden_asserts(str(row["test"]), entry, prompt, label),
                family=text_field(row, "family"),
            )
        )
    return Parsed("HumanEval", found)


def read_mbpp(rows: Sequence[JsonObject], file: str) -> Parsed:
    found = []
    alone = 0
    for number, row in enumerate(rows, 1):
        label = f"Task {number} of {file}"
        text, tests = text_field(row, "text", "prompt"), text_list(row, "test_list")
        if not text or not tests:
            raise SuiteError(f"{label} lacks its text or its test_list.", "Take the file as its makers publish it.")
        setup = "\n".join([*text_list(row, "test_imports"), text_field(row, "test_setup_code")]).strip()
        given, *others = dict.fromkeys(f"{setup}\n{test}".strip() for test in tests)
        challenges = [f"{setup}\n{test}".strip() for test in text_list(row, "challenge_test_list")]
        hidden = tuple(dict.fromkeys(test for test in (*others, *challenges) if test != given))
        alone += not hidden
        task_id = text_field(row, "task_id")
        found.append(
            TaskRow(
                task_id=f"mbpp/{task_id}" if task_id.isdigit() else task_id or f"task-{number}",
                text=text,
                tests=(given,),
                hidden_tests=hidden,
                family=text_field(row, "family"),
            )
        )
    notices = (f"{alone} of the tasks have one test only; it is given, and nothing is hidden.",) if alone else ()
    return Parsed("MBPP", found, notices=notices)


def hidden_asserts(test: str, entry: str, prompt: str = "", label: str = "The task") -> tuple[str, ...]:
    """`def check(candidate): …` as asserts about the function called `entry`, each of which can run by itself.

    prompt  the beginning of the program; helpers that the test uses are taken from it.
    """
    try:
        body = ast.parse(test).body
        helpers = _helpers(prompt, entry, test)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SuiteError(
            f"The tests of {label} are not Python: {error}.", "Mend them, or take the task out."
        ) from error
    check = next((part for part in body if isinstance(part, ast.FunctionDef) and part.name == "check"), None)
    if not entry.isidentifier() or check is None or len(check.args.args) != 1:
        raise SuiteError(f"{label} has no check(candidate) for a function.", "Take the file as its makers publish it.")
    around = [*helpers, *(part for part in body if part is not check and not _is_idle(part))]
    apart = None if any(isinstance(part, ast.FunctionDef) for part in around) else _apart(check, entry)
    if apart is None:
        return ("\n".join(ast.unparse(part) for part in (*around, check)) + f"\ncheck({entry})",)
    before = "".join(f"{ast.unparse(part)}\n" for part in around)
    return tuple(dict.fromkeys(before + text for text in apart))


def _apart(check: ast.FunctionDef, entry: str) -> list[str] | None:
    """Each assert below the simple lines that stand before it; None when there is more to the function."""
    name = check.args.args[0].arg
    lines: list[str] = []
    found: list[str] = []
    for part in check.body:
        text = ast.unparse(put(part, {name: ast.Name(id=entry, ctx=ast.Load())}))
        match part:
            case ast.Assert(test=ast.Constant(value=True)) | ast.Expr(value=ast.Constant()) | ast.Pass():
                continue
            case ast.Assert():
                found.append("\n".join((*lines, text)))
            case _ if isinstance(part, _SIMPLE):
                lines.append(text)
            case _:
                return None
    return found or None


def _helpers(prompt: str, entry: str, test: str) -> list[ast.stmt]:
    """Functions of the prompt, other than the one to write, that the test calls; with the prompt's imports."""
    if not prompt.strip():
        return []
    body = ast.parse(prompt if _ends_whole(prompt) else f"{prompt.rstrip()}\n    pass\n").body
    used = {node.id for node in ast.walk(ast.parse(test)) if isinstance(node, ast.Name)}
    wanted = [part for part in body if isinstance(part, ast.FunctionDef) and part.name in used - {entry}]
    imports = [part for part in body if isinstance(part, ast.Import | ast.ImportFrom)]
    return [*imports, *wanted] if wanted else []


def _ends_whole(prompt: str) -> bool:
    try:
        ast.parse(prompt)
    except SyntaxError:
        return False
    return True


def _is_idle(part: ast.stmt) -> bool:
    """`METADATA = {…}`, texts that stand alone, and the call of the check, which comes at the end."""
    match part:
        case ast.Expr(value=ast.Call(func=ast.Name(id="check"))):
            return True
        case ast.Assign(targets=[ast.Name(id="METADATA")]) | ast.Expr(value=ast.Constant()):
            return True
    return False
