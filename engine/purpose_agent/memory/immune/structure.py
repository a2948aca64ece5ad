"""Structure check: what a lesson claims in words against the scope it is filed under and where it was learned."""

from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.immune import lexicon
from purpose_agent.memory.scanning import Finding

_WHOLE = {"tool": "every tool", "agent": "every agent", "user": "every user", "task_kind": "every kind of task"}
_WORDS = {"tool": ("tool",), "agent": ("agent",), "user": ("user", "customer"), "task_kind": ("task", "domain")}


def check(card: MemoryCard) -> list[Finding]:
    """A doubt where a lesson that was filed narrowly speaks of everything. A person may say so of their own accord."""
    if card.author == "person":
        return []
    for hit in lexicon.hits(card.text):
        if hit.concept != "other_peoples":
            continue
        words = card.text[hit.start : hit.end].lower()
        for field, names in _WORDS.items():
            narrow = getattr(card.scope, field)
            if narrow and any(name in words for name in names):
                why = f"It speaks of {_WHOLE[field]}, but it was learned for “{narrow}” only."
                return [Finding(scanner="scope_overreach", severity="medium", why=why, start=hit.start, end=hit.end)]
    return []
