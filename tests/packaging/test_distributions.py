"""Wheel and sdist carry the app, its pages and the shipped data, and an installed command works from anywhere."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import purpose_agent

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel and an sdist, built from the checkout with the locked hatchling, with no network."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return out


@pytest.fixture(scope="module")
def wheel_names(built: Path) -> set[str]:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        return set(wheel.namelist())


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with only the wheel in it; the libraries are lent by this one through a .pth file."""
    venv = tmp_path_factory.mktemp("venv")
    wheel = next(built.glob("*.whl"))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, timeout=60)
    python = venv / "bin/python"
    install = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--offline",
        "--no-deps",
        "--python",
        str(python),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True, timeout=60)
    libraries = {str(Path(entry)) for entry in sys.path if entry.endswith("site-packages")}
    (next(venv.glob("lib/python*/site-packages")) / "zz_lent.pth").write_text("\n".join(sorted(libraries)))
    return venv


def test_the_wheel_carries_every_file_that_the_app_needs(wheel_names: set[str]) -> None:
    wanted = {f"purpose_agent/_bundle/{path}" for path in shipped("app", "pages", "data")}
    assert wanted, "app, pages and data are part of the project"
    assert wanted <= wheel_names
    assert "purpose_agent/_bundle/app/.streamlit/config.toml" in wheel_names


def test_the_wheel_carries_the_engine_and_nothing_of_the_workshop(wheel_names: set[str]) -> None:
    engine = {str(Path(path).relative_to("engine")) for path in shipped("engine/purpose_agent")}
    assert engine <= wheel_names
    assert not [name for name in wheel_names if name.startswith(("tests/", ".ci/", "dev.py")) or "__pycache__" in name]
    assert any(name.endswith("licenses/LICENSE") for name in wheel_names)


def test_the_sdist_holds_all_that_a_build_and_its_tests_need(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    wanted = {"pyproject.toml", "requirements.lock", "dev.py", "LICENSE", "README.md", ".streamlit/config.toml"}
    assert wanted | set(shipped("app", "pages", "data", "engine", "tests")) <= names


def test_an_installed_command_runs_from_any_folder(installed: Path, tmp_path: Path) -> None:
    done = run_installed(installed, tmp_path, str(installed / "bin/purpose-agent"), "--version")
    assert done.stdout.split() == ["purpose-agent", purpose_agent.__version__]


def test_an_installed_package_finds_its_own_app_and_samples(installed: Path, tmp_path: Path) -> None:
    code = "from purpose_agent.resources import resource_root as r; print(r()); print((r() / 'app/main.py').is_file())"
    done = run_installed(installed, tmp_path, str(installed / "bin/python"), "-c", code)
    root, found = done.stdout.splitlines()
    assert Path(root).is_relative_to(installed)
    assert found == "True"


def test_the_editable_install_reads_the_checkout() -> None:
    if not (ROOT / "engine/purpose_agent").samefile(Path(purpose_agent.__file__).parent):
        pytest.skip("this environment holds another copy of the package")
    from purpose_agent.resources import resource_root

    assert resource_root() == ROOT


def shipped(*folders: str) -> list[str]:
    """The files of these folders that git knows or would take, by their path in the checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout, so there is no list of files to compare with")
    return [path for path in done.stdout.splitlines() if (ROOT / path).is_file()]


def run_installed(venv: Path, cwd: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def test_search_by_meaning_works_from_the_installed_package(installed: Path, tmp_path: Path) -> None:
    code = (
        "from purpose_agent.models.embedding.choose import shipped_embedder as model;"
        "a, b = model().embed(['an empty list', 'a list without elements']); print(float(a @ b) > 0.5)"
    )
    done = run_installed(installed, tmp_path, str(installed / "bin/python"), "-c", code)
    assert done.stdout.split() == ["True"], done.stderr
