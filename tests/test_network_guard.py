"""The tests themselves never leave this machine."""

import os
import socket
from pathlib import Path

import httpx
import pytest

_HOME_OF_THE_PERSON = Path.home()  # as this file is read, before anything is guarded


@pytest.fixture(scope="module")
def made_for_many_tests() -> Path:
    with socket.socket() as plug, pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        plug.connect(("192.0.2.1", 80))
    return Path.home()


def test_a_test_that_connects_to_another_machine_fails_before_a_packet_leaves() -> None:
    with socket.socket() as plug, pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        plug.connect(("192.0.2.1", 80))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug, pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        plug.sendto(b"x", ("192.0.2.1", 53))


def test_a_test_that_looks_up_a_foreign_name_fails() -> None:
    with pytest.raises(RuntimeError, match="example"):
        httpx.get("http://example.com", trust_env=False)


def test_loopback_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        with socket.create_connection((host, port), timeout=2):
            pass


def test_every_test_has_a_home_of_its_own(own_home: Path) -> None:
    assert Path.home() == own_home
    assert Path(os.environ["PURPOSE_AGENT_HOME"]).parent == own_home


def test_what_is_made_for_many_tests_is_guarded_as_well(made_for_many_tests: Path) -> None:
    assert made_for_many_tests not in (_HOME_OF_THE_PERSON, Path.home())
