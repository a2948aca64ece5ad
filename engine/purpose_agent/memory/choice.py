"""Which lessons go into a prompt: the rule alone, free of any database.

Four ways in, in this order of right:
1. what the person taught in so many words (at most three), unless it is shown to harm;
2. exploration: a few places for lessons that are not proven yet, so that they can prove themselves. The first goes to
   the most similar one, the second to the least tried among the similar, the others by a Thompson draw;
3. proven: mean effect above `cut` and above z standard deviations, best first; never filled up for its own sake;
4. nothing else. Similarity finds candidates and orders exploration; it proves nothing.

Of lessons that say to do the same, one goes in. In a set fraction of runs one chosen lesson that has been used before
is left out on purpose, so that its absence can be compared with its presence; what the person taught is not left out.
"""

import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

PINNED = 3
PROVEN_MEAN = 0.04
HARM_USES = 5
EXPLORE_HARM_USES = 3
LEAST_SIMILARITY = 0.1


class Rules(NamedTuple):
    """k lessons at most in `tokens` tokens, `explore` of them unproven; z is how sure a proof has to be."""

    k: int = 10
    tokens: int = 600
    explore: int = 3
    holdout: float = 0.10
    z: float = 0.5


class Option(NamedTuple):
    """A lesson as the rule sees it.

    key         unique; breaks ties, so the same options give the same choice in whatever order they come.
    similarity  to the task, in [0, 1].
    act         what it says to do, normalised; options with the same act exclude each other. "" = like no other.
    """

    key: str
    mean: float
    sd: float
    uses: int
    similarity: float
    tokens: int = 0
    act: str = ""
    pinned: bool = False


class Choice(NamedTuple):
    """Keys for the prompt, the most certain to matter first; those among them that explore; the one left out."""

    keys: tuple[str, ...]
    exploring: frozenset[str]
    withheld: str | None


def choose(options: Iterable[Option], rules: Rules, rng: random.Random) -> Choice:
    pool = sorted(options, key=lambda option: option.key)
    basket = _Basket(rules)
    for option in sorted((o for o in pool if o.pinned and not _harms(o, rules.z, HARM_USES)), key=_by_similarity)[
        :PINNED
    ]:
        basket.take(option)
    pinned = set(basket.keys)
    proven = [o for o in pool if o.mean > PROVEN_MEAN and o.mean > rules.z * o.sd and o.key not in pinned]
    proven_keys = {option.key for option in proven}
    unproven = [
        o for o in pool if o.key not in proven_keys and not o.pinned and not _harms(o, rules.z, EXPLORE_HARM_USES)
    ]
    best_proven = sorted(proven, key=lambda o: (-o.mean, o.key))
    acts = {option.act for option in best_proven if option.act}
    exploring = _explore([o for o in unproven if o.act not in acts or not o.act], rules.explore, basket, rng)
    for option in best_proven:
        basket.take(option)
    withheld = _left_out([o for o in basket.taken if o.uses > 0 and not o.pinned], rules.holdout, rng)
    rest = [o for o in basket.taken if o.key != withheld]
    ordered = sorted(rest, key=lambda o: (not o.pinned, *_by_similarity(o)))
    return Choice(tuple(option.key for option in ordered), frozenset(exploring) - {withheld}, withheld)


class _Basket:
    """What has been taken: at most k, within the tokens, one of a kind of act."""

    def __init__(self, rules: Rules) -> None:
        self.taken: list[Option] = []
        self._room, self._tokens = rules.k, rules.tokens
        self._acts: set[str] = set()

    @property
    def keys(self) -> list[str]:
        return [option.key for option in self.taken]

    def take(self, option: Option) -> bool:
        fits = len(self.taken) < self._room and option.tokens <= self._tokens
        if not fits or (option.act and option.act in self._acts):
            return False
        self.taken.append(option)
        self._tokens -= option.tokens
        self._acts.add(option.act)
        return True


def _explore(unproven: Sequence[Option], slots: int, basket: _Basket, rng: random.Random) -> list[str]:
    """Fill the exploration slots; returns the keys taken."""
    draws = {option.key: rng.gauss(option.mean, option.sd) for option in unproven}
    near = [option for option in unproven if option.similarity >= LEAST_SIMILARITY]
    if not near or slots <= 0:
        return []
    close = 0.5 * max(option.similarity for option in near)
    promising = [option for option in near if option.mean + option.sd > PROVEN_MEAN]
    orders: list[list[Option]] = [
        sorted(promising, key=lambda o: (*_by_similarity(o)[:1], o.uses, o.key)),
        sorted((o for o in promising if o.similarity >= close), key=lambda o: (o.uses, *_by_similarity(o))),
        sorted((o for o in near if draws[o.key] > PROVEN_MEAN), key=lambda o: (-draws[o.key] * o.similarity, o.key)),
    ]
    taken: list[str] = []
    for slot in range(slots):
        order = orders[min(slot, len(orders) - 1)]
        option = next((o for o in order if o.key not in taken and basket.take(o)), None)
        if option:
            taken.append(option.key)
    return taken


def _left_out(candidates: Sequence[Option], fraction: float, rng: random.Random) -> str | None:
    """One of the candidates in the given fraction of runs. Draws twice in any case, so later draws stay in step."""
    wanted, which = rng.random() < fraction, rng.random()
    return candidates[int(which * len(candidates))].key if wanted and candidates else None


def _harms(option: Option, z: float, least_uses: int) -> bool:
    return option.uses >= least_uses and option.mean < -z * option.sd


def _by_similarity(option: Option) -> tuple[float, str]:
    return -option.similarity, option.key
