"""From bytes to characters: by byte order mark, by what the file itself declares, as UTF-8, then by a guess."""

import codecs
import re

from purpose_agent.vault.errors import Unreadable

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_DECLARED = re.compile(
    rb"""(?:<meta[^>]{0,200}?charset|<\?xml[^>]{0,100}?encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)
_SAMPLE_BYTES = 64_000
_LOST = "\ufffd"


def decoded(body: bytes, *, is_markup: bool = False) -> tuple[str, str]:
    """The text and a note, "" when there was no doubt. Raises Unreadable when it is not text."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            text = body.decode(encoding, "replace")
            lost = text.count(_LOST)
            if lost * 10 > len(text):
                raise Unreadable("The text is damaged: most of it is no characters.", "Save it as UTF-8 text.")
            return text, f"{lost} characters are damaged." if lost else ""
    if b"\0" in body:
        return _with_zeros(body)
    if is_markup:
        declared = _as_declared(body)
        if declared is not None:
            return declared, ""
    try:
        return body.decode("utf-8"), ""
    except UnicodeDecodeError as problem:
        return _nearly_utf8(body, problem) or _guessed(body)


def _with_zeros(body: bytes) -> tuple[str, str]:
    """UTF-16 without a mark has a zero in nearly every other byte; a few stray zeros in a text do no harm."""
    sample = body[:4000]
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = sample[offset::2]
        if (
            len(sample) >= 8
            and half.count(0) * 10 >= len(half) * 8
            and sample[1 - offset :: 2].count(0) * 10 < len(half)
        ):
            text = body.decode(encoding, "replace")
            return text, "It does not say how its characters are stored; it was read as UTF-16."
    odd = sum(byte < 9 or 13 < byte < 32 for byte in sample)
    if body.count(0) * 200 > len(body) or odd * 50 > len(sample):
        raise Unreadable("The file is not text.", "Save it as PDF, Word or text.")
    text, note = decoded(body.replace(b"\0", b" "))
    return text, f"{body.count(0)} zero bytes were left out. {note}".strip()


def _as_declared(body: bytes) -> str | None:
    found = _DECLARED.search(body[:4096])
    if not found:
        return None
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
        return body.decode("cp1252" if name == "iso8859-1" else name)  # browsers take them for the same
    except (LookupError, UnicodeError, ValueError):
        return None


def _nearly_utf8(body: bytes, problem: UnicodeDecodeError) -> tuple[str, str] | None:
    """UTF-8 with a few broken places, or cut off within a character: not another encoding."""
    text = body.decode("utf-8", "replace")
    lost = text.count(_LOST)
    good = sum(byte >= 0xC2 for byte in body[: problem.start]) + sum(ord(char) > 127 for char in text) - lost
    if lost * 4 <= good and good >= 4:
        return text, f"{lost} characters are damaged."
    return None


def _guessed(body: bytes) -> tuple[str, str]:
    from charset_normalizer import from_bytes

    best = from_bytes(body[:_SAMPLE_BYTES], cp_isolation=_LIKELY).best()
    encoding = best.encoding if best is not None else "cp1252"
    encoding = {"iso8859_1": "cp1252", "latin_1": "cp1252"}.get(encoding, encoding)
    text = body.decode(encoding, "replace")
    return text, f"It is not UTF-8; it was read as {encoding.replace('_', '-')}, which is a guess."


# Those in use; the many others only make wrong guesses likelier.
_LIKELY = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "latin_1", "iso8859_2", "iso8859_5",
    "iso8859_7", "iso8859_15", "koi8_r", "shift_jis", "cp932", "euc_jp", "gb18030", "big5", "euc_kr", "cp949",
    "tis_620",
]  # fmt: skip
