"""A rough count of tokens where no tokenizer is at hand, and what it tells of a prompt that was cut.

Four characters a token is the usual rule of thumb for English text and code; words of other scripts take more. It is
good enough to see that a prompt cannot have fitted a window, and it is never shown as a measured count.
"""

from collections.abc import Sequence

from purpose_agent.models.backend import Message

CHARS_PER_TOKEN = 4
TOKENS_PER_MESSAGE = 4  # the role markers that a chat template puts around each message
_FULL_WITHIN = 16  # tokens: a prompt this near the window was filled up to it
_LONG_PROMPT = 500  # tokens: below this the estimate is too rough to compare with


def estimate_tokens(messages: Sequence[Message]) -> int:
    """About how many tokens the messages take; never 0 for a message."""
    return sum(TOKENS_PER_MESSAGE + len(message.content) // CHARS_PER_TOKEN for message in messages)


def prompt_cut(who: str, read: int | None, about: int, window: int | None = None) -> str:
    """A sentence when the model most likely did not get the whole prompt, else "".

    Either the window was filled to the brim, or fewer than half of the estimated tokens were read: a model whose own
    window is smaller than was asked for does that. Servers on this machine cut without an error.
    """
    if not read:
        return ""
    if window is not None and read >= window - _FULL_WITHIN:
        return (
            f"The prompt was probably cut: {who} read {read:,} tokens, which is all that the context window of "
            f"{window:,} holds. Allow a larger context, or give the task fewer sources."
        )
    if about > _LONG_PROMPT and read < about // 2:
        return (
            f"The prompt was probably cut: {who} read {read:,} of about {about:,} tokens. The model's own context "
            f"window may be too small; pick another model, or give the task fewer sources."
        )
    return ""
