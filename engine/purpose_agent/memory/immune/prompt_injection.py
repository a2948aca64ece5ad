"""Scanner: words that try to take over whoever reads them."""

from purpose_agent.memory.immune.reading import Reading, by_concepts, by_words
from purpose_agent.memory.scanning import Finding

NAME = "prompt_injection"


def scan(reading: Reading) -> list[Finding]:
    return by_concepts(reading, NAME) or by_words(reading, NAME, "It reads like an attempt to take over the agent.")
