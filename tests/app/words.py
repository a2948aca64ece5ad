"""Everything that a page shows as text, in one string to look into."""

from streamlit.testing.v1 import AppTest


def text_of(app: AppTest) -> str:
    """Headings, Markdown, captions, messages, HTML, code and the labels of buttons and links."""
    parts: list[str] = []
    for block in (app.title, app.header, app.subheader, app.markdown, app.caption, app.code, app.error, app.warning):
        parts += [str(element.value) for element in block]
    parts += [str(element.value) for element in (*app.info, *app.toast)]
    parts += [str(element.proto.body) for element in app.get("html")]
    parts += [button.label for button in app.button]
    parts += [str(link.proto.label) for link in app.get("page_link")]
    return "\n".join(parts)
