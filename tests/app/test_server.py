"""The launcher: this computer only, statistics off, the next free port, a sentence when the workspace is taken."""

import socket
import sys
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path

from app.server import HOST, PortsTaken, free_port, keep_import_path, launch_config, serve
from purpose_agent.resources import resource_root


def test_the_server_answers_this_computer_only_and_reports_to_nobody() -> None:
    config = launch_config(8600)
    assert config["server.address"] == "127.0.0.1"
    assert config["server.allowedHosts"] == ["localhost", "127.0.0.1"]
    assert config["browser.gatherUsageStats"] is False
    assert config["runner.magicEnabled"] is False
    assert config["client.toolbarMode"] == "viewer"
    assert config["theme.light.primaryColor"] != config["theme.dark.primaryColor"]


def test_every_setting_in_our_config_file_is_known_to_streamlit() -> None:
    from streamlit import config as streamlit_config

    assert [name for name in launch_config(8600) if name not in streamlit_config.get_config_options()] == []


def test_a_port_in_use_is_passed_over_for_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port(port) < port + 50


def test_when_no_port_is_free_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.server._PORTS_TRIED", 1)
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        with pytest.raises(PortsTaken, match="in use"):
            free_port(taken.getsockname()[1])


def test_a_file_in_the_place_of_the_workspace_is_told_before_a_server_starts(tmp_path: Path) -> None:
    from purpose_agent.storage.errors import NotAWorkspace

    (tmp_path / "taken").write_text("x")
    with pytest.raises(NotAWorkspace):
        serve(tmp_path / "taken", 8600, open_browser=False)


def test_a_drawing_leaves_the_import_path_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    script = resource_root() / "app" / "main.py"
    keep_import_path(script)
    before = list(sys.path)
    with modified_sys_path(str(script)):
        assert sys.path == before
    assert sys.path == before
