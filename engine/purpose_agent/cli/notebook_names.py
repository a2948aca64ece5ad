"""Find the notebook that a person names at the terminal, by its id or its title."""

from purpose_agent.errors import PurposeError
from purpose_agent.notebooks.model import Notebook
from purpose_agent.notebooks.store import NotebookStore


def notebook_named(store: NotebookStore, name: str, *, what: str = "notebook") -> Notebook:
    """Raises PurposeError when none is called so, or several are. `what`: what could have been meant."""
    wanted = name.strip().lower()
    matching = [book for book in store.notebooks() if wanted in (book.notebook_id, book.title.strip().lower())]
    if not matching:
        raise PurposeError(
            f"There is no {what} called {name!r} in this workspace.",
            "Take a run's id from the line under its answer, or a notebook's title from the app; see --home too.",
        )
    if len(matching) > 1:
        ids = ", ".join(book.notebook_id for book in matching)
        raise PurposeError(f"{len(matching)} notebooks have this title.", f"Give one of their ids: {ids}.")
    return matching[0]
