"""What the rest of the product calls: scan a lesson, a passage of the vault or what a tool returned."""

from collections.abc import Callable, Sequence
from typing import Literal

from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.immune import (
    privacy_leak,
    prompt_injection,
    scope_overreach,
    score_manipulation,
    structure,
    tool_misuse,
)
from purpose_agent.memory.immune.reading import MAX_CHARS, Reading, read
from purpose_agent.memory.scanning import Finding

Source = Literal["lesson", "vault", "tool"]

SCANNERS: tuple[Callable[[Reading], list[Finding]], ...] = (
    prompt_injection.scan,
    score_manipulation.scan,
    tool_misuse.scan,
    privacy_leak.scan,
    scope_overreach.scan,
)
MAX_PIECES = 200
_OVERLAP = 300
_ORDER = {"critical": 0, "high": 1, "medium": 2, "low": 3}


def scan_text(text: str, source: Source = "lesson") -> tuple[Finding, ...]:
    """What the five scanners find, gravest first, each place in the text.

    A person's own documents hold addresses and speak of rights, and a tool prints code: over vault text and tool output
    only what tries to take over its reader counts, or what is critical.
    """
    findings: list[Finding] = []
    for number, start in enumerate(range(0, max(1, len(text)), MAX_CHARS - _OVERLAP)):
        if number == MAX_PIECES:
            findings.append(_unread(start, len(text)))
            break
        piece = read(text[start : start + MAX_CHARS])
        findings += [_moved(f, start) for scanner in SCANNERS for f in scanner(piece) if _counts(f, source)]
    return tuple(sorted(dict.fromkeys(findings), key=lambda f: (_ORDER[f.severity], f.start)))


def scan_card(card: MemoryCard) -> tuple[Finding, ...]:
    """What is found in a lesson: its sentence as a whole, then each field by itself where the whole was clean."""
    found = list(scan_text(card.text))
    seen = {finding.scanner for finding in found}
    for field in (card.when, card.do, card.why, card.unless, card.evidence):
        if not field or field == card.text:
            continue
        at = card.text.find(field)
        for finding in scan_text(field):
            if finding.scanner not in seen and finding.severity in ("critical", "high"):
                seen.add(finding.scanner)
                found.append(_placed(finding, at, len(card.text)))
    if "scope_overreach" not in seen:
        found += structure.check(card)
    return tuple(sorted(found, key=lambda f: (_ORDER[f.severity], f.start)))


def _counts(finding: Finding, source: Source) -> bool:
    if source == "lesson":
        return True
    return finding.severity == "critical" or (finding.scanner == "prompt_injection" and finding.severity == "high")


def _moved(finding: Finding, by: int) -> Finding:
    return _at(finding, finding.start + by, finding.end + by) if by else finding


def _placed(finding: Finding, at: int, length: int) -> Finding:
    """A field's finding in the card's text; the whole text when the field does not stand in it."""
    return _moved(finding, at) if at >= 0 else _at(finding, 0, length)


def _at(finding: Finding, start: int, end: int) -> Finding:
    return Finding(scanner=finding.scanner, severity=finding.severity, why=finding.why, start=start, end=end)


def _unread(start: int, end: int) -> Finding:
    return Finding(
        scanner="prompt_injection", severity="medium", why="The text is too long; its end was not read.",
        start=start, end=end,
    )  # fmt: skip


def names(findings: Sequence[Finding]) -> list[str]:
    return sorted({finding.scanner for finding in findings})
