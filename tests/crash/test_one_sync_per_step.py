import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.storage.samples import ENVIRONMENT

PROGRAM = str(Path(__file__).with_name("append_steps.py"))


@pytest.mark.crash
@pytest.mark.skipif(shutil.which("strace") is None, reason="syncs are counted by strace, which is not installed")
def test_a_step_costs_exactly_one_sync(tmp_path: Path) -> None:
    before = _syncs(tmp_path / "few", 10)
    assert _syncs(tmp_path / "many", 510) - before == 500


def _syncs(home: Path, steps: int) -> int:
    trace = home.with_suffix(".strace")
    traced = ["strace", "-f", "-e", "trace=fsync,fdatasync,sync_file_range,msync", "-o", str(trace)]
    done = subprocess.run(
        [*traced, sys.executable, PROGRAM, str(home), str(steps)],
        env=ENVIRONMENT,
        timeout=100,
        check=False,
        capture_output=True,
        text=True,
    )
    if "ptrace" in done.stderr:
        pytest.skip("this machine does not allow tracing")
    assert done.returncode == 0, done.stderr
    return len(re.findall(r"^\d+ +(?:fsync|fdatasync|sync_file_range|msync)\(", trace.read_text(), re.MULTILINE))
