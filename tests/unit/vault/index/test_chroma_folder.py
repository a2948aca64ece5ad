"""Chroma's folder: one process at a time, no text in it, and what happens when it is damaged or its process killed."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from purpose_agent.models.embedding.port import Vectors, unit_rows
from purpose_agent.vault.errors import IndexElsewhere, IndexFailed
from purpose_agent.vault.index import chroma_probe
from purpose_agent.vault.index.chroma import ChromaIndex
from purpose_agent.vault.index.chroma_folder import Opened, collection_name, entered, left
from purpose_agent.vault.index.dense import Space

SPACE = Space(vault="handbook", trust="trusted", embedder="m-16-abc", dims=16)
COUNT = 1500  # beyond a thousand Chroma writes its own files beside the database


def vectors(count: int = COUNT) -> Vectors:
    return unit_rows(np.random.default_rng(0).standard_normal((count, 16)).astype(np.float32))


def filled(folder: Path) -> None:
    index = ChromaIndex(folder)
    index.upsert(SPACE, range(COUNT), vectors())
    index.close()


def test_what_was_put_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    filled(tmp_path / "v")
    index = ChromaIndex(tmp_path / "v")
    assert index.ids(SPACE) == set(range(COUNT))
    assert index.search(SPACE, vectors()[3], 1)[0][0] == 3
    assert index.spaces() == (SPACE,)
    assert index.notices == ()
    index.close()


def test_two_of_one_process_share_a_folder_until_the_last_closes(tmp_path: Path) -> None:
    one, other = ChromaIndex(tmp_path / "v"), ChromaIndex(tmp_path / "v")
    one.upsert(SPACE, [1], vectors(1))
    assert other.ids(SPACE) == {1}
    one.close()
    one.close()
    assert other.ids(SPACE) == {1}
    assert elsewhere(tmp_path / "v") == "IndexElsewhere"
    other.close()
    assert elsewhere(tmp_path / "v") == "opened"
    with pytest.raises(ValueError, match="closed"):
        other.ids(SPACE)


def test_another_process_is_told_and_may_have_it_later(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from purpose_agent.vault.index.chroma import ChromaIndex;"
        "index = ChromaIndex(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "v")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(IndexElsewhere) as caught:
            ChromaIndex(tmp_path / "v")
        assert caught.value.fix
        holder.kill()
    ChromaIndex(tmp_path / "v").close()


def cut_short(folder: Path) -> None:
    os.truncate(next(folder.glob("*/data_level0.bin")), 100)


def lost(folder: Path) -> None:
    for file in next(folder.glob("*/data_level0.bin")).parent.iterdir():
        file.unlink()


def overwritten(folder: Path) -> None:
    (folder / "chroma.sqlite3").write_bytes(b"not a database " * 4000)


@pytest.mark.parametrize("damage", [cut_short, lost, overwritten])
def test_a_damaged_folder_is_moved_aside_told_and_begun_anew(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    filled(tmp_path / "v")
    damage(tmp_path / "v")
    index = ChromaIndex(tmp_path / "v")
    assert index.search(SPACE, vectors()[3], 5) == []
    assert "made again" in index.notices[0]
    assert (tmp_path / "v.damaged-1").is_dir()
    missing = set(range(COUNT)) - index.ids(SPACE)
    index.upsert(SPACE, sorted(missing), vectors())
    assert index.search(SPACE, vectors()[3], 1)[0][0] == 3
    index.close()


def test_a_folder_that_was_closed_in_order_is_opened_without_trying_it_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_process(*_: object, **__: object) -> None:
        raise AssertionError("tried out")

    for _ in range(3):
        filled(tmp_path / "v")
        monkeypatch.setattr(subprocess, "run", no_process)
    assert chroma_probe.is_sound(tmp_path / "v")
    chroma_probe.mark_open(tmp_path / "v")
    with pytest.raises(AssertionError, match="tried out"):
        chroma_probe.is_sound(tmp_path / "v")


def test_a_folder_that_came_from_elsewhere_is_tried_out_and_kept(tmp_path: Path) -> None:
    filled(tmp_path / "v")
    shutil.copytree(tmp_path / "v", tmp_path / "copy")
    index = ChromaIndex(tmp_path / "copy")
    assert index.notices == ()
    assert index.ids(SPACE) == set(range(COUNT))
    index.close()


def test_many_threads_that_meet_a_damage_begin_anew_once(tmp_path: Path) -> None:
    from chromadb.errors import InternalError

    folder = entered(tmp_path / "v")
    damaged = folder._opened

    def work(opened: Opened, number: int) -> int:
        if opened is damaged:
            raise InternalError("Error loading hnsw index")
        return number

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda number: folder.run(work, number), range(20))) == list(range(20))
    assert len(folder.notices) == 1
    left(folder)


def test_a_full_disk_is_told_and_nothing_is_moved(tmp_path: Path) -> None:
    from chromadb.errors import InternalError

    def work(opened: Opened, number: int) -> int:
        raise InternalError("error returned from database: (code: 13) database or disk is full")

    folder = entered(tmp_path / "v")
    with pytest.raises(IndexFailed) as caught:
        folder.run(work, 1)
    assert "room" in caught.value.fix
    assert folder.notices == []
    left(folder)


def test_a_space_that_another_drops_meanwhile_is_empty_not_damaged(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path / "v")

    def work(part: int) -> None:
        for _ in range(10):
            index.upsert(SPACE, [part], vectors(1))
            index.search(SPACE, vectors(1)[0], 3)
            if part % 2:
                index.drop(SPACE)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert index.notices == ()
    index.close()


def test_a_link_to_the_folder_is_the_folder(tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "v")
    one, other = ChromaIndex(tmp_path / "v"), ChromaIndex(tmp_path / "link")
    one.upsert(SPACE, [1], vectors(1))
    assert other.ids(SPACE) == {1}
    one.close()
    other.close()


def test_no_text_and_no_name_of_a_file_is_kept(tmp_path: Path) -> None:
    filled(tmp_path / "v")
    con = sqlite3.connect(tmp_path / "v" / "chroma.sqlite3")
    for table in ("embedding_metadata", "embedding_fulltext_search"):
        assert con.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    con.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(IndexFailed) as caught:
        ChromaIndex(tmp_path / "file" / "v")
    assert caught.value.fix


def test_names_of_collections_keep_to_chroma_s_rules_and_differ(tmp_path: Path) -> None:
    spaces = [
        Space(vault=vault, trust=trust, embedder=embedder, dims=dims)
        for vault in ("a", "A b", "", "日本" * 200, "x" * 1000)
        for trust in ("trusted", "un.trusted")
        for embedder in ("ollama:bge/m3", "static")
        for dims in (8, 16)
    ]
    names = {collection_name(space) for space in spaces}
    assert len(names) == len(spaces)
    assert all(re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]", name) for name in names)


@pytest.mark.crash
def test_a_process_killed_while_it_writes_leaves_an_index_that_can_be_filled_up(tmp_path: Path) -> None:
    code = (
        "import sys, numpy as np; from pathlib import Path; from purpose_agent.vault.index.chroma import ChromaIndex;"
        "from purpose_agent.vault.index.dense import Space;"
        "s = Space(vault='handbook', trust='trusted', embedder='m-16-abc', dims=16);"
        "i = ChromaIndex(Path(sys.argv[1]));"
        "r = np.random.default_rng(0).standard_normal((100000, 16)).astype('float32');"
        "r /= np.linalg.norm(r, axis=1, keepdims=True);"
        "[(i.upsert(s, range(n, n + 50), r[n:n + 50]), print(n + 50, flush=True)) for n in range(0, 100000, 50)]"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "v")], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        written = 0
        until = time.monotonic() + 60
        while written < 2300 and time.monotonic() < until:
            written = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
    index = ChromaIndex(tmp_path / "v")
    assert index.ids(SPACE) >= set(range(written))
    wanted = vectors(100_000)[: written + 100]
    missing = sorted(set(range(written + 100)) - index.ids(SPACE))
    index.upsert(SPACE, missing, wanted[missing])
    assert index.search(SPACE, wanted[written + 60], 1)[0][0] == written + 60
    assert index.search(SPACE, wanted[5], 1)[0][0] == 5
    index.close()


def elsewhere(folder: Path) -> str:
    code = (
        "import sys; from pathlib import Path; from purpose_agent.vault.index.chroma import ChromaIndex\n"
        "try:\n    ChromaIndex(Path(sys.argv[1])).close(); print('opened')\n"
        "except Exception as error:\n    print(type(error).__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()
