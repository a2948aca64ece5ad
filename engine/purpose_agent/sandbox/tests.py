"""Run asserts against code, with verdicts that the code cannot forge.

Two ways, told in each outcome as `judged`:

outside  the assert is decided in this process from plain values (see `judging.py`); the tested code never sees what
         is expected. It holds against anything that the code can do in its own process.
inside   the test cannot be taken apart (see `taking_apart.py`), or it compares two objects of the code's own. It runs
         after the code in one fresh process, and passing means that its end was reached, proven by a token (see
         `inside.py`). It holds against leaving early, writing to every pipe, and introspection; not against an object
         that calls itself equal to all, and not against memory corrupted by hand-made bytecode.
"""

import ast
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Literal

from purpose_agent.sandbox.answering import Answering
from purpose_agent.sandbox.judging import Failed, Judge, Undecidable, bind, literals
from purpose_agent.sandbox.plain_values import Plain
from purpose_agent.sandbox.run import cancellable, refusal, require_walls, result
from purpose_agent.sandbox.session import DEFAULT_LIMITS, SandboxLimits, Session
from purpose_agent.sandbox.taking_apart import Loop, Piece, Raises, bound, pieces, put
from purpose_agent.types import Record

_IMMUTABLE = (int, float, complex, str, bytes, bool, type(None))


class TestOutcome(Record, frozen=True, kw_only=True):
    """One test: `message` says why it failed, "" when it passed."""

    __test__ = False
    test: str
    passed: bool
    message: str = ""
    judged: Literal["outside", "inside"] = "outside"


class TestReport(Record, frozen=True, kw_only=True):
    """All tests in the order given. `error`: why the code itself could not be tested, "" when it could."""

    __test__ = False
    results: tuple[TestOutcome, ...] = ()
    passed: int = 0
    total: int = 0
    error: str = ""


def run_tests(
    code: str,
    tests: Sequence[str],
    *,
    timeout_s: float = 5.0,
    limits: SandboxLimits = DEFAULT_LIMITS,
    allow_unwalled: bool = False,
) -> TestReport:
    """Run every test against `code` within `timeout_s` altogether; a test may use half of the time that is left.

    A test that hangs or kills its process fails alone: the next ones get a fresh process. Raises SandboxOff as
    `run_python` does; never raises for what the code does.
    """
    return _run(code, tests, timeout_s, limits, allow_unwalled, lambda session: None)


async def arun_tests(
    code: str,
    tests: Sequence[str],
    *,
    timeout_s: float = 5.0,
    limits: SandboxLimits = DEFAULT_LIMITS,
    allow_unwalled: bool = False,
) -> TestReport:
    """`run_tests` beside the event loop. Cancelling kills the process at once."""
    return await cancellable(lambda seen: _run(code, tests, timeout_s, limits, allow_unwalled, seen))


def _run(
    code: str,
    tests: Sequence[str],
    timeout_s: float,
    limits: SandboxLimits,
    allow_unwalled: bool,
    seen: Callable[[Session], None],
) -> TestReport:
    why = refusal(code) or next((why for test in tests if (why := refusal(test))), "") or _syntax(code)
    if why:
        return _report([_failed(test, why) for test in tests], why)
    require_walls(allow_unwalled=allow_unwalled)
    bench = _Bench(code, time.monotonic() + timeout_s, timeout_s, limits, seen)
    try:
        outcomes = [bench.outside(test) for test in tests]
    finally:
        bench.close()
    waiting = [index for index, outcome in enumerate(outcomes) if outcome is None]
    for index, outcome in zip(waiting, bench.inside([tests[index] for index in waiting]), strict=True):
        outcomes[index] = outcome
    return _report([outcome for outcome in outcomes if outcome is not None], bench.error)


def _report(outcomes: list[TestOutcome], error: str) -> TestReport:
    passed = sum(outcome.passed for outcome in outcomes)
    return TestReport(results=tuple(outcomes), passed=passed, total=len(outcomes), error=error)


def _failed(test: str, message: str, judged: Literal["outside", "inside"] = "outside") -> TestOutcome:
    return TestOutcome(test=test, passed=False, message=message, judged=judged)


def _syntax(code: str) -> str:
    """Why the text is not Python, in a sentence; "" when it is, or when only its own process can tell."""
    try:
        ast.parse(code)
    except SyntaxError as problem:
        return f"The code is not valid Python: {problem.msg} (line {problem.lineno})."
    except (ValueError, MemoryError, RecursionError) as problem:
        return f"The code cannot be read as Python: {problem or 'it is nested too deeply'}."
    return ""


class _Bench:
    """The code and its tests. `error`: why the code itself cannot be tested."""

    def __init__(
        self, code: str, deadline: float, timeout_s: float, limits: SandboxLimits, seen: Callable[[Session], None]
    ) -> None:
        self.error = ""
        self._code, self._deadline, self._timeout_s, self._limits, self._seen = code, deadline, timeout_s, limits, seen
        self._theirs = bound([ast.parse(code)])
        self._answering = Answering(code, deadline, timeout_s, limits, seen)
        self._oracle = Answering("", deadline, timeout_s, limits, seen)

    def close(self) -> None:
        self._answering.close()
        self._oracle.close()

    # --- decided outside -----------------------------------------------------------------------------------------

    def outside(self, test: str) -> TestOutcome | None:
        """The outcome, or None when this test can be decided only inside."""
        try:
            statements = ast.parse(test).body
            parts = pieces(statements)
            if parts is None:
                return None
            self._check(statements, parts)
        except Undecidable:
            return None
        except Failed as problem:
            self.error = self._answering.load_error
            return _failed(test, str(problem))
        except (SyntaxError, ValueError, MemoryError) as problem:
            return _failed(test, f"The test is not valid Python: {problem}.")
        except RecursionError:
            return _failed(test, "The test is nested too deeply.")
        return TestOutcome(test=test, passed=True)

    def _check(self, statements: list[ast.stmt], parts: Sequence[Piece]) -> None:
        self._answering.ready()
        known: dict[str, Plain] = {}
        judge = Judge(self._answering.value, self._ask_oracle, self._theirs | bound(statements), known)
        for part in parts:
            match part:
                case ast.Assert(test=test):
                    judge.check(test)
                case Raises():
                    self._expect(part)
                case Loop(loop=loop):
                    self._rounds(loop, judge)
                case _:
                    self._answering.run(ast.unparse(part))
                    for name in bound([part]):
                        known.pop(name, None)
                    known.update(_literal_of(part, statements))

    def _rounds(self, loop: ast.For, judge: Judge) -> None:
        for item in judge.items(loop.iter):
            values = literals(bind(loop.target, item))
            for statement in loop.body:
                filled: ast.stmt = put(statement, values)
                if isinstance(filled, ast.Assert):
                    judge.check(filled.test)
                else:
                    self._answering.run(ast.unparse(filled))

    def _expect(self, part: Raises) -> None:
        """The code says what it raised without being told what is expected."""
        wanted = " or ".join(sorted(part.errors))
        for statement in part.body:
            try:
                self._answering.run(ast.unparse(statement))
            except Failed as problem:
                if part.errors.intersection(problem.errors):
                    return
                raise Failed(f"{problem}; the test asks for {wanted}.") from problem
        raise Failed(f"{ast.unparse(part.body[-1])[:200]} raised nothing; the test asks for {wanted}.")

    def _ask_oracle(self, expression: str) -> Plain:
        self._oracle.ready()
        return self._oracle.value(expression)

    # --- decided inside ------------------------------------------------------------------------------------------

    def inside(self, tests: list[str]) -> list[TestOutcome]:
        """Run the tests after the code in one process; after a failure, the rest in the next process."""
        outcomes: list[TestOutcome] = []
        while len(outcomes) < len(tests):
            outcomes += self._inside(tests[len(outcomes) :])
        return outcomes

    def _inside(self, tests: list[str]) -> list[TestOutcome]:
        started = time.monotonic()
        left = self._deadline - started
        if self.error or left <= 0:
            why = self.error or f"Not run: the {self._timeout_s:g} s for all tests were used up."
            return [_failed(test, why, "inside") for test in tests]
        pieces = [("main", self._code), *((f"test {number}", test) for number, test in enumerate(tests, 1))]
        tokens = [secrets.token_bytes(16) for _ in pieces]
        deadline = started + left / 2
        with Session(
            mode="steps", pieces=pieces, tokens=tokens, limits=self._limits, timeout_s=self._timeout_s
        ) as session:
            self._seen(session)
            session.pump(lambda: session.exit_code is not None, deadline)
            late = session.exit_code is None and time.monotonic() >= deadline
            session.end()
        reached = 0
        while reached < len(tokens) and session.reply[16 * reached : 16 * reached + 16] == tokens[reached]:
            reached += 1
        passed = [TestOutcome(test=test, passed=True, judged="inside") for test in tests[: max(reached - 1, 0)]]
        if reached == len(tokens):
            return passed
        why = result(session, False, late, round(left / 2, 1), started).error
        if reached == 0:
            self.error = why
            return [_failed(test, why, "inside") for test in tests]
        return [*passed, _failed(tests[reached - 1], why, "inside")]


def _literal_of(statement: ast.stmt, statements: list[ast.stmt]) -> dict[str, Plain]:
    """`expected = [1, 2]` → ours to know, when nothing inside can have changed it since."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            try:
                literal = ast.literal_eval(value)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                return {}
            if isinstance(literal, _IMMUTABLE) or _is_only_compared(name, statements):
                return {name: literal}
    return {}


def _is_only_compared(name: str, statements: list[ast.stmt]) -> bool:
    """The name is read nowhere but as a side of a comparison, so no call can have got hold of its value."""
    nodes = [node for statement in statements for node in ast.walk(statement)]
    compared = {id(side) for node in nodes if isinstance(node, ast.Compare) for side in (node.left, *node.comparators)}
    reads = [
        node for node in nodes if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
    return all(id(node) in compared for node in reads)
