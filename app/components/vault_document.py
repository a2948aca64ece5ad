"""One document: its text with the places in it, the pages of a PDF as pictures, and the sentence that was cited."""

import math
import re
from dataclasses import dataclass
from html import escape as safe
from itertools import pairwise

import msgspec
import streamlit as st

from app.components.vault_links import link, vault_address
from app.vault_page import open_vault
from app.wiring import errors_on_page, escape, show_error
from purpose_agent.errors import PurposeError
from purpose_agent.notebooks import words
from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.health_words import remarks, state
from purpose_agent.vault.places import Reading
from purpose_agent.vault.records import Document, VaultInfo
from purpose_agent.vault.vault import Vault

WINDOW = 20_000  # characters shown at once: a longer page is slow to draw
_PICTURE, _TEXT = "picture", "text"
_BROKEN_BY_HAND = re.compile(r"^(?![#>\s])([^\n|]{60,}[^\s|\\])\n(?=[^\W\d_])", re.MULTILINE)

# The cited sentence is brought into sight and takes the focus, so that a screen reader begins to read there.
_SHOW = """<span class="pa-keys" data-at="{at}"></span><script>
(() => {{
  let tries = 0;
  const look = () => {{
    const mark = document.querySelector("#pa-cited");
    if (mark) {{ mark.scrollIntoView({{ block: "center" }}); mark.focus({{ preventScroll: true }}); }}
    else if (++tries < 60) setTimeout(look, 50);
  }};
  look();
}})();
</script>"""


@dataclass(frozen=True, slots=True)
class Asked:
    """The place that a link names, as it stands in the address: numbers from elsewhere, so they may be anything."""

    start: int = 0
    end: int = 0
    page: int = 0
    version: int = 0

    @classmethod
    def from_address(cls) -> "Asked":
        return cls(**{name: _number(st.query_params.get(name)) for name in ("start", "end", "page", "version")})


def draw_document(info: VaultInfo, doc_id: str, *, back: str, find: str) -> None:
    """The whole page of a document. `back`: the run whose answer led here, `find`: the words of a search that did."""
    told = "Back to the answer" if back else "Back to what was found" if find else "All documents"
    st.html(f'<p class="pa-soft">{link(vault_address(info.vault_id, run=back, find=find), f"‹ {told}")}</p>')
    vault, asked = open_vault(info.vault_id), Asked.from_address()
    try:
        document, reading = vault.document(doc_id), vault.reading(doc_id)
    except PurposeError as error:
        show_error(error.what, "It was deleted, or its name is another one now.")
        return
    st.html(f'<h1 class="pa-file">{_breakable(document.name)}</h1>')
    _draw_facts(document)
    is_same = not asked.version or asked.version == document.version
    if not is_same:
        st.info(
            f"The answer cites version {asked.version} of this document; this is version {document.version}. "
            "The place may say something else now, so nothing is marked. Ask again for an answer from this version.",
            icon=":material/history:",
        )
    span = (asked.start, min(asked.end, len(reading.text))) if is_same else (0, 0)
    shown = _draw_choice(document, reading, vault, doc_id)
    if not reading.text:
        st.info("There is no text in it.")
    elif shown == _PICTURE:
        _draw_picture(vault, document, reading, asked.page or 1, span)
    else:
        _draw_text(document, reading, asked, span)


def _draw_facts(document: Document) -> None:
    facts = [state(document)]
    facts += [words.count(document.pages, "page")] if document.pages else []
    facts += [words.count(document.characters, "character"), f"version {document.version}"]
    facts += [f"read {words.moment(document.read_at)}"] if document.read_at else []
    st.html(f'<p class="pa-soft">{safe(" · ".join(facts))}</p>')
    for line in remarks(document):
        st.html(f'<p class="pa-soft">{safe(line)}</p>')


def _draw_choice(document: Document, reading: Reading, vault: Vault, doc_id: str) -> str:
    has_pictures = bool(reading.pages) and document.name.lower().endswith(".pdf")
    with st.container(key="vault_reader_bar", horizontal=True, vertical_alignment="center", gap="small"):
        shown = _TEXT
        if has_pictures:
            shown = (
                st.segmented_control(
                    "How to show it",
                    [_PICTURE, _TEXT],
                    default=_PICTURE,
                    required=True,
                    format_func=lambda name: "Page" if name == _PICTURE else "Text",
                    key=f"vault_shown_{doc_id}",
                    label_visibility="collapsed",
                )
                or _PICTURE
            )
        st.download_button(
            "Download the original",
            data=lambda: vault.file_of(doc_id).read_bytes(),
            file_name=document.name.rpartition("/")[2],
            key=f"vault_original_{doc_id}",
            icon=":material/download:",
            on_click="ignore",
            type="tertiary",
        )
    return shown


def _draw_picture(vault: Vault, document: Document, reading: Reading, page: int, span: tuple[int, int]) -> None:
    """A page as it looks; the quote is marked on the page that the link names."""
    page = min(max(page, 1), reading.pages)
    number = page
    if reading.pages > 1:
        number = st.pagination(reading.pages, default=page, key=f"vault_picture_{document.doc_id}")
    quote = reading.text[span[0] : span[1]] if number == page else ""
    try:
        picture = _picture(vault.vault_id, document.doc_id, document.sha256, number, quote)
    except Unreadable as problem:
        st.info(f"{escape(problem.what)} The text stands under “Text”.")
        return
    except OSError:
        st.info("The file is not there any more. The text stands under “Text”.")
        return
    if quote:
        st.html(f'<p class="pa-soft">Marked on the page: <q>{safe(words.one_line(quote, 300))}</q></p>')
    marked = f", with this marked: {words.one_line(quote, 200)}" if quote else ""
    with st.container(key="vault_page_picture"):
        st.image(picture, width="stretch", alt=f"Page {number} of {document.name}{marked}")


@st.cache_data(max_entries=40, show_spinner="Drawing the page …")
def _picture(vault_id: str, doc_id: str, sha256: str, page: int, quote: str) -> bytes:
    return open_vault(vault_id).picture(doc_id, page, quote)


def _draw_text(document: Document, reading: Reading, asked: Asked, span: tuple[int, int]) -> None:
    """The text in windows; the one with the cited place comes first."""
    windows = math.ceil(len(reading.text) / WINDOW)
    at = asked.start if asked.end else _start_of_page(reading, asked.page)
    first = min(at // WINDOW + 1, windows)
    window = first
    if windows > 1:
        window = min(st.pagination(windows, default=first, key=f"vault_text_{document.doc_id}"), windows)
    with errors_on_page(go_on=True):
        if document.name.lower().endswith((".md", ".markdown")):
            reading = msgspec.structs.replace(reading, text=flowing(reading.text))
        st.html(text_html(reading, (window - 1) * WINDOW, min(window * WINDOW, len(reading.text)), span))
    if span[1] > span[0] and window == first:
        st.html(_SHOW.format(at=f"{span[0]}-{span[1]}"), unsafe_allow_javascript=True)


def flowing(text: str) -> str:
    """Markdown whose lines were broken by hand, as lines of any width; as long as it was, so that all places stay.

    A break inside of a paragraph means no more than a space there.
    """
    return _BROKEN_BY_HAND.sub(r"\1 ", text)


def text_html(reading: Reading, start: int, end: int, span: tuple[int, int]) -> str:
    """`text[start:end]` with a line at each place in it, and what lies in `span` marked."""
    places = [place for place in reading.places if start <= place.start < end and place.label]
    labels = {place.start: place.label for place in reversed(places)}
    marked = range(max(span[0], start), min(span[1], end))
    cuts = sorted({start, end, *labels} | ({marked.start, marked.stop} if marked else set()))
    parts, is_first = [], True
    for one, other in pairwise(cuts):
        if one in labels:
            parts.append(f'<span class="pa-place">{safe(labels[one])}</span>')
        piece = safe(reading.text[one:other], quote=False)
        if one in marked:
            name = ' id="pa-cited" tabindex="-1"' if is_first else ""
            piece, is_first = f"<mark{name}>{piece}</mark>", False
        parts.append(piece)
    return f'<div class="pa-text">{"".join(parts)}</div>'


def _start_of_page(reading: Reading, page: int) -> int:
    if not page:
        return 0
    starts = [place.start for place in reading.places if place.page == page]
    return starts[0] if starts else 0


def _breakable(name: str) -> str:
    """A file's name as HTML that may go on in the next line after `/`, `_`, `-` or a dot."""
    return re.sub(r"(?<=[/_.-])(?=\w)", "<wbr>", safe(name, quote=False))


def _number(told: str | None) -> int:
    return int(told) if told and told.isascii() and told.isdigit() and len(told) < 10 else 0
