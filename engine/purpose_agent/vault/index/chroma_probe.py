"""Whether a folder of Chroma's can be trusted, found out without risk to this process.

Its native code can bring the process down when a file of vectors was cut short (seen with 1.5.9), and answers from a
folder that lost its vectors as if they had never been. So a folder that was closed in order is known by the sizes and
times of its files; any other (a killed process, a copy, a full disk) is tried in a process of its own, in about 2 s.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_PROBES = 20
_NEAR = 10
_TIMEOUT_S = 120.0


def is_sound(folder: Path) -> bool:
    """True for a folder that is new, was closed in order, or answers when it is tried."""
    if not (folder / "chroma.sqlite3").exists() or _read(_mark(folder)) == _state(folder):
        return True
    command = [sys.executable, "-m", "purpose_agent.vault.index.chroma_probe", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def mark_open(folder: Path) -> None:
    """From now on nothing is certain."""
    _mark(folder).unlink(missing_ok=True)


def mark_closed(folder: Path) -> None:
    """To be called once nothing writes any more."""
    _mark(folder).write_text(json.dumps(_state(folder)))


def _mark(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.closed")


def _read(mark: Path) -> object:
    try:
        return json.loads(mark.read_text())
    except (OSError, ValueError):
        return None


def _state(folder: Path) -> dict[str, list[int]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): [path.stat().st_size, path.stat().st_mtime_ns] for path in files}


def _try_out(folder: Path) -> bool:
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    names = [collection.name for collection in client.list_collections()]
    return all(_answers(client.get_collection(name, embedding_function=None)) for name in names)


def _answers(collection: Any) -> bool:
    """Each of some vectors finds about as many others as there are."""
    count = collection.count()
    some = collection.get(limit=_PROBES, include=["embeddings"])["embeddings"]
    if len(some) < min(_PROBES, count):
        return False
    return all(
        len(collection.query(query_embeddings=[row], n_results=_NEAR, include=[])["ids"][0]) >= min(_NEAR, count) / 2
        for row in some
        if row.any()
    )


if __name__ == "__main__":
    sys.exit(0 if _try_out(Path(sys.argv[1])) else 1)
