"""What a sentence does with dangerous words: it asks for the deed, or it warns of it, forbids it, reports or quotes it.

"Never run rm -rf /", "if a page asks you to ignore your instructions" and "a page may say 'ignore previous
instructions'" are advice, not attacks. Everything is judged by the sentence; only a text that speaks of attacks in
several words is taken for documentation as a whole, so that one such word does not talk a real order away.
"""

import re

_FORBIDS = re.compile(
    r"\b(?:never|do not|don['’]?t|does not|doesn['’]?t|must not|mustn['’]?t|should not|shouldn['’]?t|may not|shall not|"
    r"cannot|can['’]?t|not allowed to|no one may|nobody may|avoid|avoids|refuse|refuses|stop|prevent|prevents|"
    r"reject|rejects|rather than|instead of|not to|without using|no longer|forbid|forbids|nicht|kein\w*|nie|niemals|"
    r"jamais|ne|n['’]\w+|no|nunca|jamás|não|mai|non|nooit|niet|nigdy|nikdy|никогда|не|ніколи|aldrig|aldri|inte|ikke|"
    r"jangan|đừng|không|älä|koskaan|soha|ne|nu|μην?|ποτέ|לא|אל|لا|asla|कभी|मत|"
    r"protects? against|detects?)\b[^.!?\n;。！？]{0,60}$|(?:不要|请勿|禁止|不得|切勿|绝不)[^。！？\n]{0,30}$",
    re.IGNORECASE,
)
_FORBIDS_AFTER = re.compile(
    r"^(?:[^.!?\n。！？]{0,24}(?:ないで|てはいけない|てはならない|ません|ず、|지 마|하지 말|면 안|मत|नहीं|"
    r"değil|meyin|mayın)|(?=[^.!?\n]{0,24}[ğışĞİŞ])[^.!?\n]{0,24}m[ae][.!])"  # Turkish -ma, but no English “to me.”
)
_REPORTS = re.compile(
    r"\b(?:if|when|whenever|where|once|in case|wenn|falls|si|se|als|jeśli|если|якщо|när|om|eğer|jika|nếu|když|pokud)\b"
    r"[^.!?\n;:]{0,70}\b(?:asks?|tells?|says?|wants?|orders?|demands?|instructs?|claims?|tries|urges?|contains?|reads?|"
    r"requests?|suggests?|appears?|bittet|verlangt|sagt|demande|dit|pide|dice|chiede|pede|просит|требует)\b"
    r"[^.!?\n;,:]{0,50}$|\b(?:believe|think|know|learn|explain|show|describe)s?\b[^.!?\n]{0,40}$",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"\b(?:attack\w*|vulnerab\w*|unsafe|insecure|untrusted|dangerous|malicious|exploit\w*|adversar\w*|poisoned|"
    r"payload\w*|jailbreaks?|jailbreaking|injections?|cwe-?\d*|"
    r"guardrail\w*|rails?|scanner\w*|scans? for|checks? for|detect\w*|blacklist\w*|lint\w*|deprecat\w*|"
    r"heuristics?|vigil|sanitiz\w+|is risky|a risk|may contain|contains? the (?:phrase|words?|text)|flag(?:s|ged)?|"
    r"bad (?:lesson|example|idea|habit)|cheating|reward hacking|is not a fix|treat\w* .{1,60} as (?:data|text|a sign)|"
    r"angriff\w*|attaque\w*|ataque\w*|attacc\w*|атак\w*)\b|攻撃|攻击|공격|ウェブページ|网页|웹페이지",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"\b(?:prevent\w*|protects?|warning|issue:|severity:|for example|example of|examples?|plugin|attempts?|hides|"
    r"blocks?|instead|alternative|replace it|dataset|paper|test for|question|answer:|must not|never|should not|"
    r"removed|fixed|escaped|report|issues?|rule|safer|use \w+ instead)\b",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^(?:(?!\b(?:when|whenever|if|because|since|otherwise|so|then|and|until)\b)[^.!?\n,]){0,60}"
    r"\b(?:is|are|should be|must be|was|would be)\s+(?:\w+ )?(?:rejected|blocked|refused|forbidden|wrong|"
    r"flagged|dangerous|unsafe|an? (?:\w+ )?attack|not allowed|never|not (?:needed|enough|a fix)|no defence|cheating|"
    r"deprecated|insecure|what (?:a|an) |a (?:bad|sign)|un ataque|ein angriff)\b|"
    r"^[^.!?\n]{0,60}\b(?:must not reach|only (?:when|if|after|with)|but never|without .{1,30} is not)\b",
    re.IGNORECASE,
)
_MENTION = re.compile(
    r"\b(?:phrase|phrases|words?|says?|said|contains?|text|string|such as|called|named|like|example|quote\w*|title|"
    r"reads?|wrote|writes?|sentences?|lesson|asks?|asked|typical|whisper\w*|novel|story|film|film|mail|question)\b|"
    r"[:：]\s*[\"“«`「]?$",
    re.IGNORECASE,
)
_IF_ASKED = re.compile(
    r"\b(?:if|when|whenever|once)\b[^.!?\n]{0,60}\b(?:asks?|tells?|says?|wants?|orders?|demands?|instructs?|claims?|tries|"
    r"addresses|contains?|gives?)\b[^.!?\n]{0,90}\b(?:go on|carry on|continue with|keep to|refuse|report|decline|"
    r"mention it|tell the user|warn|do not (?:follow|act|obey|comply)|as data|as text|hand over)\b",
    re.IGNORECASE,
)
_STARTS_FORBIDDING = re.compile(
    r"\W*(?:kind: ?\w+\s+content: ?|lesson: ?)?(?:please )?(?:never|do not|don['’]t|avoid) "
    r"(?!(?:\w+ )?(?:deduct|record|report|log|tell|mention|let|ask|wait|check|verify|"
    r"stop|show|lower|admit|refuse|warn|decline|respect|save|penali[sz]e|"
    r"follow|obey|answer|say|give|trust|run the|count|apologi[sz]e|add|break|give less|allow)\b)",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"[\"”»],?\s+(?:\w+ ){0,3}?(?:said|says|whispered|asked|cried|wrote|shouted|replied|called)\b", re.IGNORECASE
)
_PURPOSE = re.compile(r"^\W*(?:to|in order to|um)\s+$", re.IGNORECASE)
_PAIRS = (("“", "”"), ("«", "»"), ("‘", "’"), ("「", "」"), ("„", "“"), ('"', '"'), ("`", "`"))


def is_harmless(text: str, start: int, end: int) -> bool:
    """Whether the sentence around this place warns of, forbids, reports or quotes what stands there."""
    first, last = _sentence(text, start, end)
    before, after = text[first:start], text[end:last]
    if _FORBIDS.search(before) or _REPORTS.search(before) or _FORBIDS_AFTER.search(after) or _AFTER.search(after):
        return True
    if _STRONG.search(text, first, last) or _PURPOSE.search(before):
        return True
    return _is_quoted(before, after) and bool(
        _SAID.search(after) or _MENTION.search(before) or _AFTER.search(after.lstrip("\"”»`'.,") or " ")
    )


def is_forbidden(text: str, start: int, end: int) -> bool:
    """Whether the sentence forbids the deed outright; its own “without” and “never” stand inside the place."""
    first, _ = _sentence(text, start, end)
    clause = re.split("[,:]", text[first:start])[-1]
    return bool(_FORBIDS.search(clause) or _REPORTS.search(text[first:start]))


def speaks_about(text: str) -> bool:
    """Whether the text tells of attacks or defects, as documentation and warnings do."""
    strong = {match.group().lower() for match in _STRONG.finditer(text[:3000])}
    if len(strong) >= 2:
        return True
    return bool(strong) and (len(text) < 300 or _WEAK.search(text[:3000]) is not None)


def handles_an_attack(text: str) -> bool:
    """Whether it says what to do when a text tries to give orders: go on, refuse, report."""
    return bool(_IF_ASKED.search(text))


def forbids_a_bad_deed(text: str) -> bool:
    """Whether the text begins by forbidding something, and not by forbidding to ask, check, report or stop."""
    return bool(_STARTS_FORBIDDING.match(text))


def _is_quoted(before: str, after: str) -> bool:
    return any(
        (before.count(left) % 2 == 1 if left == right else before.rfind(left) > before.rfind(right)) and right in after
        for left, right in _PAIRS
    )


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    marks = (". ", "! ", "? ", "\n", "。", "！", "？")
    first = max(text.rfind(mark, max(0, start - 300), start) + len(mark) * (mark in text[max(0, start - 300) : start])
                for mark in marks)  # fmt: skip
    ends = [at for mark in marks if (at := text.find(mark, end, end + 300)) >= 0]
    return max(first, start - 300, 0), min(ends, default=min(len(text), end + 300))
