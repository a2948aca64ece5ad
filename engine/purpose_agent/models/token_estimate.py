"""A rough count of tokens where no tokenizer is at hand.

Four characters a token is the usual rule of thumb for English text and code; words of other scripts take more. It is
good enough to see that a prompt cannot have fitted a window, and it is never shown as a measured count.
"""

from collections.abc import Sequence

from purpose_agent.models.backend import Message

CHARS_PER_TOKEN = 4
TOKENS_PER_MESSAGE = 4  # the role markers that a chat template puts around each message


def estimate_tokens(messages: Sequence[Message]) -> int:
    """About how many tokens the messages take; never 0 for a message."""
    return sum(TOKENS_PER_MESSAGE + len(message.content) // CHARS_PER_TOKEN for message in messages)
