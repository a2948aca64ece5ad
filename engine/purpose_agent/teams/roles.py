"""From a purpose in plain words to the agents that serve it.

The rules are few and readable on purpose: a person can see why they got this team, and can name other agents. The
first rule whose words all occur wins, so the more particular ones stand first.
"""

import re
from dataclasses import dataclass

from purpose_agent.core.orchestrator import AgentSpec
from purpose_agent.errors import PurposeError
from purpose_agent.types import whole_characters
from purpose_agent.vault.answers import instructions as reader_words

MAX_PURPOSE_CHARS = 4_000

_CODE = ("python_exec", "calculator", "read_file", "write_file")
_READ = ("read_file", "calculator")


def _agent(role: str, instructions: str, *, tools: tuple[str, ...] = (), answers: bool = False) -> AgentSpec:
    return AgentSpec(role=role, instructions=instructions, tools=tools, answers=answers)


ARCHITECT = _agent("architect", "Plan first: name the function, its inputs and its cases. Write no code.")
CODER = _agent("coder", "Write one complete Python solution. Check it before you are done.", tools=_CODE, answers=True)
TESTER = _agent("tester", "Try to break the draft. Accept it, or send it back with the case that fails.", tools=_CODE)
RESEARCHER = _agent("researcher", "Collect what the sources say, each point with its source.", tools=_READ)
ANALYST = _agent("analyst", "Weigh the points and draw the conclusion that they carry.", tools=_READ, answers=True)
DATA_ANALYST = _agent("analyst", "Work out the figures from the data. Show how.", tools=_CODE)
REPORTER = _agent("reporter", "Tell the findings in plain words, figures with units.", tools=_READ, answers=True)
WRITER = _agent("writer", "Write the text that was asked for, for its reader.", tools=_READ, answers=True)
EDITOR = _agent("editor", "Read as the reader would. Accept the text, or send it back with remarks.")
READER = _agent("reader", reader_words.READER, answers=True)
HELPER = _agent("helper", "Do the task with the tools that help.", tools=_CODE, answers=True)


@dataclass(frozen=True, slots=True)
class _Rule:
    """All groups must match: a group is a pattern of word beginnings."""

    groups: tuple[str, ...]
    agents: tuple[AgentSpec, ...]

    def fits(self, text: str) -> bool:
        return all(re.search(rf"\b(?:{group})", text) for group in self.groups)


_CODE_WORDS = r"cod(?:e|ing|er)\b|program|python|function|script|software|debug|algorithm"
_RULES = (
    _Rule((_CODE_WORDS, r"test|verif|check"), (ARCHITECT, CODER, TESTER)),
    _Rule((_CODE_WORDS,), (CODER,)),
    _Rule((r"research|investigat|survey|literature",), (RESEARCHER, ANALYST)),
    _Rule((r"analy[sz]|statistic|forecast", r"data|sales|figure|number|metric|csv"), (DATA_ANALYST, REPORTER)),
    _Rule((r"answer|question|faq|support|look up|documentation|docs\b",), (READER,)),
    _Rule((r"writ|draft|blog|article|essay|post\b|letter|newsletter|story|copy",), (WRITER, EDITOR)),
    _Rule((r"analy[sz]",), (DATA_ANALYST, REPORTER)),
)


def agents_for(purpose: str) -> tuple[AgentSpec, ...]:
    """The agents for a purpose, in the order in which they work; exactly one of them answers."""
    text = purpose.lower()
    return next((rule.agents for rule in _RULES if rule.fits(text)), (HELPER,))


def read_purpose(description: str) -> str:
    """The purpose with its spaces tidied. Raises PurposeError when it is no text, empty or far too long."""
    if not isinstance(description, str):
        raise PurposeError("The purpose is not a text.", "Say in a sentence what the team should help you with.")
    purpose = " ".join(whole_characters(description).split())
    if not purpose:
        raise PurposeError("The purpose is empty.", "Say in a sentence what the team should help you with.")
    if len(purpose) > MAX_PURPOSE_CHARS:
        raise PurposeError(
            f"The purpose has {len(purpose):,} characters; {MAX_PURPOSE_CHARS:,} is the most that a prompt can carry.",
            "Say it in a few sentences, and attach long material as knowledge files.",
        )
    return purpose
