"""The memory's proposals, looked for beside the page: at 10,000 lessons a first look takes seconds, a later 15 ms."""

import threading
from collections.abc import Callable

from purpose_agent.errors import PurposeError
from purpose_agent.memory.ledger import Ledger
from purpose_agent.memory.proposals import Proposal

_PATIENCE_S = 0.15  # a small memory is looked through in that time, so that its page shows the proposals at once
_LARGE = 1_000  # lessons in use or waiting; beside a look through more of them the pages would become slow


class ProposalBoard:
    """Keeps what was found last. A small memory is looked through whenever it moved, a large one when asked to.

    Safe from any thread.
    """

    def __init__(self, find: Callable[[], list[Proposal]], ledger: Ledger) -> None:
        self._find = find
        self._ledger = ledger
        self._lock = threading.Lock()
        self._looking: threading.Thread | None = None
        self._found: list[Proposal] = []
        self._position = -1

    @property
    def is_looking(self) -> bool:
        return self._looking is not None and self._looking.is_alive()

    @property
    def waits_to_be_asked(self) -> bool:
        """Whether something moved since the last look, and the memory is large."""
        return self._is_large and not self.is_looking and self._position != self._ledger.position

    def latest(self, *, wait_s: float | None = None) -> list[Proposal]:
        """Those that still hold among the last that were found.

        wait_s  for a look that goes on; None = a moment for a small memory, not at all for a large one.
        """
        if not self._is_large and self._position != self._ledger.position:
            self.look()
        patience = (0.0 if self._is_large else _PATIENCE_S) if wait_s is None else wait_s
        looking = self._looking
        if looking is not None and patience:
            looking.join(patience)
        return [proposal for proposal in self._found if self._holds(proposal)]

    def look(self) -> None:
        """Begin to look now, in a thread of its own."""
        with self._lock:
            if not self.is_looking:
                self._looking = threading.Thread(target=self._work, name="proposals", daemon=True)
                self._looking.start()

    def _work(self) -> None:
        try:
            position = self._ledger.position
            self._found = self._find()
            self._position = position
        except PurposeError:  # the workspace was closed, or its record is damaged: the page itself tells that
            self._found = []

    @property
    def _is_large(self) -> bool:
        return self._ledger.count("quarantined") + self._ledger.count("promoted") > _LARGE

    def _holds(self, proposal: Proposal) -> bool:
        """Whether its lessons are still as they were when it was made."""
        for side in proposal.sides:
            view = self._ledger.card(side.card_id)
            if (view.card.version, view.status) != (side.version, side.status):
                return False
        return True
