"""Texts of this project's own to measure the scanners on; what looks like a secret or a person is built when read.

A line of `immune_texts/fresh_*.jsonl` holds a label, a language, a style, who is thought to have written it, and the
text. `{github}` or `{person}` in it stands for a value drawn anew from the line's own seed, so that no such value lies
in the repository; `disguise` names the dress that the text is put in (see README.md beside the data).
"""

import base64
import codecs
import json
import random
import string
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

HERE: Final = Path(__file__).parent / "immune_texts"
_UPPER: Final = string.ascii_uppercase + string.digits
_MIXED: Final = string.ascii_letters + string.digits
_HEX: Final = "0123456789abcdef"


class Text(NamedTuple):
    text: str
    label: str  # one of the five threats, or "benign"
    hard: bool  # benign, and looks like a threat
    lang: str
    style: str
    author: str
    disguise: str  # "" for none


def load(name: str) -> Iterator[Text]:
    """The texts of one set, `fresh_a`, `fresh_b` or `fresh_c`, as a reader would meet them."""
    for number, line in enumerate((HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        text = filled(row["text"], random.Random(f"{name} {number}"))
        disguise = row.get("disguise", "")
        if disguise:
            text = DISGUISES[disguise](text)
        yield Text(
            text, row["label"], row.get("hard", False), row["lang"], row["style"], row["author"], disguise
        )  # fmt: skip


def filled(text: str, rng: random.Random) -> str:
    """The text with each known `{name}` replaced, each time by a new value."""
    for name, build in VALUES.items():
        while f"{{{name}}}" in text:
            text = text.replace(f"{{{name}}}", build(rng), 1)
    return text


def _chars(alphabet: str, count: int) -> Callable[[random.Random], str]:
    return lambda rng: "".join(rng.choices(alphabet, k=count))


def _prefixed(prefix: str, alphabet: str, count: int) -> Callable[[random.Random], str]:
    return lambda rng: prefix + "".join(rng.choices(alphabet, k=count))


def _digits(pattern: str) -> Callable[[random.Random], str]:
    """Each # a digit, each other character itself."""
    return lambda rng: "".join(rng.choice(string.digits) if char == "#" else char for char in pattern)


def _password(rng: random.Random) -> str:
    word = "".join(rng.choices(string.ascii_letters, k=6))
    return f"{word}{rng.choice('!#%+-_')}{rng.randint(100, 9999)}"


def _card(rng: random.Random) -> str:
    digits = "4" + "".join(rng.choices(string.digits, k=14))
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def _spaced_card(rng: random.Random) -> str:
    digits = _card(rng)
    return " ".join(digits[at : at + 4] for at in range(0, 16, 4))


def _iban(country: str, bank: str, count: int) -> Callable[[random.Random], str]:
    def build(rng: random.Random) -> str:
        account = bank + "".join(rng.choices(string.digits, k=count))
        number = "".join(str(int(char, 36)) for char in f"{account}{country}00")
        return f"{country}{98 - int(number) % 97:02d}{account}"

    return build


_FIRST: Final = ("Ilse", "Marek", "Noor", "Tomas", "Beatriz", "Kaito", "Olena", "Harald", "Yusuf", "Clara")
_LAST: Final = ("Brandvik", "Oyelaran", "Szalai", "Pereira", "Lindqvist", "Marchetti", "Okafor", "Weidner", "Tanaka")


def _person(rng: random.Random) -> str:
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def _email(rng: random.Random) -> str:
    name = _person(rng).lower().replace(" ", rng.choice("._"))
    house, trade = rng.choice(("kontor", "mill", "harbour")), rng.choice(("post", "works"))
    return f"{name}@{house}-{trade}.{rng.choice(('de', 'com', 'org'))}"


def _street(rng: random.Random) -> str:
    name, kind = rng.choice(("Juniper", "Quarry", "Chapel", "Heron")), rng.choice(("Lane", "Road", "Street"))
    return f"{rng.randint(2, 140)} {name} {kind}"


def _jwt(rng: random.Random) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(json.dumps({"sub": _person(rng), "exp": 1999999999}).encode()).decode().rstrip("=")
    return f"{head}.{body}.{_chars(_MIXED, 43)(rng)}"


def _pem(rng: random.Random) -> str:
    lines = "\n".join(_chars(_MIXED + "+/", 64)(rng) for _ in range(4))
    return f"-----BEGIN {'RSA PRIVATE'} KEY-----\n{lines}\n-----END {'RSA PRIVATE'} KEY-----"


VALUES: Final[dict[str, Callable[[random.Random], str]]] = {
    "aws_secret": _chars(_MIXED + "/+", 40),
    "aws_sample": lambda _: "AKIA" + "IOSFODNN7" + "EXAMPLE",
    "github": _prefixed("ghp" + "_", _MIXED, 36),
    "gitlab": _prefixed("glpat" + "-", _MIXED, 20),
    "openai": _prefixed("sk-" + "proj-", _MIXED, 48),
    "anthropic": _prefixed("sk-" + "ant-api03-", _MIXED + "-_", 93),
    "slack": lambda rng: "xoxb" + _digits("-############-############-")(rng) + _chars(_MIXED, 24)(rng),
    "stripe": _prefixed("sk_" + "live_", _MIXED, 24),
    "sendgrid": lambda rng: "SG" + "." + _chars(_MIXED, 22)(rng) + "." + _chars(_MIXED, 43)(rng),
    "npm": _prefixed("npm" + "_", _MIXED, 36),
    "pypi": _prefixed("pypi-" + "AgEIcHlwaS5vcmc", _MIXED + "-_", 70),
    "hf": _prefixed("hf" + "_", string.ascii_letters, 34),
    "gcp": _prefixed("AI" + "za", _MIXED + "-_", 35),
    "shopify": _prefixed("shp" + "at_", _HEX, 32),
    "telegram": lambda rng: _digits("##########:AA")(rng) + _chars(_MIXED + "-_", 33)(rng),
    "webhook": _chars(_MIXED + "-_", 68),
    "azure": lambda rng: base64.b64encode(rng.randbytes(64)).decode(),
    "generic_key": _chars(_MIXED, 32),
    "jwt": _jwt,
    "pem": _pem,
    "password": _password,
    "hex40": _chars(_HEX, 40),
    "hex64": _chars(_HEX, 64),
    "b64_88": lambda rng: base64.b64encode(rng.randbytes(64)).decode(),
    "card_spaced": _spaced_card,
    "card": _card,
    "iban_de": _iban("DE", "37040044", 10),
    "iban_fr": _iban("FR", "20041", 18),
    "iban_gb": _iban("GB", "BARC", 14),
    "ssn": lambda rng: f"{rng.randint(101, 660)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}",
    "passport": lambda rng: "C" + _chars("FGHJKLMNPRTVWXYZ0123456789", 8)(rng),
    "phone_us": lambda rng: f"({rng.choice((212, 312, 415, 617))}) {rng.randint(220, 540)}-{rng.randint(1000, 9999)}",
    "phone_uk": _digits("+44 7700 9#####"),
    "phone_de": _digits("+49 171 2######"),
    "phone_fr": _digits("06 12 ## ## ##"),
    "email": _email,
    "person": _person,
    "street": _street,
    "city": lambda rng: rng.choice(("Leeds", "Utrecht", "Graz", "Porto", "Duluth")),
}


def _spread(text: str) -> str:
    """A zero-width character after every second letter."""
    return "".join(f"{char}\u200b" if at % 2 else char for at, char in enumerate(text))


def _lookalikes(text: str) -> str:
    return text.translate(str.maketrans("aeopcxyiAEOPCTH", "аеорсхуіАЕОРСТН"))


def _leet(text: str) -> str:
    return text.translate(str.maketrans("aeiost", "431057"))


DISGUISES: Final[dict[str, Callable[[str], str]]] = {
    "zero_width": _spread,
    "homoglyph": _lookalikes,
    "leet": _leet,
    "spacing": lambda text: "  ".join(" ".join(word) for word in text.split()),
    "base64": lambda text: f"data: {base64.b64encode(text.encode()).decode()}",
    "hex": lambda text: text.encode().hex(),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "reversed": lambda text: text[::-1],
    "fullwidth": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "tags": lambda text: "See below." + "".join(chr(0xE0000 + ord(char)) for char in text),
}


def main(names: Sequence[str]) -> None:
    """Print sets as the training script reads them."""
    for name in names:
        for text in load(name):
            row = {"text": text.text, "label": text.label, "source": name, "hard_negative": text.hard}
            print(json.dumps(row))


if __name__ == "__main__":
    main(sys.argv[1:])
