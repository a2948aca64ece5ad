"""`dev.py` sets up from a bare Python, once, and says in a sentence what is missing."""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def dev(tmp_path: Path) -> ModuleType:
    """The script as a module, at work in a project folder of its own."""
    spec = importlib.util.spec_from_file_location("dev_under_test", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "pyproject.toml").write_text("[project]")
    (tmp_path / "requirements.lock").write_text("uv==1 \\\n    --hash=sha256:aa\nzipp==4\n")
    module.ROOT, module.LOCK = tmp_path, tmp_path / "requirements.lock"
    module.VENV, module.STAMP = tmp_path / ".venv", tmp_path / ".venv/purpose-agent.stamp"
    module.PYTHON = tmp_path / ".venv/bin/python"
    return module


def test_an_older_python_is_told_which_one_is_needed() -> None:
    code = (
        "import sys, runpy; sys.version_info = (3, 9, 2); sys.version = '3.9.2 (old)'; sys.argv = ['dev.py', 'run'];"
        f"runpy.run_path({str(ROOT / 'dev.py')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer; this is 3.9.2" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_python_without_venv_is_told_what_to_install(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name))
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        dev.make_venv()


def test_the_second_start_installs_nothing_and_a_changed_lock_installs_again(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []

    def make_venv() -> None:
        dev.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        dev.PYTHON.touch()

    monkeypatch.setattr(dev, "make_venv", make_venv)
    monkeypatch.setattr(dev, "install_locked", lambda: installed.append(dev.LOCK.read_text()))
    dev.set_up()
    dev.set_up()
    assert len(installed) == 1
    dev.LOCK.write_text("zipp==5\n")
    dev.set_up()
    assert len(installed) == 2


def test_a_set_up_that_broke_off_is_done_again(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    dev.PYTHON.parent.mkdir(parents=True)
    dev.PYTHON.touch()

    def breaks() -> None:
        raise subprocess.CalledProcessError(1, ["uv"])

    monkeypatch.setattr(dev, "make_venv", lambda: None)
    monkeypatch.setattr(dev, "install_locked", breaks)
    with pytest.raises(subprocess.CalledProcessError):
        dev.set_up()
    assert not dev.is_set_up()


def test_uv_itself_is_taken_from_the_lock_with_its_hashes(dev: ModuleType) -> None:
    assert dev.locked_lines("uv") == "uv==1 \\\n    --hash=sha256:aa\n"
    assert dev.locked_lines("nothing") == ""


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), ([], 2), (["fly"], 2)])
def test_a_wrong_command_shows_the_right_ones(arguments: list[str], code: int) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "dev.py", *arguments], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == code
    assert "python3 dev.py run" in done.stdout + done.stderr


def test_the_lock_names_exact_versions_with_hashes_and_no_index() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    assert "index" not in text
    blocks = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
    assert len(blocks) > 50
    for block in blocks:
        assert re.match(r"[a-z0-9._-]+==\S+", block), block[:80]
        assert "--hash=sha256:" in block, block[:80]


def test_the_lock_has_every_requirement_of_the_project() -> None:
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[<>=\[; ]", line)[0].lower().replace("_", "-") for line in wanted}
    assert names <= locked, "run: python3 dev.py lock"


def test_ci_runs_the_checks_and_the_tests_with_a_browser() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    assert "PURPOSE_AGENT_REQUIRE_BROWSER=1" in script.read_text()
