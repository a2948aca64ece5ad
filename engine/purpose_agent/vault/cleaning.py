"""Text from files is data: what a person cannot see in it is taken out before anyone reads it.

Control characters, zero-width and direction marks, soft hyphens and tag characters have been used to hide instructions
from the person who looks at a file and show them to a model.
"""

import re

_HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters; \t and \n stay
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufe00-\ufe0f\ufff9-\ufffb\U000e0000-\U000e0fff"  # variation selectors, annotations, tags
    "\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff"  # halves of pairs, private use
    "]+"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def clean(text: str) -> str:
    """Visible text with `\\n` line ends."""
    return _HIDDEN.sub("", _LINE_ENDS.sub("\n", text))
