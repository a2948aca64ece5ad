"""Code that pretends to have come to its end, or to have passed a test, does not get away with it."""

import pytest

from purpose_agent.sandbox.run import run_python
from purpose_agent.sandbox.tests import run_tests

_CHECK = "\n\nassert solve(3) == 9\nCHECKED = True\n"

_LEAVES = "def solve(x): return None\n"
_FORGERIES = {
    "leaves with status 0": "import sys\nsys.exit(0)",
    "leaves through the kernel": "import os\nos._exit(0)",
    "an exit handler hides the failure": "import atexit, os\natexit.register(os._exit, 0)",
    "writes to every descriptor": """
import os
for fd in range(1, 64):
    for message in (b"PASS", bytes(16), b'{"ok": true}'):
        try: os.write(fd, message)
        except OSError: pass
os._exit(0)""",
    "reads every descriptor and writes it back": """
import os
seen = b""
for fd in range(3, 64):
    try:
        os.set_blocking(fd, False)
        seen += os.read(fd, 4096)
    except OSError: pass
for fd in range(3, 64):
    try: os.write(fd, seen)
    except OSError: pass
os._exit(0)""",
    "searches the objects of the collector": """
import functools, gc
for thing in gc.get_objects():
    if isinstance(thing, functools.partial): thing()
import os
os._exit(0)""",
    "searches through gc.get_referents": """
import gc, sys, functools
frame = sys._getframe()
while frame:
    for thing in gc.get_referents(frame):
        if isinstance(thing, functools.partial) and "write" in repr(thing): thing()
    frame = frame.f_back
import os
os._exit(0)""",
    "walks the frames below and calls what it finds": """
import os, sys, functools
def spread(thing, depth):
    if isinstance(thing, functools.partial) and "write" in repr(thing.func): thing()
    if depth and isinstance(thing, dict):
        for part in list(thing.values()): spread(part, depth - 1)
    elif depth and isinstance(thing, (list, tuple, set)):
        for part in thing: spread(part, depth - 1)
    elif depth and type(thing).__name__ in ("list_iterator", "map"): spread(list(thing), depth - 1)
frame = sys._getframe().f_back
while frame:
    spread(dict(frame.f_locals), 3)
    spread({k: v for k, v in frame.f_globals.items() if k != "__builtins__"}, 3)
    spread(frame.f_code.co_consts, 3)
    frame = frame.f_back
os._exit(0)""",
    "walks the frames of other threads": """
import os, sys
for frame in sys._current_frames().values(): print(frame.f_locals)
os._exit(0)""",
    "jumps over the check by tracing": """
import sys
def jump(frame, event, arg):
    if event == "line" and frame.f_code.co_name == "<module>" and "CHECKED" not in frame.f_globals:
        try: frame.f_lineno = frame.f_lineno + 1
        except ValueError: pass
    return jump
sys._getframe().f_trace = jump
sys.settrace(jump)""",
    "takes ctypes back from the classes that are loaded": """
names = {c.__name__: c for c in object.__subclasses__()}
assert not any("CFuncPtr" in n or "_CData" in n for n in names)
import ctypes""",
    "reads its own memory": "open('/proc/self/mem', 'rb').read(1)",
    "makes a code object by hand": "f = (lambda: 0).__code__\nf.replace(co_code=b'\\0\\0')",
    "starts another interpreter": """
try: import _interpreters as it
except ImportError: import _xxsubinterpreters as it
it.create()""",
    "replaces what the builtins do": """
import builtins
builtins.AssertionError = SystemExit
builtins.exec = builtins.compile = lambda *a, **k: None
raise SystemExit(0)""",
    "swallows the error by an exception hook": """
import sys
sys.excepthook = lambda *a: None
sys.stderr = sys.stdout
raise ValueError""",
    "takes the hook apart through its traceback": """
import gc
try: gc.get_objects()
except PermissionError as problem:
    frame = problem.__traceback__.tb_next.tb_frame
    for place in (frame.f_locals, frame.f_globals):
        for name in list(place):
            try: place[name] = frozenset()
            except Exception: pass
import functools
for thing in gc.get_objects():
    if isinstance(thing, functools.partial): thing()
import os
os._exit(0)""",
}  # fmt: skip


@pytest.mark.parametrize("forgery", _FORGERIES.values(), ids=list(_FORGERIES))
def test_a_run_that_did_not_come_to_its_end_is_not_called_complete(forgery: str) -> None:
    result = run_python(_LEAVES + forgery + _CHECK)
    assert not result.completed
    assert not result.ok
    assert result.error


_LYING = {
    "an object equal to everything": """
class Any(int):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = int.__hash__
def solve(x): return Any(0)""",
    "an object that is no number at all": """
class Any:
    def __eq__(self, other): return True
def solve(x): return Any()""",
    "a list of such objects": """
class Any:
    def __eq__(self, other): return True
def solve(x): return [Any()]""",
    "builtins that always agree": """
import builtins
builtins.abs = builtins.len = lambda *a: 0
builtins.all = builtins.isinstance = lambda *a: True
builtins.sorted = lambda *a, **k: []
def solve(x): return None""",
    "writes a made-up answer first": """
import os
def solve(x):
    body = b'{"value": true}'
    for fd in range(3, 32):
        try: os.write(fd, len(body).to_bytes(4, "big") + body)
        except OSError: pass
    return None""",
    "an answer that is no value": """
import os
def solve(x):
    for fd in range(3, 32):
        try: os.write(fd, b"\\xff" * 64)
        except OSError: pass""",
    "leaves": "def solve(x):\n    import os\n    os._exit(0)",
    "returns True": "def solve(x): return True",
}
_ASSERTS = [
    "assert solve(3) == 9",
    "assert solve(3) in (9, 10)",
    "assert [solve(3)] == [9]",
    "assert abs(solve(3) - 9) < 1e-9",
    "assert len(solve(3)) == 2",
    "assert all(solve(i) == i ** 2 for i in range(2, 5))",
    "expected = [4, 9]\nassert [solve(2), solve(3)] == expected",
    "assert sorted([solve(3), solve(2)]) == [4, 9]",
    "assert isinstance(solve(3), str)",
    "assert solve(3) == 3 ** 2",
    "assert solve('a') == 'a'.upper()",
]


@pytest.mark.parametrize("code", _LYING.values(), ids=list(_LYING))
def test_a_test_that_does_not_hold_is_not_passed_by_lying(code: str) -> None:
    report = run_tests(code, _ASSERTS, timeout_s=10)
    assert report.passed == 0
    assert all(outcome.judged == "outside" for outcome in report.results)


def test_what_a_test_expects_is_never_told_to_the_code_that_is_tested() -> None:
    spy = """
import sys
seen = []
sys.addaudithook(lambda event, args: seen.append(str(args)) if event in ("compile", "exec") else None)
def solve(x): return "|".join(seen)
"""
    report = run_tests(
        spy, ["expected = 'the-' + 'secret'\nassert solve(1) == 'secret' * 1", "assert solve(1) == 'hidden'"]
    )
    assert report.passed == 0
    assert "solve(1)" in report.results[1].message
    assert "hidden" not in report.results[1].message.split("; the test asks for")[0]
