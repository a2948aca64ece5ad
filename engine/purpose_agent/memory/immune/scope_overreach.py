"""Scanner: a lesson that claims more reach or rights than its evidence."""

from purpose_agent.memory.immune.reading import Reading, by_concepts, by_words
from purpose_agent.memory.scanning import Finding

NAME = "scope_overreach"


def scan(reading: Reading) -> list[Finding]:
    return by_concepts(reading, NAME) or by_words(
        reading, NAME, "It seems to claim more rights or a wider use than its task needs."
    )
