"""What a killed host left behind is removed by the next one, and nothing else is."""

import os
import subprocess
import sys
import time
from pathlib import Path

from purpose_agent.sandbox.leftovers import sweep


def test_only_old_folders_of_processes_that_are_gone_are_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    long_ago = time.time() - 7200
    for name in (f"{ended.pid}-old", f"{ended.pid}-new", f"{os.getpid()}-old", "odd-name"):
        folder = tmp_path / f"purpose-agent-code-{name}"
        folder.mkdir()
        if not name.endswith("new"):
            os.utime(folder, (long_ago, long_ago))
    sweep(str(tmp_path))
    assert sorted(path.name.removeprefix("purpose-agent-code-") for path in tmp_path.iterdir()) == sorted([
        f"{ended.pid}-new", f"{os.getpid()}-old", "odd-name",
    ])  # fmt: skip
