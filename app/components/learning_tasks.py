"""Which tasks a study is made on: the person's own suites and those that are shipped, by their titles."""

from collections.abc import Mapping, Sequence

import streamlit as st

from app.wiring import engine
from purpose_agent.evaluation.suites import shipped_names
from purpose_agent.notebooks import words


def suites_by_name() -> Mapping[str, str]:
    """What each is called and how large it is, by the name that loads it; the person's own come first, newest first."""
    shelf = engine().suites
    told = {kept.ref: f"{kept.title} · {words.count(kept.tasks, 'task')}" for kept in shelf.list()}
    for name in shipped_names():
        suite = shelf.load(name)
        told.setdefault(name, f"{suite.title} · {words.count(len(suite.tasks), 'task')}")
    return told


def choose_tasks(label: str, names: Sequence[str], told: Mapping[str, str], key: str, *, usual: str = "") -> str:
    """One of the names; at first the usual one, if it is there."""
    return st.selectbox(
        label,
        names,
        index=names.index(usual) if usual in names else 0,
        format_func=lambda name: told[name],
        key=key,
        persist_state="session",
    )
