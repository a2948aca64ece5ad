"""Scanner: secrets and personal data, by checked shapes (Luhn, IBAN, entropy) and by concept.

A number counts as a payment card when its check digit holds or the words around say so; examples do not count.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator

from purpose_agent.memory.immune.reading import Reading, by_concepts, found
from purpose_agent.memory.immune.views import View, is_language, views
from purpose_agent.memory.scanning import Finding

NAME = "privacy_leak"

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,12}\b", re.IGNORECASE)
_EXAMPLE_MAIL = re.compile(
    r"@(?:[\w-]+\.)*(?:example|test|invalid|localhost|domain|company|email|acme)\b|^(?:user|you|name|your\w*|git|noreply|"
    r"no-reply|info|support|someone|test|john\.?doe)@",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){11,18}(?![\w]|\.\d)")
_CARD_WORDS = re.compile(
    r"\b(?:card|credit|debit|visa|mastercard|amex|karte|carte|tarjeta|carta|cartão|карт\w*)\b", re.IGNORECASE
)
_IBAN = re.compile(r"\b[a-z]{2}\d{2}[ ]?(?:[a-z0-9]{4}[ ]?){2,7}[a-z0-9]{1,4}\b", re.IGNORECASE)
_SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")
_PHONE = re.compile(
    r"(?<![\w.,/:=-])(?:\+\d{1,3}|\(\+?\d{1,4}\)|\(\d\d\)|0\d{1,4}|\d{3,5})(?:[ .-]?\(?\d{1,5}\)?){1,5}"
    r"(?![\w/=]|\.\d|,\d)"
)
_PHONE_WORDS = re.compile(
    r"\b(?:phone|telephone|mobile|cell|call me|call|tel|fax|office|whatsapp|reach me|messages to|sms|text me|"
    r"registered|number is|answering at|"
    r"contact|telefon|téléphone|teléfono)\b",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"\b(?:driver'?s? licen[cs]e|passport|national id|identity card|social security|ssn|tax id|insurance number|"
    r"account number|routing number|medical record(?: number)?|personalausweis)\b"
    r"[^.!?\n]{0,30}?\b([A-Z]{0,3}[\d-]{6,14}[A-Z]?)\b",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b\d{1,6}[a-z]?,? (?:[^\W\d_][\w.'-]{1,20} ){1,4}(?:street|st|avenue|ave|road|rd|lane|ln|drive|boulevard|blvd|"
    r"court|way|place|square|suite|apt|straße|strasse|tér|gata)\b|"
    r"\b\w{3,20}(?:straße|strasse|gasse|weg|gata) \d{1,4}\b|\bP\.?O\.? box \d+",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b|\bgh[oprsu]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{20,}|"
    r"\bxox[abeoprs]-[\w-]{10,}|\bsk-(?:[a-z]{2,8}-)?[\w-]{20,}|\bhf_[A-Za-z]{30,}|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}|"
    r"\beyJ[\w-]{10,}\.(?:eyJ)?[\w-]{10,}|\bnpm_\w{30,}|\bpypi-[\w-]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|"
    r"\b[sr]k_(?:live|test)_\w{16,}|\bhv[sb]\.[\w-]{20,}|\bdop_v1_\w{40,}|\bEAA[A-Za-z0-9]{40,}|\bAGE-SECRET-[\w-]{20,}|"
    r"-----BEGIN[A-Z ]{0,30}PRIVATE KEY|\bhttps://hooks\.slack\.com/\S{20,}|"
    r"\b[a-z]{2,10}(?:[_-][a-z0-9]{1,8}){0,3}[_-](?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9]{24,}\b",
)
_ASSIGNED = re.compile(
    r"(?:api|auth|access|secret|private|client|token|passw(?:or)?d|passwd|pwd|credential|login|bearer|webhook|sas|key)"
    r"[\w.\-]{0,40}[\"'\]]?\s{0,3}(?::=|=>|=|:|\bis\b|,)?\s{0,3}[\"'`]?(?:(?:bearer|basic|token|sha256~)\s*)?"
    r"([A-Za-z0-9+/=_.~\-:@$!]{8,300})",
    re.IGNORECASE,
)
_URL_SECRET = re.compile(r"\b[a-z][a-z0-9+.-]{1,12}://[^\s/:@]{1,60}:([^\s/@]{6,80})@")
_TOKEN = re.compile(r"(?<![\w/+.-])[A-Za-z0-9+/_~-]{32,300}={0,2}(?![\w/+])")
_UUID_OR_HASH = re.compile(r"^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,128}|[0-9A-F]{32,128})$")
_PLACEHOLDER = re.compile(
    r"your|example|placeholder|changeme|xxxx|\*{3}|<|\{|\.\.\.|dummy|redacted|environ|getenv|config", re.IGNORECASE
)


def scan(reading: Reading) -> list[Finding]:
    for view in reading.views:
        for start, end, critical, why in _places(view):
            return [found(NAME, "critical" if critical else "high", why, view, start, end)]
    return by_concepts(reading, NAME)


def _places(view: View) -> Iterator[tuple[int, int, bool, str]]:
    """Where secrets and personal data stand: start, end, whether it is a secret beyond doubt, and why."""
    text = view.text
    yield from _secrets(text)
    if "@" in text:
        for match in _EMAIL.finditer(text):
            if not _EXAMPLE_MAIL.search(match.group()):
                yield *match.span(), False, "It holds somebody's e-mail address."
    if not any(char.isdigit() for char in text):
        return
    yield from _numbers(text)


def _numbers(text: str) -> Iterator[tuple[int, int, bool, str]]:
    for match in _IBAN.finditer(text):
        if is_iban(match.group()) or re.search(r"\biban\b", text, re.IGNORECASE):
            yield *match.span(), False, "It holds a bank account number (IBAN)."
    for match in _DIGITS.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if len(set(digits)) > 2 and (
            _CARD_WORDS.search(text) or (len(digits) in (15, 16) and luhn(digits) and digits[0] in "3456")
        ):
            yield *match.span(), False, "It holds a payment card number."
    for match in _SSN.finditer(text):
        yield *match.span(), False, "It holds a social security number."
    for match in _DOCUMENT.finditer(text):
        yield *match.span(1), False, "It holds the number of a personal document."
    for match in _PHONE.finditer(text):
        if 7 <= sum(c.isdigit() for c in match.group()) <= 15 and _is_phone(text, match):
            yield *match.span(), False, "It holds somebody's telephone number."
    for match in _STREET.finditer(text):
        yield *match.span(), False, "It holds somebody's address."


def _is_phone(text: str, match: re.Match[str]) -> bool:
    return match.group().startswith("+") or bool(
        _PHONE_WORDS.search(text[max(0, match.start() - 60) : match.end() + 20])
    )


def _secrets(text: str) -> Iterator[tuple[int, int, bool, str]]:
    for match in _KNOWN.finditer(text):
        if not _PLACEHOLDER.search(match.group()) and _entropy(match.group()) > 3:
            yield *match.span(), True, "It holds what looks like a real key or token."
    for match in _URL_SECRET.finditer(text):
        if not _PLACEHOLDER.search(match.group(1)) and match.group(1).lower() not in ("password", "secret", "pass"):
            yield *match.span(1), True, "It holds a password inside an address."
    for match in _ASSIGNED.finditer(text):
        value = match.group(1).strip(".:")
        if is_random(value):
            yield *match.span(1), True, "It holds what looks like a real key, token or password."
    for match in _TOKEN.finditer(text):
        if (
            is_random(match.group(), 32)
            and len(re.findall(r"\d", match.group())) >= 4
            and not _UUID_OR_HASH.match(match.group())
            and "data:" not in text
        ):
            yield *match.span(), False, "It holds a long random text, as keys and tokens are."


def is_random(value: str, least: int = 12) -> bool:
    """Whether a text looks drawn at random: digits and letters mixed, many kinds, no words that decode."""
    if len(value) < least or _PLACEHOLDER.search(value) or not re.search(r"\d", value):
        return False
    if (
        not re.search(r"[A-Za-z]", value)
        or _entropy(value) < 3.0
        or ("/" in value and value.count("/") > len(value) // 12)
    ):
        return False
    if len(re.findall(r"\d", value)) < 3 and re.fullmatch(r"[a-z_.\-0-9]+", value):
        return False
    return len(views(value)) == 1 or not any(
        is_language(view.text) for view in views(value)[1:] if view.how in ("base64", "hex")
    )


def luhn(digits: str) -> bool:
    """The check digit of payment cards."""
    doubled = [int(d) * (1 + at % 2) for at, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def is_iban(text: str) -> bool:
    """The check digits of a bank account number: modulo 97 is one."""
    code = text.replace(" ", "").upper()
    if not 15 <= len(code) <= 34:
        return False
    return int("".join(str(int(char, 36)) for char in code[4:] + code[:4])) % 97 == 1


def _entropy(value: str) -> float:
    """Bits per character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())
