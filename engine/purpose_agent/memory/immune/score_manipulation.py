"""Scanner: words that aim at the score instead of the work."""

from purpose_agent.memory.immune.reading import Reading, by_concepts, by_words
from purpose_agent.memory.scanning import Finding

NAME = "score_manipulation"


def scan(reading: Reading) -> list[Finding]:
    return by_concepts(reading, NAME) or by_words(
        reading, NAME, "It reads like a way to a better score without better work."
    )
