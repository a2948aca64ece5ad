"""A ZIP archive becomes its files; what its maker hid in it is refused, and nothing leads outside."""

import io
import stat
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.reading import archives
from purpose_agent.vault.reading.archives import clean_name, members
from tests.unit.vault.made_files import docx, packed


def test_files_come_in_order_with_their_folders(tmp_path: Path) -> None:
    body = packed({"docs/a.txt": "one", "docs/": "", "b.md": "two", "letter.docx": docx()})
    found = list(members("a.zip", body))
    assert [(member.name, member.refused) for member in found] == [
        ("docs/a.txt", ""),
        ("b.md", ""),
        ("letter.docx", ""),
    ]
    assert found[0].body == b"one"
    (tmp_path / "a.zip").write_bytes(body)
    assert list(members("a.zip", tmp_path / "a.zip")) == found


@pytest.mark.parametrize(
    ("evil", "kept"),
    [
        ("../../etc/passwd", "etc/passwd"), ("/etc/passwd", "etc/passwd"), ("C:\\Windows\\a.txt", "Windows/a.txt"),
        ("..\\..\\a.txt", "a.txt"), ("a/./b//c.txt", "a/b/c.txt"), ("//host/share/a.txt", "host/share/a.txt"),
        ("a\x00b\x1b[31m.txt", "ab[31m.txt"), ("a\u202etxt.exe", "atxt.exe"), ("a\nb.txt", "a b.txt"),
        ("..", "unnamed"), ("", "unnamed"), ("con:stream.txt", "con_stream.txt"), ("trailing. . ", "trailing"),
        ("x" * 300 + ".txt", "x" * 116 + ".txt"),
    ],
)  # fmt: skip
def test_names_cannot_lead_anywhere(evil: str, kept: str) -> None:
    assert clean_name(evil) == kept


@given(st.text(st.characters(), max_size=60) | st.text("./\\:aC\x00~", max_size=20))
def test_no_name_at_all_leads_outside(name: str) -> None:
    kept = clean_name(name)
    assert kept
    assert not PurePosixPath(kept).is_absolute()
    assert ".." not in kept.split("/")
    assert not set(kept) & set('\\:\0\n<>|?*"')
    assert clean_name(kept) == kept


def test_two_files_that_get_one_name_stay_apart() -> None:
    found = list(members("a.zip", packed({"a.txt": "1", "../a.txt": "2", "/a.txt": "3"})))
    assert [member.name for member in found] == ["a.txt", "a (2).txt", "a (3).txt"]


def test_links_archives_and_locked_files_are_refused_and_the_rest_is_used() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        device = zipfile.ZipInfo("device.txt")
        device.external_attr = (stat.S_IFCHR | 0o666) << 16
        archive.writestr(device, "")
        archive.writestr("inner.zip", packed({"a.txt": "x"}))
        archive.writestr("inner.txt", packed({"a.txt": "x"}))
        archive.writestr(".hidden.txt", "x")
        archive.writestr("__MACOSX/a.txt", "x")
        archive.writestr("good.txt", "good")
        archive.writestr("locked.txt", "locked")
    body = bytearray(out.getvalue())
    place = body.rfind(b"PK\x01\x02")
    body[place + 8] |= 1
    told = {member.name: member.refused or member.body.decode() for member in members("a.zip", bytes(body))}
    assert told == {
        "link.txt": "It is a link; links are not followed.",
        "device.txt": "It is not a file but a device or a pipe.",
        "inner.zip": "It is an archive inside of the archive. Unpack it, and add what it holds.",
        "inner.txt": "It is an archive inside of the archive. Unpack it, and add what it holds.",
        "good.txt": "good",
        "locked.txt": "It is protected by a password. Make the archive without one.",
    }


def test_bombs_and_crowds_stop_at_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    found = list(
        members("a.zip", packed({"zeros.txt": bytes(20_000_000), "huge.txt": bytes(51_000_000), "a.txt": "a"}))
    )
    assert [member.refused for member in found] == [
        "It unpacks to 20 MB from almost nothing; it was not opened.",
        "The file is too large (51 MB; at most 50 MB).",
        "",
    ]
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    monkeypatch.setattr(archives, "MAX_ALL_BYTES", 5)
    found = list(members("a.zip", packed({"a.txt": "aaaa", "b.txt": "bbbb", "c.txt": "c"})))
    assert "unpacks to more than" in found[1].refused
    assert found[2].refused == "The archive holds more than 2 files; this one was left out."
    with pytest.raises(Unreadable, match="holds 30 files"):
        members("a.zip", packed({f"{n}.txt": "x" for n in range(30)}))


def test_damage_is_told_of_the_archive_or_of_the_one_file(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"a\.zip is damaged or not a ZIP archive"):
        members("a.zip", b"PK\x03\x04 and nothing more")
    with pytest.raises(Unreadable, match="There is no archive"):
        members("a.zip", tmp_path / "none.zip")
    body = packed({"a.txt": "words " * 100, "b.txt": "good"})
    place = body.index(b"a.txt") + 12
    broken = body[:place] + b"\xff\xff\xff" + body[place + 3 :]
    found = list(members("a.zip", broken))
    assert "damaged in the archive" in found[0].refused
    assert found[1].body == b"good"
