"""A process behind the walls that has loaded some code and answers what its expressions are worth."""

import json
import time
from collections.abc import Callable

from purpose_agent.sandbox.judging import Failed
from purpose_agent.sandbox.plain_values import Plain, decode
from purpose_agent.sandbox.run import result
from purpose_agent.sandbox.session import SandboxLimits, Session


class Answering:
    """Started at the first question; after it died (hang, exit, crash) the next question starts it again.

    Every answer is a claim of the code that runs there. `load_error` is set when the code itself does not load.
    """

    def __init__(
        self, code: str, deadline: float, timeout_s: float, limits: SandboxLimits, seen: Callable[[Session], None]
    ) -> None:
        self.load_error = ""
        self._code, self._deadline, self._timeout_s, self._limits, self._seen = code, deadline, timeout_s, limits, seen
        self._question_deadline = deadline
        self._session: Session | None = None

    def ready(self) -> None:
        """Have it running, and give what follows half of the time that is left. Raises Failed."""
        if self.load_error:
            raise Failed(self.load_error)
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Failed(f"Not run: the {self._timeout_s:g} s for all tests were used up.")
        self._question_deadline = time.monotonic() + left / 2
        if self._session is not None:
            return
        self._session = Session(
            mode="values", pieces=[("main", self._code)], limits=self._limits, timeout_s=self._timeout_s
        )
        self._seen(self._session)
        try:
            self._answer()
        except Failed as problem:
            self.load_error = str(problem)
            raise

    def value(self, expression: str) -> Plain:
        """What the expression is worth there. Raises Failed with what it raised instead."""
        form = self._ask("value", expression)
        try:
            return decode(form)
        except (ValueError, TypeError, RecursionError) as problem:
            raise Failed("The code did not answer with a value.") from problem

    def run(self, statement: str) -> None:
        self._ask("run", statement)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _ask(self, do: str, text: str) -> Plain:
        if self._session is None:
            raise Failed("The code ended its process.")
        self._session.ask(json.dumps({"do": do, "text": text}).encode())
        return self._answer()

    def _answer(self) -> Plain:
        session = self._session
        assert session is not None
        started = time.monotonic()
        reply = self._await_reply(session)
        if reply is None:
            late = time.monotonic() >= self._question_deadline
            said = result(session, False, late, round(self._question_deadline - started, 1), started).error
            self.close()
            raise Failed(said)
        try:
            form = json.loads(reply)
            error, value = form.get("error"), form.get("value")
            kinds = tuple(map(str, form.get("kinds", ())))
        except (ValueError, TypeError, AttributeError, RecursionError) as problem:
            self.close()  # what follows in the pipe belongs to no question
            raise Failed("The code did not answer with a value.") from problem
        if error is not None:
            raise Failed(str(error), kinds)
        return value

    def _await_reply(self, session: Session) -> bytes | None:
        replies: list[bytes] = []

        def arrived() -> bool:
            reply = session.take_reply()
            if reply is not None:
                replies.append(reply)
            return reply is not None or session.exit_code is not None

        session.pump(arrived, self._question_deadline)
        return replies[0] if replies else None
