"""Faults that pass by themselves: a lesson that rests on one lapses, so that a bad hour makes no rule for good."""

import re
from datetime import timedelta

LAPSES_AFTER = timedelta(days=14)

_SIGNS = re.compile(
    r"""
    \btime[ds]?[\s-]?out(?:error)?\b | \bdid\ not\ (?:finish|answer|respond)\b | \bdeadline\b | \btook\ too\ long\b
    | \b(?:took|ran)\ longer\b | \blimit\ of\ [\d.,]+\ s\b | \btime\ limit\b
    | \b(?:connection|network|socket|dns|ssl|proxy)(?:error)?\b
    | \b(?:un)?reachable\b | \bname\ resolution\b | \boffline\b
    | \b(?:429|500|502|503|504)\b | \brate[\s-]?limit | \btoo\ many\ requests\b | \bquota\b
    | \btemporar(?:y|ily)\b | \bunavailable\b | \bbusy\b | \blocked\b | \btry\ (?:again|later)\b | \boverloaded\b
    | \bno\ such\ file\b | \bdoes\ not\ exist\b | \bnot\ found\b | \bthere\ is\ no\ file\b
    | \bfile\ (?:is\ )?missing\b | \bmissing\ file\b
    | \bno\ space\b | \bdisk\ (?:is\ )?full\b | \bout\ of\ memory\b | \bmemoryerror\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def may_pass(said: str) -> bool:
    """Whether an error speaks of something that may be over soon: time, network, a busy service, a missing file."""
    return _SIGNS.search(said) is not None
