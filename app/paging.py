"""Long lists a page at a time."""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def one_page(rows: Sequence[T], size: int, *, key: str) -> Sequence[T]:
    """The rows of the page that is chosen; where there are several, the choice is drawn here."""
    pages = -(-len(rows) // size)
    if pages < 2:
        return rows
    page = min(st.pagination(pages, key=key), pages)  # a page from before the list grew shorter is the last one
    return rows[size * (page - 1) : size * page]
