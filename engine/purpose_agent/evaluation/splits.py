"""Part a suite into train, validation and eval, so that nothing of one part stands in another.

Families stay whole. Where a task of one family says nearly the same as a task of another, both families stay together:
long texts are compared by MinHash (`vault/similar.py`), short ones by their words. The same suite, shares and seed give
the same parts.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from purpose_agent.evaluation.checks.plain_words import plain_words
from purpose_agent.evaluation.suite_records import Suite, SuiteError, SuiteTask
from purpose_agent.types import Record
from purpose_agent.vault.similar import LIKENESS, Shingles, shingles

PARTS = ("train", "validation", "eval")
SHARES = (0.6, 0.2, 0.2)
_LEAST_WORDS = 8  # from here on a short text with one word changed is called the same
_BANDS = 32
_FAR_OFF = 0.1


class Split(Record, frozen=True, kw_only=True):
    """Three suites of the same tasks, each in the order of the whole. `notices`: what the person should know."""

    train: Suite
    validation: Suite
    eval: Suite
    notices: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[Suite, ...]:
        return (self.train, self.validation, self.eval)


class SplitImpossible(SuiteError):
    """There are too few families that have nothing to do with one another."""


class _Group(NamedTuple):
    """Tasks that must not be parted, by their places; `families` that they come from."""

    places: list[int]
    families: tuple[str, ...]


def split(suite: Suite, *, shares: Sequence[float] = SHARES, seed: int = 0) -> Split:
    """Parts of about these shares of the tasks. Raises SplitImpossible, and ValueError for shares that are none."""
    if len(shares) != len(PARTS) or min(shares) <= 0:
        raise ValueError(f"three shares above 0 are needed: {shares=}")
    groups = _groups(suite.tasks)
    joined = [group.families for group in groups if len(group.families) > 1]
    if len(groups) < len(PARTS):
        raise SplitImpossible(
            f"“{suite.title}” cannot be parted into three without a leak: it has {_families(len(groups))} that "
            f"{'has' if len(groups) == 1 else 'have'} nothing in common, and each part needs one of its own."
            + (f" {_told(joined)}" if joined else ""),
            "Add tasks of other families, or give different families to tasks that do not teach each other.",
        )
    wanted = [share / sum(shares) * len(suite.tasks) for share in shares]
    parts = _dealt(groups, wanted, random.Random(seed))
    made = [_part(suite, name, sorted(places)) for name, places in zip(PARTS, parts, strict=True)]
    notices = [_told(joined)] if joined else []
    for name, places, share in zip(PARTS, parts, shares, strict=True):
        has = len(places) / len(suite.tasks)
        if abs(has - share / sum(shares)) > _FAR_OFF:
            notices.append(f"{name} has {has:.0%} of the tasks in place of {share / sum(shares):.0%}: families differ.")
    return Split(train=made[0], validation=made[1], eval=made[2], notices=tuple(notices))


def near_duplicates(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of places whose texts say nearly the same; enough pairs to connect all that belong together."""
    pairs = []
    seen: dict[object, int] = {}
    long: list[tuple[int, Shingles]] = []
    for place, text in enumerate(texts):
        signature = shingles(text)
        if len(signature):
            long.append((place, signature))
        for key in _word_keys(text):
            first = seen.setdefault(key, place)
            if first != place:
                pairs.append((first, place))
    return pairs + list(_alike(long))


def _word_keys(text: str) -> Iterator[object]:
    """Two texts share a key when their words are the same, or the same but for one of many."""
    words = plain_words(text)
    yield tuple(words)
    if len(words) >= _LEAST_WORDS:
        for at in range(len(words)):
            yield (at, *words[:at], *words[at + 1 :])


def _alike(signatures: Sequence[tuple[int, Shingles]]) -> Iterator[tuple[int, int]]:
    """Candidates share a band of their signatures, so that not every pair is compared."""
    for band in range(_BANDS):
        buckets: dict[bytes, list[tuple[int, Shingles]]] = defaultdict(list)
        for place, signature in signatures:
            width = len(signature) // _BANDS
            bucket = buckets[signature[band * width : (band + 1) * width].tobytes()]
            for other, theirs in bucket:
                if float(np.mean(theirs == signature)) >= LIKENESS:
                    yield (other, place)
                    break
            else:
                bucket.append((place, signature))


def _groups(tasks: Sequence[SuiteTask]) -> list[_Group]:
    root = list(range(len(tasks)))

    def find(place: int) -> int:
        while root[place] != place:
            root[place] = root[root[place]]
            place = root[place]
        return place

    first: dict[str, int] = {}
    for place, item in enumerate(tasks):
        if item.family:
            root[find(place)] = find(first.setdefault(item.family, place))
    for one, other in near_duplicates([item.task.text for item in tasks]):
        root[find(other)] = find(one)
    places: dict[int, list[int]] = defaultdict(list)
    for place in range(len(tasks)):
        places[find(place)].append(place)
    return [
        _Group(group, tuple(dict.fromkeys(tasks[place].family for place in group if tasks[place].family)))
        for group in places.values()
    ]


def _dealt(groups: Sequence[_Group], wanted: Sequence[float], rng: random.Random) -> list[list[int]]:
    """Largest groups first, each to the part that lacks most of its share; no part stays empty."""
    waiting = sorted(groups, key=lambda group: group.places[0])
    rng.shuffle(waiting)
    waiting.sort(key=lambda group: -len(group.places))
    parts: list[list[int]] = [[] for _ in wanted]
    for number, group in enumerate(waiting):
        empty = [at for at, part in enumerate(parts) if not part]
        open_parts = empty if len(waiting) - number <= len(empty) else range(len(parts))
        best = max(open_parts, key=lambda at: wanted[at] - len(parts[at]))
        parts[best] += group.places
    return parts


def _part(suite: Suite, name: str, places: Sequence[int]) -> Suite:
    """The tasks keep the name of the whole, so that a run tells where it is from."""
    return Suite(
        name=f"{suite.name}-{name}", title=f"{suite.title}: {name}", tasks=tuple(suite.tasks[place] for place in places)
    )


def _told(joined: Sequence[tuple[str, ...]]) -> str:
    shown = "; ".join(" and ".join(f"“{family}”" for family in families[:3]) for families in joined[:3])
    return f"Kept together, since some of their tasks say nearly the same: {shown}."


def _families(count: int) -> str:
    return f"{count} {'family' if count == 1 else 'families'}"
