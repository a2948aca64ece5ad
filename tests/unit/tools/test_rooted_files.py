"""File tools stay beneath their folder, whatever path they are given."""

import asyncio
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from purpose_agent.tools.errors import ToolError
from purpose_agent.tools.files import MAX_READ_BYTES, MAX_WRITE_BYTES, ReadFileTool, WriteFileTool
from purpose_agent.tools.port import ToolContext
from purpose_agent.tools.rooted import read_bytes, write_bytes
from purpose_agent.tools.tool import ToolBox


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("outside")
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_what_is_written_is_read_back_and_told_to_the_state(root: Path) -> None:
    box = ToolBox([ReadFileTool(root), WriteFileTool(root)])
    context = ToolContext()
    wrote = asyncio.run(box.call("write_file", {"path": "notes/plan.md", "text": "Grüße"}, context))
    assert wrote.text == "Wrote notes/plan.md (7 bytes)."
    assert wrote.changed == {"file:notes/plan.md": "7 bytes"}
    again = asyncio.run(box.call("write_file", {"path": "notes/plan.md", "text": "b"}, context))
    assert again.text.startswith("Replaced")
    assert asyncio.run(box.call("read_file", {"path": "notes/plan.md"}, context)).text == "b"
    assert [path.name for path in (root / "notes").iterdir()] == ["plan.md"]


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "/etc/passwd",
        "a/../../secret.txt",
        "..\\secret.txt",
        "",
        " ",
        "a\0b",
        "..",
        ".",
        "C:/x",
        "x" * 300,
    ],
)
def test_a_path_out_of_the_folder_is_refused(root: Path, path: str) -> None:
    with pytest.raises(ToolError):
        read_bytes(root, path, limit=100)
    with pytest.raises(ToolError):
        write_bytes(root, path, b"x")
    assert (root.parent / "secret.txt").read_text() == "outside"


def test_links_are_not_followed_neither_for_folders_nor_for_files(root: Path) -> None:
    (root / "up").symlink_to(root.parent)
    (root / "leaf.txt").symlink_to(root.parent / "secret.txt")
    for path in ("up/secret.txt", "leaf.txt"):
        with pytest.raises(ToolError, match="link"):
            read_bytes(root, path, limit=100)
        with pytest.raises(ToolError, match="link"):
            write_bytes(root, path, b"x")
    with pytest.raises(ToolError):
        write_bytes(root, "up/new.txt", b"x")
    assert sorted(path.name for path in root.parent.iterdir()) == ["secret.txt", "work"]


def test_a_link_put_there_while_files_are_written_never_leads_outside(root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for act in (
                lambda: (root / "d").mkdir(exist_ok=True),
                lambda: (root / "d").rename(root / f"old{time.monotonic_ns()}"),
                lambda: (root / "d").symlink_to(outside),
                (root / "d").unlink,
            ):
                with suppress(OSError):  # the writer got in between
                    act()

    swapper = threading.Thread(target=swap)
    swapper.start()
    for number in range(200):
        try:
            write_bytes(root, f"d/{number % 5}.txt", b"x")
        except ToolError:
            continue
    stop.set()
    swapper.join(10)
    assert list(outside.iterdir()) == []


def test_too_much_text_is_cut_when_read_and_refused_when_written(root: Path) -> None:
    (root / "big.txt").write_text("x" * (MAX_READ_BYTES + 1))
    output = ReadFileTool(root).call({"path": "big.txt"}, ToolContext())
    assert output.truncated
    with pytest.raises(ToolError, match="too large"):
        WriteFileTool(root).call({"path": "big.txt", "text": "x" * (MAX_WRITE_BYTES + 1)}, ToolContext())


def test_what_is_no_text_file_gets_a_sentence(root: Path) -> None:
    (root / "image.bin").write_bytes(b"\x89PNG\0\0")
    (root / "folder").mkdir()
    for path, words in (
        ("image.bin", "is not text"),
        ("folder", "is a folder|is not a file"),
        ("gone.txt", "is not there"),
    ):
        with pytest.raises(ToolError, match=words):
            ReadFileTool(root).call({"path": path}, ToolContext())
    with pytest.raises(ToolError, match="is not a file"):
        write_bytes(root, "folder", b"x")


def test_the_run_gives_the_folder_when_the_tool_has_none(root: Path) -> None:
    (root / "a.txt").write_text("hello")
    assert ReadFileTool().call({"path": "a.txt"}, ToolContext(root=root)).text == "hello"
    with pytest.raises(ToolError, match="no working folder"):
        ReadFileTool().call({"path": "a.txt"}, ToolContext())
