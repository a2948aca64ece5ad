"""What runs behind the walls: takes the code, runs it as `__main__`, proves that it came to its end.

Started by the keeper as `python -I -S inside.py REQUEST_FD REPLY_FD`; imports nothing of the package.

How the end is proven. The host sends a secret token per piece of code. It goes from `os.read` straight into the
arguments of a C callable (`partial(os.write, …)`) that stands in a C iterator behind the piece it proves; the pieces
are called in turn by `deque.extend(map(call, …))`, which stops at the first exception. So the token is in no variable,
no frame and no constant that the code could reach through `f_back`, tracebacks or its own code object, and only
reaching the end of the piece sends it. Ways around that lead through `gc`, tracing, raw memory or another interpreter;
those are closed by an audit hook. The hook is a trip-wire: whoever corrupts the interpreter's memory from within
(hand-made bytecode) can still get past it. Verdicts on values do not rest on the token at all, see `tests.py`.
"""

# ruff: noqa: BLE001, SIM105, PTH103, PTH109, PTH120, PTH123
# Pathlib would add 5 ms to every start; here is the outermost edge of a process.

from __future__ import annotations

import builtins
import os
import sys

# Straight from C: the modules in Python around these cost 6 ms at every start.
from _collections import deque  # type: ignore[import-not-found]
from _functools import partial  # type: ignore[import-not-found]
from _operator import call
from marshal import loads

TYPE_CHECKING = False  # typing would cost 3 ms at every start
if TYPE_CHECKING:
    from typing import Any

_CLOSED_IMPORTS = frozenset({
    "ctypes", "_ctypes", "_ctypes_test", "_testcapi", "_testinternalcapi", "_testlimitedcapi", "_testbuffer",
    "_testmultiphase", "_testsinglephase", "_testimportmultiple", "_testclinic", "_testexternalinspection",
    "_remote_debugging", "_xxsubinterpreters", "_interpreters", "_xxinterpchannels", "_interpchannels", "_interpqueues",
})  # fmt: skip
_CLOSED_EVENTS = frozenset({
    "gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames", "sys._current_exceptions",
    "sys.settrace", "sys.setprofile", "cpython.PyInterpreterState_New", "sys.remote_exec",
    "cpython.remote_debugger_script",
})  # fmt: skip


def _trip_wire() -> Any:
    """Built with all it needs as defaults: its frame, seen through a traceback, gives nothing to change."""
    import types

    makes_coroutines = types.coroutine.__code__

    def hook(
        event: str, arguments: tuple[Any, ...],
        events: Any = _CLOSED_EVENTS, imports: Any = _CLOSED_IMPORTS, frame: Any = sys._getframe,
        may_make_code: Any = makes_coroutines, denied: Any = PermissionError, missing: Any = ImportError,
        error: Any = ValueError,
    ) -> None:  # fmt: skip
        if event == "import":
            if arguments[0] in imports:
                raise missing(arguments[0] + " is off here: it could reach past the interpreter.")
        elif event in events:
            raise denied(event + " is off here: it could reach what proves that a run came to its end.")
        elif event == "code.__new__":
            try:
                caller = frame(1)
            except error:
                caller = None
            if caller is None or caller.f_code is not may_make_code:
                raise denied("Making code objects by hand is off here.")

    return hook


class _Source:
    """Lets tracebacks and `inspect` find the lines of the code, which is in no file."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_source(self, name: str) -> str:
        return self._text


def _none_only(original: Any) -> Any:
    """`sys.settrace(None)` when nothing traces does nothing; doctest needs that. Anything else meets the trip-wire."""

    def call_unless_none(function: Any) -> None:
        if function is not None:
            original(function)

    return call_unless_none


def main(request: int, reply: int) -> int:
    job = loads(_message(request))
    os.environ.clear()
    module = type(sys)("__main__")
    module.__dict__.update(__builtins__=builtins, __loader__=_Source(job["pieces"][0][1]))
    sys.settrace, sys.setprofile = _none_only(sys.settrace), _none_only(sys.setprofile)
    sys.modules["__main__"] = module
    sys.argv = ["main.py"]
    sys.path.insert(0, os.getcwd())
    out: Any = sys.stdout
    out.reconfigure(line_buffering=True)  # what was printed is kept on a kill
    vars(builtins).update(exit=sys.exit, quit=sys.exit)
    _write_files(job["files"])
    pieces = job["pieces"]
    sources = {f"<{name}>" if name != "main" else "main.py": text for name, text in pieces}
    if job["mode"] == "values":
        sys.path.append(os.path.dirname(__file__))
        from values import serve  # type: ignore[import-not-found]

        sys.path.pop()
        sys.addaudithook(_trip_wire())
        return int(serve(_message, request, reply, pieces[0][1], module.__dict__))
    try:
        compiled = [compile(text, name, "exec", dont_inherit=True) for name, text in sources.items()]
        import _thread

        _thread.stack_size(2 << 20)
        sys.addaudithook(_trip_wire())
        deque(maxlen=0).extend(map(call, _proven(compiled, module.__dict__, request, reply)))
    except BaseException as problem:
        return _told(problem, sources)
    return _wind_up()


def _message(descriptor: int) -> bytes:
    """One message: 4 bytes of length, then that many bytes."""
    return _exactly(descriptor, int.from_bytes(_exactly(descriptor, 4), "big"))


def _exactly(descriptor: int, size: int) -> bytes:
    parts = []
    while size:
        part = os.read(descriptor, min(size, 1 << 20))
        if not part:
            os._exit(126)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _write_files(files: dict[str, bytes]) -> None:
    for name, body in files.items():
        folder = os.path.dirname(name)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(name, "wb") as file:
            file.write(body)


def _proven(compiled: list[Any], names: dict[str, Any], request: int, reply: int) -> Any:
    """Each piece of code, then the sending of its token. The tokens stand nowhere but in these C objects."""
    return iter([
        step
        for code in compiled
        for step in (partial(exec, code, names), partial(os.write, reply, _exactly(request, 16)))
    ])  # fmt: skip


def _told(problem: BaseException, sources: dict[str, str]) -> int:
    """Write the traceback, with the lines of the code and without ours; the exit code that Python would give."""
    if isinstance(problem, SystemExit):
        code = problem.code
        if code is not None and not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
        return _wind_up() or (code or 0) & 0xFF
    import linecache
    import traceback

    for name, text in sources.items():
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    trace = problem.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    traceback.print_exception(type(problem), problem, trace, limit=-20)
    _wind_up()
    return 1


def _wind_up() -> int:
    """What Python does at its end: wait for threads, call exit handlers, flush."""
    threads = sys.modules.get("threading")
    if threads is not None:
        threads._shutdown()
    handlers = sys.modules.get("atexit")
    if handlers is not None:
        handlers._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass
    return 0


if __name__ == "__main__":
    code = 1
    try:
        code = main(int(sys.argv[1]), int(sys.argv[2]))
    finally:
        os._exit(code)
