"""Files are kept by their content; a name from a browser is a label, never a path."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.notebooks.errors import FileRefused
from purpose_agent.notebooks.files import MAX_FILE_BYTES, clean_name, keep, path_of
from purpose_agent.notebooks.model import KnowledgeFile


def test_a_file_is_read_back_as_it_came(tmp_path: Path) -> None:
    kept = keep(tmp_path, "notes.txt", b"hello")
    assert path_of(tmp_path, kept).read_bytes() == b"hello"
    assert (kept.name, kept.size) == ("notes.txt", 5)


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    first, second = keep(tmp_path, "a.txt", b"same"), keep(tmp_path, "a.txt", b"same")
    assert first == second
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\plan.docx", "plan.docx"),
        ("sub/folder/a.txt", "a.txt"),
        ("..", "file"),
        ("", "file"),
        ("con.txt", "file_con.txt"),
        ("a\x00b\n.txt", "a_b_.txt"),
        ("Übersicht 2026.pdf", "Übersicht 2026.pdf"),
    ],
)
def test_a_name_is_cleaned(given: str, cleaned: str) -> None:
    assert clean_name(given) == cleaned


@given(st.text(max_size=300))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    cleaned = clean_name(name)
    assert cleaned
    assert cleaned not in (".", "..")
    assert Path(cleaned).name == cleaned
    assert len(cleaned) <= 120


def test_empty_and_huge_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    for content in (b"", bytes(MAX_FILE_BYTES + 1)):
        with pytest.raises(FileRefused) as told:
            keep(tmp_path, "a.txt", content)
        assert "a.txt" in told.value.what
    assert list(tmp_path.iterdir()) == []


def test_a_hash_that_is_no_hash_never_becomes_a_path(tmp_path: Path) -> None:
    with pytest.raises(FileRefused):
        path_of(tmp_path, KnowledgeFile(name="a.txt", sha256="../../x", size=1))
