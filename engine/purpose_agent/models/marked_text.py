"""The parts of a reply that the model itself marks: what it only thought, and what it calls its answer."""

import re

_THINKING = re.compile(r"\s*<(think|thinking|thought)>(.*?)(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_THINKING_END = re.compile(r"</(?:think|thinking|thought)>[ \t]*(?:\n|\Z)", re.IGNORECASE)
_TAGGED_ANSWER = re.compile(r"<answer>((?:(?!<answer>).)*?)</answer>", re.DOTALL | re.IGNORECASE)
_NAMED_ANSWER = re.compile(
    r"^[ \t#>*_-]*(?:the[ \t]+)?(?:final[ \t]+)?answer(?:[ \t]+is\b[ \t]*:?|[ \t*_]*:)[ \t*_]*(?P<answer>\S.*)$",
    re.MULTILINE | re.IGNORECASE,
)


def split_thinking(text: str) -> tuple[str, str]:
    """(thinking, reply). An unclosed <think> takes all that follows; a lone </think> ends what stands before it."""
    opened = _THINKING.match(text)
    if opened is not None:
        return opened[2].strip(), text[opened.end() :].lstrip()
    closed = _THINKING_END.search(text)
    if closed is not None:
        return text[: closed.start()].strip(), text[closed.end() :].lstrip()
    return "", text


def final_answer(text: str) -> str | None:
    """The answer that the reply marks as such: <answer>…</answer>, "Final answer: …", or \\boxed{…}; the last one."""
    _, body = split_thinking(text)
    tagged = _TAGGED_ANSWER.findall(body)
    if tagged:
        return str(tagged[-1]).strip() or None
    named = [match["answer"].strip().strip("*_").strip() for match in _NAMED_ANSWER.finditer(body)]
    named = [answer for answer in named if answer and not answer.startswith(("\\[", "$$", "<", "```"))]
    return named[-1] if named else _boxed(body)


def has_tagged_answer(body: str) -> bool:
    """Whether there is an <answer>…</answer>."""
    return _TAGGED_ANSWER.search(body) is not None


def _boxed(body: str) -> str | None:
    r"""The content of the last \boxed{…} with its braces in balance."""
    start = body.rfind("\\boxed{")
    if start < 0:
        return None
    depth, begin = 0, start + len("\\boxed{")
    for index in range(begin, len(body)):
        if body[index] == "{":
            depth += 1
        elif body[index] == "}" and depth == 0:
            return body[begin:index].strip() or None
        elif body[index] == "}":
            depth -= 1
    return None
