"""The memory's proposals, looked for beside the page: at 10,000 lessons a first look takes seconds, the next 15 ms."""

import threading
import time
from collections.abc import Callable

from purpose_agent.errors import PurposeError
from purpose_agent.memory.ledger import Ledger
from purpose_agent.memory.proposals import Proposal

_PATIENCE_S = 0.15  # a small memory is looked through in that time, so that its page shows the proposals at once
_LARGE = 1_000  # lessons in use or waiting, from which on a look is felt beside it
_QUIET_S = 3.0  # a large memory is looked through when nobody has decided anything for so long


class ProposalBoard:
    """Keeps what was found last, and looks again when the ledger has moved. Safe from any thread."""

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

    def latest(self, *, wait_s: float = _PATIENCE_S) -> list[Proposal]:
        """Those that still hold among the last that were found; waits a moment for a look that is needed."""
        if self._position != self._ledger.position:
            self._look()
        looking = self._looking
        if looking is not None and (wait_s > _PATIENCE_S or not self._is_large):
            looking.join(wait_s)
        return [proposal for proposal in self._found if self._holds(proposal)]

    def _look(self) -> None:
        with self._lock:
            if not self.is_looking:
                self._looking = threading.Thread(target=self._work, name="proposals", daemon=True)
                self._looking.start()

    def _work(self) -> None:
        try:
            position = self._ledger.position
            while self._is_large:
                time.sleep(_QUIET_S)
                before, position = position, self._ledger.position
                if position == before:
                    break
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
