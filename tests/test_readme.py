"""What the README shows runs as it stands.

All Python blocks run in order in one process, as a reader would paste them, on the built-in model. A block whose line
before is `<!-- needs: … -->` is left out with that reason. Commands in shell blocks must exist with their options.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
_BLOCK = re.compile(
    r"^(?:<!-- needs: (?P<needs>.+?) -->\n)?```(?P<language>\w*)\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE
)


def blocks(*languages: str) -> list[str]:
    return [m["code"] for m in _BLOCK.finditer(README) if m["language"] in languages and not m["needs"]]


def commands(program: str) -> list[list[str]]:
    """Every line of a shell block that starts this program, as words."""
    lines = "\n".join(blocks("bash", "sh", "console", "")).replace("\\\n", " ").splitlines()
    words = [shlex.split(line.removeprefix("$ "), comments=True) for line in lines if program in line]
    return [line for line in words if line[: len(program.split())] == program.split()]


@pytest.mark.timeout(240)
def test_the_python_blocks_run(own_home: Path) -> None:
    code = "\n".join(blocks("python"))
    if not code:
        pytest.skip("the README shows no Python yet")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=own_home, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_dev_command_exists() -> None:
    usage = subprocess.run(
        [sys.executable, ROOT / "dev.py", "--help"], capture_output=True, text=True, timeout=30, check=True
    ).stdout
    shown = commands("python3 dev.py")
    assert {"run", "test"} <= {line[2] for line in shown}, "the first screen shows the two commands"
    for line in shown:
        assert f"dev.py {line[2]}" in usage


def test_every_command_line_exists_with_its_options() -> None:
    for line in commands("purpose-agent"):
        name = line[1:2] if line[1:] and not line[1].startswith("-") else []
        done = subprocess.run(
            [sys.executable, "-m", "purpose_agent", *name, "--help"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(line)}: {done.stderr}"
        for word in line[2:]:
            if word.startswith("--"):
                assert word.partition("=")[0] in done.stdout, f"{word} in: {' '.join(line)}"
