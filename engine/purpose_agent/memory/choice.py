"""Which lessons go into a prompt: the rule alone, free of any database.

Three ways in:
1. what the person taught in so many words (at most three), unless it is shown to harm;
2. exploration: a few places for lessons that are not proven yet, so that they can prove themselves, by how much they
   may help at best times how similar they are: (mean + sd) · similarity. A lesson just approved for such a task comes
   first and drops back as its trials disappoint. In simulation this beat Thompson draws of the same quantity, with
   and without poisoned lessons, and it repeats exactly. A lesson is given up only when not even mean + 1.5 sd is of
   use: an earlier bar lost the right lesson of a family to the failures of its neighbours in the same task kind;
3. proven: mean effect above 0.04 and above z standard deviations, best first; never filled up for its own sake.
   Similarity finds candidates and orders exploration; it proves nothing. A lesson that replays released has passed
   the bar already: it stays in while it clears half of it, and it never explores here: replays try it at no
   risk to a run.

Of lessons that say to do the same, one goes in. In a set fraction of runs one chosen lesson that has been used before
is left out on purpose, so that its absence can be compared with its presence; what the person taught is not left out.
"""

import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

PINNED = 3
PROVEN_MEAN = 0.04
HARM_USES = 5
HOPE_SD = 1.5
HOLD = 0.5
"""The part of z that keeps a lesson in once it was released by replays; a doubt in between does not flip it."""
SIMILAR_ENOUGH = 0.4
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
    replayed    whether it was released by replays on tasks of this kind.
    """

    key: str
    mean: float
    sd: float
    uses: int
    similarity: float
    tokens: int = 0
    act: str = ""
    pinned: bool = False
    replayed: bool = False


class Choice(NamedTuple):
    """Keys for the prompt: the pinned, then by similarity. Those among them that explore. The one left out.

    tossed  those of which any one may have been left out, and with what chance each: what makes a fair comparison.
    """

    keys: tuple[str, ...]
    exploring: frozenset[str]
    withheld: str | None
    tossed: frozenset[str] = frozenset()
    chance: float = 0.0


def choose(options: Iterable[Option], rules: Rules, rng: random.Random) -> Choice:
    """The lessons for one prompt. The same options, rules and rng state give the same choice."""
    pool = sorted(options, key=_by_similarity)
    basket = _Basket(rules)
    for option in [o for o in pool if o.pinned and not _harms(o, rules.z, HARM_USES)][:PINNED]:
        basket.take(option)
    pinned = {option.key for option in basket.taken}
    proven = sorted((o for o in pool if o.key not in pinned and _helps(o, rules.z)), key=lambda o: (-o.mean, o.key))
    settled = pinned | {option.key for option in proven}
    acts = {option.act for option in proven if option.act}
    unproven = [o for o in pool if o.key not in settled and o.act not in acts and (o.pinned or not o.replayed)]
    exploring = _explore(
        [o for o in unproven if not (o.pinned and _harms(o, rules.z, HARM_USES))], rules.explore, basket
    )
    for option in proven:
        basket.take(option)
    candidates = [o for o in basket.taken if o.uses > 0 and o.key not in pinned]
    withheld = _left_out(candidates, rules.holdout, rng)
    ordered = sorted(basket.taken, key=lambda o: (o.key not in pinned, *_by_similarity(o)))
    return Choice(
        keys=tuple(option.key for option in ordered if option.key != withheld),
        exploring=frozenset(exploring - {withheld}),
        withheld=withheld,
        tossed=frozenset(option.key for option in candidates) if rules.holdout else frozenset(),
        chance=rules.holdout / len(candidates) if candidates else 0.0,
    )


def helps(mean: float, sd: float, z: float) -> bool:
    """Whether an effect is proven: of use at all, and by more than z standard deviations."""
    return mean > PROVEN_MEAN and mean > z * sd


class _Basket:
    """What has been taken: at most k, within the tokens, one of a kind of act."""

    def __init__(self, rules: Rules) -> None:
        self.taken: list[Option] = []
        self._room, self._tokens = rules.k, rules.tokens
        self._acts: set[str] = set()

    def take(self, option: Option) -> bool:
        fits = len(self.taken) < self._room and option.tokens <= self._tokens
        if not fits or (option.act and option.act in self._acts):
            return False
        self.taken.append(option)
        self._tokens -= option.tokens
        self._acts.add(option.act)
        return True


def _explore(unproven: Sequence[Option], slots: int, basket: _Basket) -> set[str]:
    """Fill the exploration slots; returns the keys taken."""
    best = max((option.similarity for option in unproven), default=0.0)
    near = [o for o in unproven if o.similarity >= max(LEAST_SIMILARITY, SIMILAR_ENOUGH * best)]
    promising = [o for o in near if o.mean + HOPE_SD * o.sd > PROVEN_MEAN]
    promising.sort(key=lambda o: (-_worth_trying(o), o.uses, *_by_similarity(o)))
    taken: set[str] = set()
    for option in promising:
        if len(taken) == slots:
            break
        if basket.take(option):
            taken.add(option.key)
    return taken


def _worth_trying(option: Option) -> float:
    at_best = option.mean + option.sd
    return at_best * option.similarity if at_best > 0 else at_best


def _left_out(candidates: Sequence[Option], fraction: float, rng: random.Random) -> str | None:
    """One of the candidates in the given fraction of runs. Draws twice in any case, so later draws stay in step."""
    wanted, which = rng.random() < fraction, rng.random()
    return candidates[int(which * len(candidates))].key if wanted and candidates else None


def _helps(option: Option, z: float) -> bool:
    return helps(option.mean, option.sd, HOLD * z if option.replayed else z)


def _harms(option: Option, z: float, least_uses: int) -> bool:
    return option.uses >= least_uses and option.mean < -z * option.sd


def _by_similarity(option: Option) -> tuple[float, str]:
    return -option.similarity, option.key
