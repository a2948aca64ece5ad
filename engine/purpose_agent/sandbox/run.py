"""Run a piece of Python behind the walls and tell honestly how it ended."""

import asyncio
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from purpose_agent.sandbox.errors import SandboxOff
from purpose_agent.sandbox.session import ALL_WALLS, DEFAULT_LIMITS, SandboxLimits, Session, Use
from purpose_agent.types import Record

MAX_CODE_CHARS = 2_000_000
_T = TypeVar("_T")


class SandboxResult(Record, frozen=True, kw_only=True):
    """How a run ended.

    completed  the last statement was reached; proven by a secret that the code does not hold (see `inside.py`).
    ok         completed, and then ended with status 0 within its time.
    exit_code  negative: ended by that signal; None: stopped from outside.
    error      one sentence in plain words, "" when ok.
    """

    stdout: str = ""
    stderr: str = ""
    ok: bool = False
    completed: bool = False
    exit_code: int | None = None
    timed_out: bool = False
    truncated: bool = False
    seconds: float = 0.0
    error: str = ""


def run_python(
    code: str,
    *,
    stdin: str = "",
    timeout_s: float = 5.0,
    files: Mapping[str, bytes] | None = None,
    limits: SandboxLimits = DEFAULT_LIMITS,
    allow_unwalled: bool = False,
) -> SandboxResult:
    """Run `code` as a program of its own. Blocks for at most about `timeout_s`; never raises for what the code does.

    `files` are put into its working folder first. Raises SandboxOff where no wall holds on this machine, unless
    `allow_unwalled` says that the person has turned code execution on all the same.
    """
    return _run(code, stdin, timeout_s, files, limits, allow_unwalled, lambda session: None)


async def arun_python(
    code: str,
    *,
    stdin: str = "",
    timeout_s: float = 5.0,
    files: Mapping[str, bytes] | None = None,
    limits: SandboxLimits = DEFAULT_LIMITS,
    allow_unwalled: bool = False,
) -> SandboxResult:
    """`run_python` beside the event loop. Cancelling kills the process at once."""
    return await cancellable(lambda seen: _run(code, stdin, timeout_s, files, limits, allow_unwalled, seen))


async def cancellable(work: Callable[[Callable[[Session], None]], _T]) -> _T:
    """Run blocking `work` in a thread; when the caller is cancelled, kill the sessions that `work` announced."""
    live: list[Session] = []
    cancelled = False

    def seen(session: Session) -> None:
        live.append(session)
        if cancelled:
            session.kill()

    job = asyncio.ensure_future(asyncio.to_thread(work, seen))
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        cancelled = True
        for session in live:
            session.kill()
        await asyncio.wait([job])  # its folder is removed before the cancellation goes on
        raise


def require_walls(*, allow_unwalled: bool) -> None:
    """Raise SandboxOff unless a wall holds here or the person has turned execution on."""
    if allow_unwalled:
        return
    from purpose_agent.sandbox.probe import probe

    walls = probe()
    if not walls.holds:
        raise SandboxOff(
            "Code is not run on this machine: nothing keeps it away from your files and the network.",
            "Use Linux with user namespaces or Landlock; or, if you trust the code, `purpose-agent sandbox --allow`.",
            details=" ".join(walls.describe()),
        )


def refusal(code: str) -> str:
    """Why this text cannot be run at all, or ""."""
    if len(code) > MAX_CODE_CHARS:
        return f"The code is too long to run ({len(code):,} characters; at most {MAX_CODE_CHARS:,})."
    if "\0" in code:
        return "The code holds a NUL character, so it is not Python text."
    return ""


def _run(
    code: str,
    stdin: str,
    timeout_s: float,
    files: Mapping[str, bytes] | None,
    limits: SandboxLimits,
    allow_unwalled: bool,
    seen: Callable[[Session], None],
    use: Use = ALL_WALLS,
) -> SandboxResult:
    if why := refusal(code):
        return SandboxResult(error=why)
    require_walls(allow_unwalled=allow_unwalled)
    check_names(files or {})
    started = time.monotonic()
    token = secrets.token_bytes(16)
    with Session(
        mode="steps", pieces=[("main", code)], tokens=[token], stdin=stdin, files=files, limits=limits,
        timeout_s=timeout_s, use=use,
    ) as session:  # fmt: skip
        seen(session)
        ended = session.pump(lambda: session.exit_code is not None, started + timeout_s)
        timed_out = not ended and not session.killed and time.monotonic() >= started + timeout_s
        session.end()
    return result(session, hmac.compare_digest(bytes(session.reply), token), timed_out, timeout_s, started)


def check_names(files: Mapping[str, bytes]) -> None:
    """File names stay inside the working folder."""
    for name in files:
        parts = name.replace("\\", "/").split("/")
        if not name or name.startswith("/") or ".." in parts or "\0" in name:
            raise ValueError(f"not a name inside the working folder: {name!r}")


def result(session: Session, completed: bool, timed_out: bool, timeout_s: float, started: float) -> SandboxResult:
    exit_code = session.exit_code
    ok = completed and exit_code == 0 and not timed_out
    stderr = session.text("stderr")
    return SandboxResult(
        stdout=session.text("stdout"),
        stderr=stderr,
        ok=ok,
        completed=completed,
        exit_code=exit_code,
        timed_out=timed_out,
        truncated=session.truncated,
        seconds=round(time.monotonic() - started, 4),
        error="" if ok else _in_plain_words(session, stderr, completed, timed_out, timeout_s),
    )


def _in_plain_words(session: Session, stderr: str, completed: bool, timed_out: bool, timeout_s: float) -> str:
    code = session.exit_code
    last = next((line.strip() for line in reversed(stderr.splitlines()) if line.strip()), "")
    if failed := next((line["failed"] for line in session.told if "failed" in line), None):
        return f"The sandbox could not start the code ({failed})."
    if timed_out:
        return f"The code was stopped: it ran longer than {timeout_s:g} s."
    if session.flooded:
        return "The code was stopped: it printed more than 50 MB."
    if session.killed or code is None:
        return "The code was stopped."
    if last.startswith("MemoryError") or code == -11:
        return (
            f"The code needed more memory than it may use ({session.limits.memory_mb} MB), or crashed the interpreter."
        )
    if code < 0:
        return f"The code was ended by the system (signal {-code}: its limit of processor time or a crash)."
    if completed:
        return f"The code came to its end, but then left with status {code}."
    if code == 1 and last:
        return last[:500]
    return f"The code left with status {code} before its end."
