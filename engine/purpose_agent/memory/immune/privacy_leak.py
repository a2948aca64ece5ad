"""Scanner: secrets and personal data, by checked shapes (Luhn, IBAN, entropy) and by concept.

A number counts as a payment card when its check digit holds or the words around say so; examples do not count.

The patterns are this project's own. Two libraries were measured beside them and left out: the format detectors of
detect-secrets find 4 of 49 made-up tokens of common services where these find 39, and cost 240 ms to import;
phonenumbers (23 MB) finds 16 of the 25 telephone numbers that these find in support messages, with four regions to
guess from, at 25 times the time.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator

from purpose_agent.memory.immune.reading import Reading, by_concepts, found
from purpose_agent.memory.immune.views import View, is_language, views
from purpose_agent.memory.scanning import Finding

NAME = "privacy_leak"
MAX_PLACES = 8
NEAR = 12
"""Characters between the word “password” and a value that is one beyond doubt."""

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
    r"(?<![\w.,/:=-])(?:\+\d{1,3}|\(\+?\d{1,4}\)|\(\d\d\)|0\d{1,4}|\d{2,5})(?:[ .-]?\(?\d{1,5}\)?){1,5}"
    r"(?![\w/=]|\.\d|,\d)"
)
_PHONE_WORDS = re.compile(
    r"\b(?:phone|telephone|mobile|cell|call me|call|tel|fax|office|whatsapp|reach me|messages to|sms|text me|"
    r"registered|number is|answering at|"
    r"contact|telefon|téléphone|teléfono)\b",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"\b(?:driver'?s? licen[cs]e|passport|national id|identity card|social security|ssn|tax id|insurance number|mrn|"
    r"account number|routing number|medical record(?: number)?|personalausweis)\b"
    r"[^.!?\n]{0,40}?\b([A-Z]{0,3}[\d-]{6,14}[A-Z]?|(?=\w*\d\w*\d)[A-Z](?=\w*\d)[A-Z0-9]{7,10})\b",
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
_PASSWORD_WORD = re.compile(
    r"(?<![$\w])(?:password|passphrase|passcode|passwd|pwd|pw|passwor[td]|kennwort|mot de passe|contraseña|clave|senha|"
    r"palavra-passe|wachtwoord|hasło|парол[ьяі]|şifre|parola|lösenord\w*|adgangskode\w*|passord\w*|heslo|mật khẩu|"
    r"kata sandi|salasana\w*|jelszó|parolă|κωδικός|log-?in)\b|密码|口令|パスワード|비밀번호|"
    r"\s-u\s+[\w.@-]{1,40}:|\s-p\s",
    re.IGNORECASE,
)
_AFTER_PASSWORD = re.compile(r"[^\n;]{0,70}")
_SENTENCE_END = re.compile(r"[.!?] |[。；]")
_VALUE = re.compile(r"[^\s\"'`<>,;，。是为はが=：|/]{6,64}")
_ALGORITHM = re.compile(
    r"sha-?\d|md5|bcrypt|argon|pbkdf|scrypt|hmac|utf-?8|aes|iso-?\d|https?:|[({\[$]|\d{4}-\d\d", re.IGNORECASE
)
_PIN = re.compile(
    r"\b(?:alarm code|door (?:code|pin)|pin(?: code)?|security code|cvc|cvv|three digits)\b"
    r"[^.!?\n]{0,24}?\b(\d{3,8})\b",
    re.IGNORECASE,
)
_SMUGGLED = re.compile(
    r"!\[[^\]\n]{0,60}\]\(\s*https?://[^)\s]{1,200}[?&][\w-]{1,20}=(?:[A-Z_]{6,}|\{|\$|<|%7B)[^)\n]{0,100}\)"
)
_BORN = re.compile(
    r"\b(?:born(?: on)?|d\.?o\.?b\.?|date of birth|geboren(?: am)?|née?(?: le)?|nacid[oa](?: el)?)\b[\s:(]{0,3}"
    r"(?:\d{1,2}[./ -](?:\d{1,2}|[a-zA-Zéû]{3,9})[./ -](?:19[3-9]\d|20\d\d)|(?:19[3-9]\d|20[0-2]\d)-\d\d-\d\d)",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"(?<![\w.] )\b(?:(?:Mr|Ms|Mrs|Dr|Frau|Herr|Mme|M|Sr|Sra)\.? )?[A-ZÀ-Ž][a-zà-ž]{1,14} [A-ZÀ-Ž][a-zà-ž]{2,16}\b|"
    r"\b(?:patient|employee|applicant|pupil|witness|client|customer|mother|father|wife|husband|daughter|son) "
    r"[A-ZÀ-Ž][a-zà-ž]+\b"
)
_PRIVATE_LIFE = re.compile(
    r"\b(?:diagnos\w+|hiv|hepatitis|diabetes|cancer|depress\w+|pregnan\w+|surgery|therapy|allergic|"
    r"tested positive|sick (?:note|leave)|"
    r"mrn|salary|earns|performance plan|debts?|criminal record|lives (?:at|in)|resides at|plate|home address|"
    r"insurance number)\b",
    re.IGNORECASE,
)
_SAMPLE = re.compile(
    r"\b(?:for example|sample|placeholder|dummy|test (?:shop|card|data|account)|sandbox)\b", re.IGNORECASE
)
_LIVES = re.compile(
    r"\b(?:i|my|me|we|our|his|her|their|live[sd]?|living|home|resid\w+|moved|address|ship|deliver|wohnt|habite|vive)\b|"
    r"\bP\.?O\.? box\b",
    re.IGNORECASE,
)
_FICTION = re.compile(
    r"555[ .-]?01\d\d|\b555-\d{4}|7946[ ]?0\d{3}|\+1 ?\(?\d{3}\)?[ -]?555|1632 960|0123 ?456|12345|000 ?000|(\d)\1{6}|"
    r"^(?:19|20)\d\d-[01]\d-[0-3]\d"
)
_SAMPLE_CARDS = frozenset(
    ("4242424242424242", "4111111111111111", "5555555555554444", "378282246310005", "6011111111111117")
)
_UUID_OR_HASH = re.compile(r"^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,128}|[0-9A-F]{32,128})$")
_PLACEHOLDER = re.compile(
    r"your|example|placeholder|changeme|xxxx|\*{3}|<|\{|\.\.\.|dummy|redacted|environ|getenv|config", re.IGNORECASE
)


def scan(reading: Reading) -> list[Finding]:
    """Each place once, so that a person sees all that has to go; at most eight."""
    for view in reading.views:
        places: list[Finding] = []
        last = -1
        for start, end, critical, why in sorted(_places(view), key=lambda place: (place[0], not place[2])):
            if start >= last and len(places) < MAX_PLACES:
                places.append(found(NAME, "critical" if critical else "high", why, view, start, end))
                last = end
        if places:
            return places
    return by_concepts(reading, NAME)


def _places(view: View) -> Iterator[tuple[int, int, bool, str]]:
    """Where secrets and personal data stand: start, end, whether it is a secret beyond doubt, and why."""
    text = view.text
    has_digit = any(char.isdigit() for char in text)  # as every key, password and number has
    if has_digit or "PRIVATE KEY" in text:
        yield from _secrets(text)
    if "@" in text:
        for match in _EMAIL.finditer(text):
            if not _EXAMPLE_MAIL.search(match.group()):
                yield *match.span(), False, "It holds somebody's e-mail address."
    for match in _SMUGGLED.finditer(text):
        yield *match.span(), True, "It sends what was said to another server, hidden in a picture's address."
    yield from _private_life(text)
    if has_digit:
        yield from _numbers(text)


def _private_life(text: str) -> Iterator[tuple[int, int, bool, str]]:
    """Two signs of three: a person, a date of birth, something about health, money or home."""
    born = _BORN.search(text)
    private = _PRIVATE_LIFE.search(text)
    told = private or born
    if told and ((private and born) or _PERSON.search(text)):
        yield *told.span(), False, "It tells something private about a person."


def _numbers(text: str) -> Iterator[tuple[int, int, bool, str]]:
    for match in _IBAN.finditer(text):
        if is_iban(match.group()) or re.search(r"\biban\b", text, re.IGNORECASE):
            yield *match.span(), False, "It holds a bank account number (IBAN)."
    for match in _DIGITS.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if (
            len(set(digits)) > 2
            and digits not in _SAMPLE_CARDS
            and (_CARD_WORDS.search(text) or (len(digits) in (15, 16) and luhn(digits) and digits[0] in "3456"))
        ):
            yield *match.span(), False, "It holds a payment card number."
    for match in _SSN.finditer(text):
        yield *match.span(), False, "It holds a social security number."
    for match in _DOCUMENT.finditer(text):
        yield *match.span(1), False, "It holds the number of a personal document."
    for match in _PHONE.finditer(text):
        if (
            7 <= sum(c.isdigit() for c in match.group()) <= 15
            and not _FICTION.search(match.group())
            and _is_phone(text, match)
        ):
            yield *match.span(), False, "It holds somebody's telephone number."
    for match in _PIN.finditer(text):
        if _SAMPLE.search(text):
            continue
        yield *match.span(1), False, "It holds a code that opens something."
    for match in _STREET.finditer(text):
        if _PLACEHOLDER.search(match.group()) or not (_PERSON.search(text) or _LIVES.search(text)):
            continue
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
    for word in _PASSWORD_WORD.finditer(text):
        yield from _password_after(text, word.end())
    for match in _TOKEN.finditer(text):
        if (
            is_random(match.group(), 32)
            and len(re.findall(r"\d", match.group())) >= 4
            and not _UUID_OR_HASH.match(match.group())
            and not match.group().startswith(("sha256-", "sha384-", "sha512-"))
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


def _password_after(text: str, at: int) -> Iterator[tuple[int, int, bool, str]]:
    """The first value in the sentence behind the word “password” that looks like one."""
    rest = _SENTENCE_END.split(_AFTER_PASSWORD.match(text, at)[0], 1)[0]  # type: ignore[index]  # it matches anything
    for match in _VALUE.finditer(rest):
        value = match.group().rstrip(".!?)")
        if _is_password(value):
            beyond_doubt = match.start() <= NEAR
            yield at + match.start(), at + match.start() + len(value), beyond_doubt, "It holds a password."
            return


def _is_password(value: str) -> bool:
    """Whether a word after “password” is one: no placeholder, no name of a method, letters mixed with other kinds."""
    if len(value) < 6 or _PLACEHOLDER.search(value) or _ALGORITHM.search(value):
        return False
    kinds = [
        any(test(char) for char in value)
        for test in (str.islower, str.isupper, str.isdigit, lambda char: not char.isalnum())
    ]
    digits = sum(char.isdigit() for char in value)
    return digits > 0 and (sum(kinds) >= 3 or (sum(kinds) == 2 and digits >= 3 and len(value) >= 8))


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
