"""What the memory proposes about the lessons it has, and what becomes of a person's answer.

Proposals are found anew whenever they are asked for; only what changed since is looked at again. Nothing is overwritten
by an answer: lessons are put away (an undo brings them back), edited into a next version, or given a merged card beside
them, which goes through the same scan, replays and decision as any new lesson and takes their place only when approved.
"""

import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from purpose_agent.memory.cards import MAX_TEXT, MemoryCard
from purpose_agent.memory.contradictions import Clash, clash
from purpose_agent.memory.deciding import Decisions
from purpose_agent.memory.duplicates import groups, likeness, merged
from purpose_agent.memory.errors import LessonEmpty
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.homeostasis import Act
from purpose_agent.memory.housekeeping import Housekeeping
from purpose_agent.memory.ledger import Ledger
from purpose_agent.memory.near_pairs import NearPairs
from purpose_agent.memory.proposals import (
    KEEP_ALL,
    MERGE,
    PUT_AWAY,
    SPLIT,
    Choice,
    ContradictionProposal,
    MergeProposal,
    Narrower,
    Proposal,
    Resolved,
    RestProposal,
    proposal_id,
    side,
    use_only,
)
from purpose_agent.models.embedding.choose import shipped_embedder
from purpose_agent.models.embedding.port import Embedder
from purpose_agent.types import JSON

REPLACES = "replaces"
"""Evidence key on a lesson that was kept: ids of those that were put away for it."""
_KEPT = "kept: "
"""How the evidence key begins that says a proposal was answered with "keep"; its id follows."""


class _Verdict(NamedTuple):
    """On two lessons that are near each other. `likeness` is 0 when they do not say the same."""

    one: str
    other: str
    clash: Clash | None
    likeness: float


class Consolidation:
    """Safe from any thread. `decide` makes the moves."""

    def __init__(
        self,
        ledger: Ledger,
        housekeeping: Housekeeping,
        *,
        decide: Decisions,
        embedder: Embedder | None = None,
    ) -> None:
        self._ledger = ledger
        self._housekeeping = housekeeping
        self._decide = decide
        self._near = NearPairs(embedder or shipped_embedder())
        self._cards: set[tuple[str, int]] = set()
        self._known: dict[tuple[str, int, str, int], _Verdict] = {}
        self._telling: list[_Verdict] = []
        self._lock = threading.Lock()

    def proposals(self) -> list[Proposal]:
        """Contradictions first, then lessons that could be merged, then rules that could rest."""
        views = {
            view.card_id: view
            for view in self._ledger.views(where=lambda view: view.status in ("quarantined", "promoted"))
        }
        verdicts = self._compared(views)
        found: list[Proposal] = [*_contradictions(views, verdicts), *self._merges(views, verdicts)]
        found += [_rest(views[act.card_id], act) for act in self._housekeeping.proposed() if act.card_id in views]
        return [proposal for proposal in found if not _was_kept(proposal, views)]

    def resolve(
        self,
        proposal: Proposal,
        key: str,
        *,
        by: str,
        reason: str = "",
        card: MemoryCard | None = None,
        narrower: Sequence[Narrower] = (),
    ) -> Resolved:
        """Do what a choice of the proposal says.

        card      for "merge": the suggestion as the person changed it; None = as it stands.
        narrower  for "split": the new limits of one side or both.
        Raises a LessonError when a lesson has changed meanwhile or the new words are no lesson.
        """
        if key not in {choice.key for choice in proposal.choices}:
            raise ValueError(f"no choice of this proposal: {key!r}")
        if key == KEEP_ALL:
            return self._keep(proposal, by, reason)
        if key == MERGE and isinstance(proposal, MergeProposal):
            return self._merge(proposal, card or proposal.suggestion, by, reason)
        if key == SPLIT:
            return self._split(proposal, narrower, by, reason)
        if key == PUT_AWAY:
            return self._put_away(proposal, [one.card_id for one in proposal.sides], by, reason or proposal.why)
        return self._use_only(proposal, key.removeprefix("use "), by, reason)

    def take_back(self, resolved: Resolved, *, by: str) -> None:
        """Undo what a choice did, the last act first."""
        for card_id in reversed(resolved.moved):
            self._decide.undo(card_id, by=by)
        if resolved.made and self._ledger.card(resolved.made).status == "quarantined":
            self._decide.archive(resolved.made, by=by, reason="the merge was taken back")
        for card_id in resolved.noted:
            self._decide.note(card_id, by=by, reason="asked again", evidence={_KEPT + resolved.proposal_id: False})

    def _compared(self, views: dict[str, CardView]) -> list[_Verdict]:
        """The near pairs with what is to be said about each; only pairs with new words are read again."""
        with self._lock:
            cards = {(card_id, view.card.version) for card_id, view in views.items()}
            if cards != self._cards:
                known, self._known = self._known, {}
                for one, other, cosine in self._near.of(list(views.values())):
                    a, b = views[one].card, views[other].card
                    key = (one, a.version, other, b.version)
                    self._known[key] = known.get(key) or _Verdict(one, other, clash(a, b), likeness(a, b, cosine))
                self._cards = cards
                self._telling = [verdict for verdict in self._known.values() if verdict.clash or verdict.likeness]
            return self._telling

    def _merges(self, views: dict[str, CardView], verdicts: Iterable[_Verdict]) -> list[MergeProposal]:
        """Without lessons that are being merged already, and the merged ones themselves."""
        taken = {card_id for view in views.values() for card_id in view.card.supersedes}
        taken |= {view.card_id for view in views.values() if view.card.supersedes and view.status == "quarantined"}
        same = {frozenset((x.one, x.other)): x.likeness for x in verdicts if x.likeness}
        found = []
        for ids, value in groups({pair: value for pair, value in same.items() if taken.isdisjoint(pair)}):
            members = self._ledger.with_effects([views[card_id] for card_id in ids])
            found.append(_merge_proposal(sorted(members, key=_merit), value))
        return found

    def _keep(self, proposal: Proposal, by: str, reason: str) -> Resolved:
        ids = tuple(one.card_id for one in proposal.sides)
        for card_id in ids:
            self._decide.note(
                card_id, by=by, reason=reason or "kept as they are", evidence={_KEPT + proposal.proposal_id: True}
            )
        return Resolved(
            proposal_id=proposal.proposal_id, key=KEEP_ALL, noted=ids,
            sentence="Kept as they are. You will not be asked again while their words stay the same.",
        )  # fmt: skip

    def _use_only(self, proposal: Proposal, winner: str, by: str, reason: str) -> Resolved:
        """The winner takes the place of the others: in use where one of them was."""
        others = [one for one in proposal.sides if one.card_id != winner]
        moved = []
        if self._ledger.card(winner).status == "quarantined" and any(one.status == "promoted" for one in others):
            self._decide.approve(winner, by=by, reason=reason or proposal.title)
            moved.append(winner)
        ids: list[JSON] = [one.card_id for one in others]
        self._decide.note(winner, by=by, reason=reason or proposal.title, evidence={REPLACES: ids})
        done = self._put_away(proposal, [one.card_id for one in others], by, reason or f"replaced by {winner}")
        return msgspec.structs.replace(
            done, key=use_only(winner), moved=(*moved, *done.moved), sentence="The other one is put away."
            if len(others) == 1 else f"The other {len(others)} are put away.",
        )  # fmt: skip

    def _merge(self, proposal: MergeProposal, card: MemoryCard, by: str, reason: str) -> Resolved:
        sources = tuple(one.card_id for one in proposal.sides)
        card = msgspec.structs.replace(card, origin="merge", parents=sources, supersedes=sources)
        evidence: dict[str, JSON] = {"merged from": list(sources)}
        added = self._decide.propose(
            card, by=by, reason=reason or f"merged from {len(sources)} lessons", evidence=evidence
        )
        sentence = "The merged lesson waits for a decision. Until it is approved the others stay as they are."
        if not added.is_new:
            sentence = "Another lesson says this already, so nothing was added."
        elif added.status == "rejected":
            sentence = f"A scanner turned the merged lesson down: {self._ledger.card(added.card_id).reason}"
        made = added.card_id if added.is_new else ""
        return Resolved(proposal_id=proposal.proposal_id, key=MERGE, sentence=sentence, made=made)

    def _split(self, proposal: Proposal, narrower: Sequence[Narrower], by: str, reason: str) -> Resolved:
        known = {one.card_id for one in proposal.sides}
        moved = []
        for limits in narrower:
            if limits.card_id not in known:
                raise ValueError(f"not a side of this proposal: {limits.card_id}")
            before = self._ledger.card(limits.card_id)
            new = {"scope": limits.scope, "when": limits.when, "unless": limits.unless}
            changes = {name: to for name, to in new.items() if to is not None and to != getattr(before.card, name)}
            if changes:
                self._decide.edit(
                    limits.card_id,
                    by=by,
                    reason=reason or "each holds for its own part",
                    approve=before.status == "promoted",
                    **changes,  # type: ignore[arg-type]
                )
                moved.append(limits.card_id)
        if not moved:
            raise LessonEmpty(
                "Neither lesson was narrowed.", "Say for at least one of them where it holds, or when it does not."
            )
        return Resolved(
            proposal_id=proposal.proposal_id, key=SPLIT, moved=tuple(moved), sentence="Each holds for its own part now."
        )

    def _put_away(self, proposal: Proposal, card_ids: Iterable[str], by: str, reason: str) -> Resolved:
        moved = []
        for card_id in card_ids:
            self._decide.archive(card_id, by=by, reason=reason)
            moved.append(card_id)
        return Resolved(proposal_id=proposal.proposal_id, key=PUT_AWAY, moved=tuple(moved), sentence="It is put away.")


def _contradictions(views: dict[str, CardView], verdicts: Iterable[_Verdict]) -> list[ContradictionProposal]:
    found = []
    for one, other, turned, _ in verdicts:
        a, b = views[one], views[other]
        if turned and a.card_id not in b.card.supersedes and b.card_id not in a.card.supersedes:
            found.append(_contradiction_proposal(a, b, turned))
    return found


def _contradiction_proposal(a: CardView, b: CardView, turned: Clash) -> ContradictionProposal:
    if (b.status == "promoted", -b.born) > (a.status == "promoted", -a.born):  # the one that was there first, first
        a, b, turned = b, a, Clash(turned.other, turned.one)
    choices = (
        Choice(key=use_only(a.card_id), label="Use the first", result="The second is put away."),
        Choice(key=use_only(b.card_id), label="Use the second", result="The first is put away."),
        Choice(key=SPLIT, label="Each for its own part", result="You say where each holds; both are edited."),
        Choice(key=KEEP_ALL, label="Keep both", result="Both stay, and you are not asked again."),
    )
    return ContradictionProposal(
        proposal_id=proposal_id("contradiction", (a, b)),
        title="Two lessons say the opposite",
        why=f"One says “{turned.one}”, the other “{turned.other}”; the rest is the same, and both can hold at once.",
        sides=(side(a), side(b)),
        choices=choices,
        clash=(turned.one, turned.other),
        narrower=(_narrower(a, b), _narrower(b, a)),
    )


def _narrower(view: CardView, other: CardView) -> Narrower:
    """A lesson for everything could leave out what the other one is for; nothing else is suggested."""
    card, its = view.card, other.card
    if card.when or not its.when or card.unless:
        return Narrower(card_id=card.card_id)
    fits = len(msgspec.structs.replace(card, unless=its.when).text) <= MAX_TEXT
    return Narrower(card_id=card.card_id, unless=its.when if fits else None)


def _merge_proposal(members: Sequence[CardView], similarity: float) -> MergeProposal:
    best, count = members[0], len(members)
    used = sum(view.status == "promoted" for view in members)
    standing = {0: "all of them wait", count: "all of them are in use"}.get(used, f"{used} of them in use")
    others = "The other one is put away." if count == 2 else f"The other {count - 1} are put away."
    return MergeProposal(
        proposal_id=proposal_id("merge", members),
        title=f"{'Two' if count == 2 else count} lessons say nearly the same",
        why=f"Each takes a place of its own in prompts and collects its own experience; {standing}.",
        sides=tuple(side(view) for view in members),
        choices=(
            Choice(
                key=use_only(best.card_id), label="Use the first", result=f"{others} What the first has proved stays."
            ),
            Choice(
                key=MERGE,
                label="Merge them",
                result="A new lesson waits for a decision, and takes their place when it is approved.",
            ),
            Choice(key=KEEP_ALL, label="Keep them", result="They stay, and you are not asked again."),
        ),
        suggestion=merged([view.card for view in members], best.card),
        similarity=round(similarity, 3),
    )


def _merit(view: CardView) -> tuple[bool, float, int, int, str]:
    """Order of the sides: in use, then proven, then seen most often, then short."""
    proven = view.effect.mean - view.effect.sd if view.effect and view.effect.uses else -1.0
    return (view.status != "promoted", -proven, -view.seen, len(view.text), view.card_id)


def _rest(view: CardView, act: Act) -> RestProposal:
    return RestProposal(
        proposal_id=proposal_id(f"rest {act.ground}", (view,)),
        title="A rule of yours could rest",
        why=act.reason,
        sides=(side(view),),
        choices=(
            Choice(key=PUT_AWAY, label="Put it away", result="It is not used any more. You can fetch it back."),
            Choice(key=KEEP_ALL, label="Keep it", result="It stays in use, and you are not asked again."),
        ),
    )


def _was_kept(proposal: Proposal, views: dict[str, CardView]) -> bool:
    return all(views[one.card_id].evidence.get(_KEPT + proposal.proposal_id) is True for one in proposal.sides)
