"""A page is fetched when the user allows it; everything that can go wrong is a sentence."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from purpose_agent.vault import web
from purpose_agent.vault.errors import VaultError
from purpose_agent.vault.web import fetch


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        path = self.path.partition("?")[0]
        if path.startswith("/hop"):
            self._answer(302, b"", Location=f"/hop{int(path[4:] or 0) + 1}")
        elif path == "/away":
            self._answer(302, b"", Location="/page.php")
        elif path == "/file":
            self._answer(302, b"", Location="file:///etc/passwd")
        elif path.startswith("/status"):
            self._answer(int(path[7:]), b"x")
        elif path == "/packed":
            self._answer(200, b"x", Content_Encoding="gzip")
        elif path == "/empty":
            self._answer(200, b"")
        elif path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass
        elif path == "/declared":
            self.send_response(200)
            self.send_header("Content-Length", str(1 << 40))
            self.end_headers()
        else:
            kind = {"/data": "application/json", "/a.pdf": "application/pdf", "/notes.md": "text/plain"}
            self._answer(200, b"<h1>Hello</h1>", Content_Type=kind.get(path, "text/html; charset=utf-8"))

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    made.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=made.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def address(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_nothing_is_asked_unless_it_is_allowed(server: ThreadingHTTPServer, address: str) -> None:
    with pytest.raises(VaultError, match="switched off") as refused:
        fetch(f"{address}/", allowed=False)
    assert refused.value.fix.startswith("Allow it")
    assert server.asked == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "127.0.0.1.html"), ("/page.php?x=1", "page.html"), ("/data", "data.json"), ("/a.pdf", "a.pdf"),
        ("/notes.md", "notes.md"), ("/away", "page.html"), ("/..%2f..%2fetc%2fpasswd", "passwd.html"),
    ],
)  # fmt: skip
def test_a_file_gets_the_name_and_the_ending_that_it_is(address: str, path: str, name: str) -> None:
    fetched = fetch(address + path, allowed=True)
    assert (fetched.name, fetched.body) == (name, b"<h1>Hello</h1>")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/status404", "has nothing at this address"), ("/status403", "does not let everybody see this"),
        ("/status429", "asks for fewer requests"), ("/status500", "answered with an error"),
        ("/hop", "leads on from one to the next without an end"), ("/file", "Only addresses that begin with http"),
        ("/packed", "sent the file packed"), ("/empty", "sent an empty file"), ("/declared", "is larger than 50 MB"),
    ],
)  # fmt: skip
def test_what_goes_wrong_at_the_server_is_a_sentence(address: str, path: str, sentence: str) -> None:
    with pytest.raises(VaultError, match=sentence) as refused:
        fetch(address + path, allowed=True)
    assert refused.value.fix


def test_a_file_without_an_end_is_left_at_the_limit(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MAX_FILE_BYTES", 1_000_000)
    with pytest.raises(VaultError, match="is larger than 1 MB"):
        fetch(f"{address}/endless", allowed=True)


def test_a_slow_file_is_given_up(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_ALL_S", 0.0)
    with pytest.raises(VaultError, match="did not send the file within"):
        fetch(f"{address}/endless", allowed=True)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("file:///etc/passwd", "Only addresses that begin with"), ("ftp://example.org/a", "Only addresses"),
        ("example.org", "Only addresses"), ("http://", "Only addresses"), ("http://exa\0mple/", "not a web address"),
        ("http://me:secret@127.0.0.1/", "user name or a password"), ("javascript:alert(1)", "Only addresses"),
        ("http://127.0.0.1:1/", "cannot be reached"),
    ],
)  # fmt: skip
def test_addresses_that_cannot_be_fetched_are_told(url: str, sentence: str) -> None:
    with pytest.raises(VaultError, match=sentence):
        fetch(url, allowed=True)


def test_a_way_from_outside_into_this_machine_is_not_followed(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter((False, True))
    with monkeypatch.context() as patch:
        patch.setattr(web, "_is_inside", lambda host: next(answers))
        with pytest.raises(VaultError, match="leads on to this machine"):
            fetch(f"{address}/away", allowed=True)
    assert web._is_inside("127.0.0.1")
    assert web._is_inside("192.168.1.4")
    assert not web._is_inside("93.184.216.34")
