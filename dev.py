#!/usr/bin/env python3
"""Set up, run, test, check and lock Purpose Agent, with nothing but Python 3.11 or newer.

    python3 dev.py run [--port N] [--home DIR]   open the app in the browser
    python3 dev.py test [pytest arguments]       run the tests
    python3 dev.py check                         format, lint, types, import contracts
    python3 dev.py lock [--upgrade]              write requirements.lock anew from pyproject.toml

The first start makes `.venv` and installs exactly what requirements.lock holds, every file checked by its hash; uv
does it, or pip where uv cannot. A stamp of pyproject.toml and requirements.lock lets the next start install nothing.
There is one lock for the app and its tests: splitting it would save a first start a few seconds and cost a second
file that can drift. The syntax stays readable for old Pythons, so that they can be told in a sentence.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - the one file that an older Python may be asked to run
    sys.exit(
        f"Purpose Agent needs Python 3.11 or newer; this is {sys.version.split()[0]}. "
        "Install a newer Python and start dev.py with it, for example: python3.12 dev.py run"
    )

from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "purpose-agent.stamp"
MOST_WORKERS = 4
CHECKS = ("ruff check .", "ruff format --check .", "mypy", "lint-imports --no-logo")


def main(arguments: list[str]) -> int:
    commands = {"run": run, "test": test, "check": check, "lock": lock}
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if name not in commands:
        print(__doc__, file=sys.stdout if name in ("-h", "--help") else sys.stderr)
        return 0 if name in ("-h", "--help") else 2
    try:
        return commands[name](rest)
    except subprocess.CalledProcessError as error:
        command = " ".join(str(part) for part in error.cmd)
        print(f"\nThis command did not work: {command}\nIts own words stand above. Nothing is lost; mend that and "
              "start dev.py again.", file=sys.stderr)  # fmt: skip
        return 1
    except KeyboardInterrupt:
        return 130


def run(arguments: list[str]) -> int:
    set_up()
    return hand_over(PYTHON, "-m", "purpose_agent", "ui", *arguments)


def test(arguments: list[str]) -> int:
    """What is named; else all: first by several processes, a file in each, then what drives a browser, by itself.

    A browser and an app take all that two cores have; beside other work a person's press would come too late.
    """
    set_up()
    os.chdir(ROOT)
    if arguments:
        return hand_over(PYTHON, "-m", "pytest", *arguments)
    workers = str(min(MOST_WORKERS, os.cpu_count() or 1))
    # In the order of the folders: the longest files, with few tests in each, come early and leave no process idle late.
    together = ("--ignore=tests/browser", "-n", workers, "--dist", "loadfile", "--no-loadscope-reorder")
    parts = (together, ("tests/browser",))
    ended = [subprocess.run([PYTHON, "-m", "pytest", *part], check=False).returncode for part in parts]
    return next(filter(None, ended), 0)


def check(_: list[str]) -> int:
    """Run all the checks, also after one has failed, so that one start shows everything."""
    set_up()
    failed = []
    for line in CHECKS:
        program, *rest = line.split()
        if subprocess.run([SCRIPTS / program, *rest], cwd=ROOT, check=False).returncode:
            failed.append(line)
    print(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def lock(arguments: list[str]) -> int:
    """Hashes for Python 3.11 and newer on every platform; no index address, so any mirror serves it."""
    make_venv()
    if not bootstrap_uv():
        sys.exit("uv writes the lock, and pip could not install it. Check the network and start dev.py again.")
    options = "--quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate"
    header = ("--custom-compile-command", "python3 dev.py lock")
    call(PYTHON, "-m", "uv", "pip", "compile", "pyproject.toml", "--group", "dev",
         "--output-file", LOCK.name, *header, *options.split(), *arguments)  # fmt: skip
    set_up()
    return 0


def set_up() -> None:
    """Make `.venv` hold what the lock says. Costs a few ms when it already does."""
    if is_set_up():
        return
    with one_at_a_time():
        if is_set_up():
            return
        make_venv()
        STAMP.unlink(missing_ok=True)
        install_locked()
        STAMP.write_text(wanted_stamp())


def is_set_up() -> bool:
    return PYTHON.exists() and STAMP.is_file() and STAMP.read_text() == wanted_stamp()


def wanted_stamp() -> str:
    digest = hashlib.sha256()
    for path in (ROOT / "pyproject.toml", LOCK):
        digest.update(path.read_bytes() if path.exists() else b"")
    return f"{digest.hexdigest()} {ROOT}\n"


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let `run` and `test` be started together on a fresh clone: the second waits for the first's set-up."""
    try:
        import fcntl  # not there on Windows
    except ImportError:
        yield
        return
    with (ROOT / ".venv.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make_venv() -> None:
    if PYTHON.exists() and answers(PYTHON, "-m", "pip", "--version"):
        return
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(
            f"This Python comes without {' and '.join(missing)}, which make the project's own environment. "
            "On Debian and Ubuntu: sudo apt install python3-venv. Then start dev.py again."
        )
    print(f"Setting up in {VENV} (once; about 1 GB of libraries) …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    call(sys.executable, "-m", "venv", VENV)


def install_locked() -> None:
    """Everything in the lock, then the project itself, editable, without asking for anything more."""
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet"]
    uv: list[str | Path] = [PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON]
    locked: list[str | Path] = ["--require-hashes", "--requirement", LOCK]
    install = uv
    if not (bootstrap_uv() and succeeds(*uv, *locked)):  # uv may be refused where pip has a mirror of its own
        print("uv could not do it here; pip does it instead, more slowly …", flush=True)
        install = pip
        call(*pip, *locked)
    call(*install, "--no-deps", "--no-build-isolation", "--editable", ROOT)


def bootstrap_uv() -> bool:
    """Put uv into `.venv` by pip, the locked one, checked by its hashes like everything else."""
    if answers(PYTHON, "-m", "uv", "--version"):
        return True
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "uv.lock.txt"
        wanted.write_text(locked_lines("uv") or "uv\n")
        return answers(PYTHON, "-m", "pip", "install", "--quiet", "--requirement", wanted)


def locked_lines(name: str) -> str:
    """The lines of one package in the lock, its hashes with it; empty when it is not there."""
    text = LOCK.read_text() if LOCK.exists() else ""
    for block in re.split(r"\n(?=\S)", text):
        if block.startswith(f"{name}=="):
            return block + "\n"
    return ""


def answers(*command: "str | Path") -> bool:
    """Whether the command works; what it prints is of no interest."""
    return subprocess.run([str(part) for part in command], check=False, capture_output=True).returncode == 0


def succeeds(*command: "str | Path") -> bool:
    """Whether the command works; its words are shown."""
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode == 0


def hand_over(*command: "str | Path") -> int:
    """Become the command, so that signals and the exit code are its own; Windows can only wait for a child."""
    parts = [str(part) for part in command]
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(parts[0], parts)
    return subprocess.run(parts, check=False).returncode


def call(*command: "str | Path") -> None:
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
