"""What a sentence does with dangerous words: it asks for the deed, or it warns of it, forbids it or quotes it.

"Never run rm -rf /" and "a page may say 'ignore previous instructions'" are advice, not attacks.
"""

import re

_FORBIDS = re.compile(
    r"\b(?:never|do not|don'?t|must not|mustn'?t|should not|shouldn'?t|cannot|can'?t|avoid|avoids|refuse|refuses|stop|"
    r"prevent|prevents|reject|rejects|rather than|instead of|not to|without using|no longer|forbid|forbids|"
    r"protects? against|detects?|nie|niemals|jamais|nunca|mai|nooit|никогда|не)\b[^.!?\n;]{0,60}$",
    re.IGNORECASE,
)
_SPEAKS_ABOUT = re.compile(
    r"\b(?:detect\w*|attack\w*|prevent\w*|scanner\w*|rail|rails|guardrail\w*|protects?|vulnerab\w*|unsafe|insecure|"
    r"untrusted|dangerous|malicious|exploit\w*|warning|issue:|severity:|cwe-?\d*|treat (?:\w+ ){1,4}as (?:data|text)|"
    r"may contain|contains? the (?:phrase|words?|text)|for example|example of|plugin|scans for|checks for|attempts?|"
    r"hides|blocks?|flag(?:s|ged)?|instead|alternative|replace it|sanitiz\w+|vigil|heuristics?|dataset|paper|"
    r"is risky|blacklist\w*|test for|lint\w*|deprecat\w*|linter)\b",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^[^.!?\n]{0,80}\b(?:is|are|should be|must be|was)\s+(?:rejected|blocked|refused|forbidden|"
    r"flagged|dangerous|unsafe|an attack|not allowed|never)\b",
    re.IGNORECASE,
)
_MENTION = re.compile(
    r"\b(?:phrase|phrases|words?|says?|said|contains?|text|string|such as|called|named|like|example|quote\w*|title)\b",
    re.IGNORECASE,
)
_QUOTES = '"“”«»`'


def is_harmless(text: str, start: int, end: int) -> bool:
    """Whether the sentence around this place warns of, forbids or quotes what stands there."""
    first, last = _sentence(text, start, end)
    before, after = text[first:start], text[end:last]
    if _FORBIDS.search(before) or _AFTER.search(after):
        return True
    quoted = any(mark in before and mark in after for mark in _QUOTES)
    return bool(quoted and _MENTION.search(before))


def speaks_about(text: str) -> bool:
    """Whether the text tells of attacks or defects, as documentation and warnings do."""
    return len({match.group().lower() for match in _SPEAKS_ABOUT.finditer(text[:3000])}) >= 1


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    first = max(text.rfind(mark, max(0, start - 300), start) for mark in (". ", "! ", "? ", "\n", ": "))
    ends = [at for mark in (". ", "! ", "? ", "\n") if (at := text.find(mark, end, end + 300)) >= 0]
    return max(first + 1, start - 300, 0), min(ends, default=min(len(text), end + 300))
