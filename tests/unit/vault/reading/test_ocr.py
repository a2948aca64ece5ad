"""The program that recognises text works behind walls of its own, and within its time."""

import os
import sys
import time
from pathlib import Path

import pytest

from purpose_agent.vault.reading import ocr
from tests.unit.vault.made_files import png

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called tesseract that is ours, first on PATH."""
    program = tmp_path / "bin" / "tesseract"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    ocr._languages.cache_clear()
    return program


LISTS = 'if [ "$1" = --list-langs ]; then printf "List of languages:\\ndeu\\neng\\nosd\\nfra\\nita\\n"; exit; fi\n'


def test_a_program_that_knows_no_language_is_not_used(stand_in: Path) -> None:
    assert ocr.installed() is None


def test_it_gets_the_languages_that_are_there_and_answers_with_text(stand_in: Path) -> None:
    stand_in.write_text(f'#!/bin/sh\n{LISTS}echo "$@"\n')
    recognise = ocr.installed()
    assert recognise is not None
    assert recognise(png()) == "stdin stdout -l eng+deu+fra\n"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's walls are those of Linux")
def test_it_can_write_nothing_read_nothing_of_the_users_and_start_nothing(stand_in: Path, tmp_path: Path) -> None:
    (tmp_path / "private").write_text("private words\n")
    stand_in.write_text(
        f"#!/bin/sh\n{LISTS}trap 'echo done; exit 0' EXIT\necho words > {tmp_path}/written\nread line < {tmp_path}/private && echo $line\n"  # noqa: E501
        "/bin/echo started\n"
    )
    recognise = ocr.installed()
    assert recognise is not None
    assert recognise(png()) == "done\n"
    assert not (tmp_path / "written").exists()


def test_it_is_ended_when_its_time_is_up_and_then_not_asked_again(stand_in: Path) -> None:
    stand_in.write_text(f"#!/bin/sh\n{LISTS}while :; do :; done\n")
    assert ocr.installed() is not None
    recognise = ocr.Tesseract(str(stand_in), seconds=0.5)
    started = time.monotonic()
    assert recognise(png()) == ""
    assert recognise(png()) == ""
    assert time.monotonic() - started < 5


def test_a_program_that_fails_gives_no_text(stand_in: Path) -> None:
    stand_in.write_text(f"#!/bin/sh\n{LISTS}echo words\nexit 3\n")
    recognise = ocr.installed()
    assert recognise is not None
    assert recognise(png()) == ""
