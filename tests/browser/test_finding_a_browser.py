"""Which browser the journeys take, and what is said when there is none."""

from pathlib import Path

import pytest

from tests.browser.finding import NoBrowser, find_browser


def program(path: Path) -> str:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_the_named_browser_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, own = program(tmp_path / "named"), program(tmp_path / "own")
    monkeypatch.setenv("PURPOSE_AGENT_BROWSER", named)
    assert find_browser(own) == named


def test_a_named_browser_that_is_not_there_is_no_reason_to_take_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURPOSE_AGENT_BROWSER", "/nowhere/browser")
    with pytest.raises(NoBrowser, match="/nowhere/browser"):
        find_browser("")


def test_then_playwrights_own_then_one_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PURPOSE_AGENT_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    on_path, own = program(tmp_path / "chromium"), program(tmp_path / "own")
    assert find_browser(own) == own
    assert find_browser(str(tmp_path / "missing")) == on_path


def test_without_any_and_without_leave_to_download_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PURPOSE_AGENT_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PURPOSE_AGENT_NO_DOWNLOAD", "1")
    with pytest.raises(NoBrowser, match="NO_DOWNLOAD"):
        find_browser(str(tmp_path / "missing"))
