"""What can be done with the whole of a suite: rename, copy, save as a file, delete."""

import streamlit as st

from app.components.uploads import renew_upload, upload_key
from app.suites_page import VIEW, suites_desk
from app.told_once import tell, told_later
from app.wiring import engine, escape, keep_in_address
from purpose_agent.evaluation.suite_formats.own_json import suite_bytes
from purpose_agent.evaluation.suite_records import Suite
from purpose_agent.evaluation.suite_shelf import MAX_NAME_CHARS, KeptSuite
from purpose_agent.notebooks import words
from purpose_agent.notebooks.export import file_name

_MENU = "suite_more"


def draw_menu(suite: Suite, about: KeptSuite | None) -> None:
    label = "Copy, save" if about is None else "Rename, copy, save, delete"
    with st.popover(label, icon=":material/more_horiz:", type="tertiary", key=upload_key(_MENU)):
        if about is not None:
            with st.form("suite_rename_form", border=False):
                st.text_input("Name", suite.name, key=_field("name", suite), max_chars=MAX_NAME_CHARS)
                st.form_submit_button("Rename", on_click=_rename, args=(suite,))
        with st.form("suite_copy_form", border=False):
            st.text_input(
                "Name of the copy",
                f"{suite.name} copy"[:MAX_NAME_CHARS],
                key=_field("copy", suite),
                max_chars=MAX_NAME_CHARS,
            )
            st.form_submit_button("Keep a copy", on_click=_copy, args=(suite,))
        st.download_button(
            "Save as a file (.json)",
            data=lambda: suite_bytes(suite),
            file_name=file_name(suite.name, "json"),
            mime="application/json",
            key="suite_export",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            help="It holds everything. Change it, drop it under “From a file”, and it is a new version.",
        )
        if about is not None:
            st.button(
                "Delete",
                key="suite_delete",
                icon=":material/delete:",
                type="tertiary",
                on_click=_ask,
                args=(suite.name,),
            )


def draw_sure(suite: Suite, about: KeptSuite | None) -> None:
    """Before a suite is deleted: what goes, and that it can be brought back."""
    if about is None or suites_desk().asking != suite.name:
        return
    n = len(engine().suites.versions(suite.name))
    with st.container(key="suite_sure", gap="small"):
        what = f"All its {n} versions go." if n > 1 else f"Its {words.count(len(suite.tasks), 'task')} go."
        st.markdown(
            f"**Delete {escape(suite.title)}?** {what} Studies made with it stay whole. You can undo it right after."
        )
        with st.container(horizontal=True, gap="small"):
            st.button("Delete it", key="suite_delete_sure", on_click=_delete, args=(suite.name,))
            st.button("Keep it", key="suite_delete_not", type="tertiary", on_click=_ask, args=("",))


def _ask(name: str) -> None:
    suites_desk().asking = name
    renew_upload(_MENU)


def _field(what: str, suite: Suite) -> str:
    """The key of a text box that belongs to this suite: the next one that is opened has its own name in it."""
    return f"suite_{what}_of_{suite.name.encode().hex()}"


def _rename(suite: Suite) -> None:
    wanted = str(st.session_state.get(_field("name", suite)) or "")
    with told_later():
        kept = engine().suites.rename(suite.name, wanted)
        tell(f"It is called {kept.name} now.")
        keep_in_address(view=VIEW, suite=kept.name)
        renew_upload(_MENU)


def _copy(suite: Suite) -> None:
    wanted = str(st.session_state.get(_field("copy", suite)) or "")
    with told_later():
        kept = engine().suites.copy(suite, wanted)
        tell(f"This is the copy, {kept.name}.")
        keep_in_address(view=VIEW, suite=kept.name)
        renew_upload(_MENU)


def _delete(name: str) -> None:
    at = suites_desk()
    at.asking = ""
    with told_later():
        at.deleted = engine().suites.delete(name)
        keep_in_address(view=VIEW)
