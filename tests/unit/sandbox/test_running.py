"""Code runs behind walls, and however it ends a person is told in a sentence."""

import asyncio
import os
import threading
import time
from pathlib import Path

import pytest

from purpose_agent.sandbox import probe as probe_module
from purpose_agent.sandbox.errors import SandboxOff
from purpose_agent.sandbox.probe import Wall, Walls, probe
from purpose_agent.sandbox.run import MAX_CODE_CHARS, arun_python, run_python
from purpose_agent.sandbox.session import SandboxLimits
from purpose_agent.sandbox.tests import arun_tests

walled = pytest.mark.skipif(not probe().holds, reason="no wall holds on this machine: " + " ".join(probe().describe()))
pytestmark = walled


def test_a_program_gets_its_input_its_files_and_gives_its_output() -> None:
    result = run_python(
        "import sys, helper\n"
        "print(input().upper(), helper.VALUE, open('data/a.bin', 'rb').read())\n"
        "print('e', file=sys.stderr)",
        stdin="hello\n",
        files={"helper.py": b"VALUE = 7", "data/a.bin": b"\x00\xff"},
    )
    assert (result.stdout, result.stderr, result.error) == ("HELLO 7 b'\\x00\\xff'\n", "e\n", "")
    assert result.ok
    assert result.completed


@pytest.mark.parametrize("name", ["../x", "/etc/x", "", "a/../../x", "..\\x"])
def test_files_cannot_be_named_out_of_the_working_folder(name: str) -> None:
    with pytest.raises(ValueError, match="working folder"):
        run_python("1", files={name: b""})


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("def f(:", "SyntaxError: invalid syntax"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(0)", "The code left with status 0 before its end."),
        ("import os; os._exit(3)", "The code left with status 3 before its end."),
        ("exit()", "The code left with status 0 before its end."),
        ("a = 1\0", "The code holds a NUL character, so it is not Python text."),
        ("x" * (MAX_CODE_CHARS + 1), "The code is too long to run (2,000,001 characters"),
        ("x = bytearray(b'x') * (2 << 30)", "The code needed more memory than it may use (768 MB)"),
        ("while True: print('y' * 100_000)", "The code was stopped: it printed more than 50 MB."),
        ("import os\nwhile True: os.fork()", "PermissionError: [Errno 1] Operation not permitted"),
        ("import ctypes", "ImportError: ctypes is off here: it could reach past the interpreter."),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import atexit, os\natexit.register(os._exit, 4)", "The code came to its end, but then left with status 4."),
        ("\ud800", "UnicodeEncodeError"),
        ("(" * 100_000, "SyntaxError: too many nested parentheses"),
    ],
)  # fmt: skip
def test_code_that_goes_wrong_ends_in_a_sentence(code: str, error: str) -> None:
    result = run_python(code, timeout_s=20)
    assert not result.ok
    assert result.error.startswith(error)
    assert len(result.stdout) <= 1_000_000


def test_a_loop_without_end_is_stopped_and_what_it_printed_is_kept() -> None:
    started = time.monotonic()
    result = run_python("print('begun')\nwhile True: pass", timeout_s=1)
    assert time.monotonic() - started < 4
    assert result.timed_out
    assert result.stdout == "begun\n"
    assert result.error == "The code was stopped: it ran longer than 1 s."


def test_output_is_cut_at_its_limit_and_said_to_be_cut() -> None:
    result = run_python("print('y' * 5_000)\nprint('end')", limits=SandboxLimits(output_bytes=1_000))
    assert result.ok
    assert result.truncated
    assert len(result.stdout) == 1_000


_USUAL = {
    "doctest": """
def f():
    '''
    >>> f()
    3
    '''
    return 3
import doctest
print(doctest.testmod().attempted == 1)""",
    "its own source": "import inspect\ndef f(): return 1\nprint(inspect.getsource(f) == 'def f(): return 1\\n')",
    "pickling its own classes": "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)",
    "time zones": "from zoneinfo import ZoneInfo\nprint(str(ZoneInfo('UTC')) == 'UTC')",
    "150 threads at once": """
import time
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(150) as pool: print(sum(pool.map(lambda n: (time.sleep(0.05), n)[1], range(150))) == 11175)""",
    "an alarm": "import signal\nsignal.signal(signal.SIGALRM, lambda *_: print(True))\nsignal.alarm(1)\nsignal.pause()",
    "moving files": "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').close()\nos.rename('a/b/c', 'd')\nprint(True)",
    "deep recursion": "import sys\nsys.setrecursionlimit(20000)\ndef f(n): return n and f(n - 1)\nprint(f(15000) == 0)",
    "unittest": "import unittest\nprint(unittest.main(exit=False).result.wasSuccessful())",
    "coroutines": "import asyncio\nasync def f(): return await asyncio.to_thread(bool, 1)\nprint(asyncio.run(f()))",
}


@pytest.mark.parametrize("code", _USUAL.values(), ids=list(_USUAL))
def test_what_usual_programs_do_works(code: str) -> None:
    result = run_python(code, timeout_s=20)
    assert result.ok, result.error
    assert result.stdout == "True\n"


def test_threads_are_waited_for_as_python_does() -> None:
    code = "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.1), print('later'))).start()"
    assert run_python(code).stdout == "later\n"


def test_a_traceback_shows_the_lines_of_the_code_and_none_of_ours() -> None:
    stderr = run_python("def f():\n    return 1 / 0\n\nf()").stderr
    assert 'File "main.py", line 4' in stderr
    assert "return 1 / 0" in stderr
    assert "inside.py" not in stderr


def test_the_program_sees_no_environment_and_no_descriptor_of_ours() -> None:
    code = """
import os
open_ones = []
for fd in range(64):
    try: os.fstat(fd); open_ones.append(fd)
    except OSError: pass
print(dict(os.environ), len(open_ones))
"""
    with Path(__file__).open() as ours:
        os.set_inheritable(ours.fileno(), True)
        assert run_python(code).stdout == "{} 5\n"  # three streams, the request and the reply pipe


def test_nothing_is_left_open_or_lying_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run_python("1")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for code in ("open('x', 'w').write('y')", "1 / 0", "import os; os._exit(1)", "while True: pass"):
        run_python(code, timeout_s=0.5, stdin="x" * 1_000_000)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert list(tmp_path.iterdir()) == []


def test_many_threads_may_run_code_at_once() -> None:
    outputs: dict[int, str] = {}

    def work(number: int) -> None:
        outputs[number] = run_python(f"print({number})", timeout_s=20).stdout

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outputs == {number: f"{number}\n" for number in range(4)}


async def _cancelled_after_a_moment(work: "asyncio.Task[object]") -> float:
    await asyncio.sleep(0.5)
    started = time.monotonic()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    return time.monotonic() - started


def test_cancelling_kills_the_process_at_once() -> None:
    async def run() -> float:
        return await _cancelled_after_a_moment(asyncio.create_task(arun_python("while True: pass", timeout_s=30)))

    async def tests() -> float:
        work = arun_tests("def f():\n    while True: pass", ["assert f() == 1", "assert f() == 2"], timeout_s=30)
        return await _cancelled_after_a_moment(asyncio.create_task(work))

    assert asyncio.run(run()) < 1
    assert asyncio.run(tests()) < 1


def test_where_no_wall_holds_code_is_off_until_the_person_turns_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Wall(verdict="does not hold", how="an attempt to read went through")
    monkeypatch.setattr(probe_module, "_found", [Walls(network=gone, files=gone, processes=gone, memory=gone)])
    with pytest.raises(SandboxOff) as caught:
        run_python("print(1)")
    assert "sandbox --allow" in caught.value.fix
    assert "Code can use the network here: an attempt to read went through." in caught.value.details
    assert run_python("print(1)", allow_unwalled=True).ok
