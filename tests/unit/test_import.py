"""`import purpose_agent` is quick, quiet and knows no screen; each claim is put to a fresh interpreter."""

import json
import subprocess
import sys
from typing import Any

import purpose_agent as pa

PROBE = """
import sys
seen = []
def hook(name, args):
    if name.startswith(("socket.", "subprocess.", "os.mkdir", "os.remove", "os.rename", "sqlite3.", "shutil.")):
        seen.append(name)
    elif name == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        seen.append(f"open {args[0]}")
    elif name == "open" and isinstance(args[0], str) and not args[0].endswith((".py", ".pyc")):
        seen.append(f"read {args[0]}")
sys.addaudithook(hook)
CODE
report = {"seen": list(seen), "modules": sorted(sys.modules)}
import json
print(json.dumps(report))
"""


def in_fresh_interpreter(code: str) -> dict[str, Any]:
    """What the code did to the machine, and which modules stood then. `-B`: Python's own cache is no file of ours."""
    command = [sys.executable, "-B", "-c", PROBE.replace("CODE", code)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_importing_the_package_touches_no_file_and_no_network() -> None:
    assert in_fresh_interpreter("import purpose_agent")["seen"] == []


def test_importing_the_package_loads_no_screen_store_or_client() -> None:
    heavy = {"streamlit", "duckdb", "httpx", "ollama", "plotly", "pandas", "pydantic", "msgspec", "keyring"}
    assert heavy.isdisjoint(in_fresh_interpreter("import purpose_agent")["modules"])


def test_reaching_for_a_team_loads_no_screen_store_or_client() -> None:
    report = in_fresh_interpreter("import purpose_agent as pa; pa.purpose, pa.Spark, pa.resolve_backend")
    assert {"streamlit", "duckdb", "httpx", "ollama", "plotly", "pandas", "keyring"}.isdisjoint(report["modules"])
    assert report["seen"] == []


def test_every_public_name_is_there() -> None:
    for name in pa.__all__:
        assert getattr(pa, name) is not None, name
    assert sorted(pa._HOMES) == pa.__all__
    assert set(pa.__all__) <= set(dir(pa))


def test_a_name_that_is_not_there_says_so() -> None:
    assert not hasattr(pa, "swarmm")
