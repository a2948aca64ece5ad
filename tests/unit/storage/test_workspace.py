import subprocess
import sys
from pathlib import Path

import pytest

from purpose_agent.storage.errors import WorkspaceError
from purpose_agent.storage.workspace import Workspace
from tests.unit.storage.samples import ENVIRONMENT, write_run


def test_a_workspace_keeps_what_was_put_into_it(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "new" / "folder")
    write_run(workspace.journal, "r")
    workspace.set_setting("theme", {"dark": True})
    workspace.close()
    workspace = Workspace.open(tmp_path / "new" / "folder")
    assert len(workspace.events("r")) == 18
    assert workspace.setting("theme") == {"dark": True}
    assert workspace.setting("unknown", "default") == "default"
    assert workspace.notices == []
    workspace.close()


def test_the_folder_comes_from_the_environment_unless_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PURPOSE_AGENT_HOME", str(tmp_path / "named"))
    named, given = Workspace.open(), Workspace.open(tmp_path / "given")
    assert named.home == tmp_path / "named"
    assert given.home == tmp_path / "given"
    assert (named.home / "journal.sqlite").exists()
    named.close()
    given.close()


def test_without_either_it_is_the_platforms_folder_for_user_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PURPOSE_AGENT_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    workspace = Workspace.open()
    assert tmp_path in workspace.home.parents
    workspace.close()


def test_opening_is_cheap_and_takes_nothing_from_anybody(tmp_path: Path) -> None:
    program = (
        "import sys; from purpose_agent.storage.workspace import Workspace; w = Workspace.open(sys.argv[1]);"
        "heavy = {'duckdb', 'psutil', 'streamlit'} & set(sys.modules); print(heavy or 'light'); w.close()"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path)]
    told = subprocess.run(arguments, capture_output=True, text=True, env=ENVIRONMENT, timeout=60, check=True)
    assert told.stdout == "light\n"
    assert not (tmp_path / "purpose.duckdb").exists()


def test_only_the_owner_announces_an_address(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    with pytest.raises(WorkspaceError, match="owns"):
        workspace.announce("http://127.0.0.1:8501")
    workspace.trajectories()
    assert workspace.is_owner
    workspace.announce("http://127.0.0.1:8501")
    assert "8501" in (tmp_path / "owner.json").read_text("utf-8")
    workspace.close()
    workspace.close()
    assert not (tmp_path / "owner.json").exists()


def test_a_program_that_forgets_to_close_still_ends_and_loses_nothing(tmp_path: Path) -> None:
    program = (
        "import sys; from purpose_agent.storage.workspace import Workspace\n"
        "from tests.unit.storage.samples import write_run\n"
        "w = Workspace.open(sys.argv[1]); w.trajectories(); write_run(w.journal, 'r')"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path)]
    subprocess.run(arguments, env=ENVIRONMENT, timeout=60, check=True)
    workspace = Workspace.open(tmp_path)
    assert len(workspace.events("r")) == 18
    store = workspace.trajectories()
    store.settle()
    assert store.count(status="done") == 1
    workspace.close()
