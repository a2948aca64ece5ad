"""Evolution of lessons: children of lessons that proved themselves, each a new candidate under the same gate.

Mutation widens or narrows where a lesson applies, adds an exception from runs that failed with it, or shortens it;
crossover joins two lessons on one kind of task. Fitness is the believed effect less its doubt, from the effect ledger:
fitter parents have children more often. What a person said in so many words is not bred from, nor what a person turned
down. A child that says what some card said already, whatever became of it, is dropped, so nothing goes in circles.
The choice is the same for the same memory and seed.
"""

import random
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import msgspec

from purpose_agent.memory.cards import MAX_TEXT, CardKind, CardOrigin, MemoryCard, Scope, act, duplicate_key
from purpose_agent.memory.choice import helps
from purpose_agent.memory.effects import ENOUGH_USES, Effect

Z = 0.5
"""How sure the proof of a parent has to be: the bar that a lesson clears to stay in prompts."""
FEW_USES = 3
LEAST_SUCCESSES = 2
LONG_TEXT = 120
LEAST_FITNESS = 0.05
EXCEPTION_WORDS = 3

_BRED: frozenset[CardKind] = frozenset({"skill_card", "failure_pattern", "episodic_case", "tool_policy"})
_INHERITED = (
    "when", "why", "unless", "scope", "author", "environment", "expires", "source_run", "source_step",
)  # fmt: skip
_EXAMPLE = re.compile(r"[,;]?\s+(?:for example|e\.g\.|such as)\s+(?:`[^`]*`|[^,;.]*)|\s*\([^()]*\)", re.IGNORECASE)


class Parent(NamedTuple):
    """A lesson in use with what its runs showed.

    home        its effect in the task kind it is at home in.
    elsewhere   its effect in other kinds in which it was used, by kind.
    failed, succeeded   of each run with it in its prompt, the telling words of the task.
    """

    card: MemoryCard
    home: Effect
    elsewhere: Mapping[str, Effect] = {}
    failed: Sequence[Collection[str]] = ()
    succeeded: Sequence[Collection[str]] = ()

    @property
    def fitness(self) -> float:
        return self.home.mean - Z * self.home.sd

    @property
    def is_proven(self) -> bool:
        return self.home.uses >= ENOUGH_USES and helps(self.home.mean, self.home.sd, Z)


class Child(NamedTuple):
    """A candidate, and the fitness of what it comes from. `how` says in words what was changed."""

    card: MemoryCard
    fitness: float
    how: str


def offspring(
    parents: Sequence[Parent], known: Sequence[MemoryCard], rejected: Sequence[MemoryCard], *, seed: int, limit: int
) -> list[Child]:
    """At most `limit` children, the draw weighted by fitness.

    known     every card there ever was, whatever became of it.
    rejected  those that were turned down: nothing is bred of an act among them.
    """
    if limit < 1:
        return []
    refused = {act(card) for card in rejected}
    fertile = [p for p in parents if p.card.kind in _BRED and p.home.uses >= ENOUGH_USES and act(p.card) not in refused]
    fertile.sort(key=lambda parent: parent.card.card_id)
    taken = {duplicate_key(card) for card in known}
    born: list[Child] = []
    for child in _drawn([*_mutants(fertile), *_crossed(fertile)], random.Random(seed)):
        key = duplicate_key(child.card)
        if key in taken or act(child.card) in refused or len(child.card.text) > MAX_TEXT:
            continue
        taken.add(key)
        born.append(child)
        if len(born) == limit:
            break
    return born


def _mutants(parents: Sequence[Parent]) -> Iterator[Child]:
    for parent in parents:
        for mutate in (_widened, _narrowed, _with_exception, _shortened):
            child = mutate(parent)
            if child is not None:
                yield child


def _widened(parent: Parent) -> Child | None:
    """Proven at home, and harmful in no kind where it was tried: let the whole family of tasks have it."""
    scope = parent.card.scope
    family, colon, _ = scope.task_kind.partition(":")
    wider = Scope(task_kind=family, tool=scope.tool, user=scope.user)
    if (
        not parent.is_proven
        or not (colon or scope.agent)
        or any(_harms(effect) for effect in parent.elsewhere.values())
    ):
        return None
    return _mutant(parent, "applies more widely", scope=wider)


def _narrowed(parent: Parent) -> Child | None:
    """Of use in one kind and harmful in another: keep it to where it is of use."""
    good = [(e.mean - Z * e.sd, kind) for kind, e in parent.elsewhere.items() if _tried(e) and helps(e.mean, e.sd, Z)]
    if not good or not any(_harms(effect) for effect in parent.elsewhere.values()):
        return None
    fitness, kind = max(good)
    scope = msgspec.structs.replace(parent.card.scope, task_kind=kind)
    child = _mutant(parent, "keeps to where it helps", scope=scope)
    return child._replace(fitness=max(child.fitness, fitness))


def _with_exception(parent: Parent) -> Child | None:
    """What the tasks that failed with it are about, and none that succeeded."""
    if parent.card.unless or not parent.failed or len(parent.succeeded) < LEAST_SUCCESSES:
        return None
    fine = {word for words in parent.succeeded for word in words}
    counts: dict[str, int] = {}
    for words in parent.failed:
        for word in set(words) - fine:
            counts[word] = counts.get(word, 0) + 1
    telling = sorted(counts, key=lambda word: (-counts[word], word))[:EXCEPTION_WORDS]
    if not telling:
        return None
    return _mutant(parent, "has an exception from runs that failed with it", unless=f"it is about {', '.join(telling)}")


def _shortened(parent: Parent) -> Child | None:
    """The same act in fewer words: a prompt has room for few."""
    card = parent.card
    if not parent.is_proven or len(card.text) < LONG_TEXT:
        return None
    if card.why:
        return _mutant(parent, "is shorter", why="")
    shorter = _EXAMPLE.sub("", card.do).strip()
    return _mutant(parent, "is shorter", do=shorter) if shorter and len(shorter) < len(card.do) else None


def _crossed(parents: Sequence[Parent]) -> Iterator[Child]:
    """Two proven lessons of one sort on one kind of task, in one sentence; both parents stay."""
    proven = [parent for parent in parents if parent.is_proven and not parent.card.parents]
    for one, other in combinations(proven, 2):
        first, second = sorted((one, other), key=lambda parent: (-parent.fitness, parent.card.card_id))
        a, b = first.card, second.card
        if a.kind != b.kind or a.scope != b.scope or act(a) == act(b):
            continue
        card = _child(
            a,
            "crossover",
            (a.card_id, b.card_id),
            evidence=f"made from {a.card_id} and {b.card_id}, both proven on such tasks",
            when=a.when if a.when == b.when else f"{a.when}, or {b.when}",
            do=f"{a.do.rstrip('. ')}; then {b.do[:1].lower()}{b.do[1:]}",
            why=a.why or b.why,
            unless=", or ".join(part for part in dict.fromkeys((a.unless, b.unless)) if part),
            author=a.author if a.author == b.author else "extractor",
            expires=min((at for at in (a.expires, b.expires) if at), default=None),
        )
        yield Child(card, (first.fitness + second.fitness) / 2, "joins two lessons")


def _mutant(parent: Parent, how: str, **changes: object) -> Child:
    """A child that takes its parent's place if it is approved."""
    effect, card = parent.home, parent.card
    evidence = f"{card.card_id} {how}; its effect was {effect.mean:+.2f} ± {effect.sd:.2f} over {effect.uses} runs"
    child = _child(card, "mutation", (card.card_id,), evidence=evidence, supersedes=(card.card_id,), **changes)
    return Child(child, parent.fitness, how)


def _child(
    card: MemoryCard, origin: CardOrigin, parents: tuple[str, ...], *, evidence: str, **changes: object
) -> MemoryCard:
    """A card of its own that keeps what is named here.

    The run that taught the parent is its source too: a test must not take that task for news.
    """
    fresh = MemoryCard(kind=card.kind, do=card.do)
    kept = {name: getattr(card, name) for name in _INHERITED}
    return msgspec.structs.replace(fresh, origin=origin, parents=parents, evidence=evidence, **{**kept, **changes})


def _drawn(children: Sequence[Child], rng: random.Random) -> list[Child]:
    """In an order drawn by weight, without putting back (Efraimidis and Spirakis 2006)."""
    return sorted(children, key=lambda child: -(rng.random() ** (1.0 / max(child.fitness, LEAST_FITNESS))))


def _tried(effect: Effect) -> bool:
    return effect.uses >= FEW_USES


def _harms(effect: Effect) -> bool:
    return _tried(effect) and effect.mean < -Z * effect.sd
