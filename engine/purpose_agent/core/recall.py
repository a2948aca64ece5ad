"""Recalled lessons: the tag under which each stands in a prompt, and what only says again what was recalled.

Nothing is learned from our own recall. A lesson that stands in a prompt comes back in the model's words, and would be
counted as new evidence for itself; so such a candidate makes no card, unless an outcome from outside the model shows
that the lesson reaches further than was known.
"""

import re
from collections.abc import Sequence

from purpose_agent.memory.cards import MemoryCard, act
from purpose_agent.memory.promoted import ShownLesson
from purpose_agent.memory.task_kinds import covers
from purpose_agent.memory.word_index import content_words

SAME_WORDS = 0.7
"""Share of the shorter act's content words that stand in the other one too."""
SAME_GRAMS = 0.4
"""Share of a candidate's runs of three words that stand in the lesson word for word."""
LEAST_QUOTE = 12  # characters of a field that is taken out of a story where it stands word for word

_TAG = re.compile(r"\[m:[0-9a-z]{1,4}\]\s*")
_SIGNS = re.compile(r"[\W_]+")


def tag(card_id: str) -> str:
    """Four letters of the lesson's id: some three tokens, and the same in every prompt."""
    return f"[m:{_SIGNS.sub('', card_id.lower())[-4:]}]"


def tagged(lesson: ShownLesson) -> str:
    """The lesson's line in a prompt."""
    return f"- {tag(lesson.card_id)} {' '.join(lesson.text.split())}"


def without_recall(text: str, lessons: Sequence[ShownLesson]) -> str:
    """The text without the tags and sentences of these lessons, whatever their capitals and blanks."""
    text = _TAG.sub("", text)
    for lesson in lessons:
        card = lesson.card
        for said in (lesson.text, card.do, card.when, card.why, card.unless):
            if len(said) >= LEAST_QUOTE:
                words = r"\s+".join(map(re.escape, said.rstrip(".").split()))
                text = re.sub(words, "(a lesson)", text, flags=re.IGNORECASE)
    return text


def restated(card: MemoryCard, lessons: Sequence[ShownLesson], *, succeeded: bool) -> ShownLesson | None:
    """The recalled lesson that this candidate only says again; None when it is new.

    succeeded  somebody other than the model says that the run succeeded: then the same act in another kind of task, or
               by the facts of a run on another topic, is news.
    """
    for lesson in lessons:
        if _says_the_same(card, lesson.card) and not (succeeded and _reaches_further(card, lesson.card)):
            return lesson
    return None


def _says_the_same(card: MemoryCard, known: MemoryCard) -> bool:
    if act(card) == act(known) or tag(known.card_id) in card.text:
        return True
    if card.author == "extractor":
        return False  # its words are facts of this run: another act is another fact
    ours, theirs = set(content_words(card.do)), set(content_words(known.do))
    shorter = min(len(ours), len(theirs))
    if shorter > 1 and len(ours & theirs) / shorter >= SAME_WORDS:
        return True
    said, recalled = _grams(card.text), _grams(known.text)
    return bool(said) and len(said & recalled) / len(said) >= SAME_GRAMS


def _reaches_further(card: MemoryCard, known: MemoryCard) -> bool:
    if not covers(known.scope.task_kind, card.scope.task_kind):
        return True
    return card.author == "extractor" and card.when != known.when


def _grams(text: str) -> set[tuple[str, ...]]:
    words = _SIGNS.sub(" ", text.casefold()).split()
    return set(zip(words, words[1:], words[2:], strict=False))
