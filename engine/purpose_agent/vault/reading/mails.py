"""Mail messages (.eml): who, to whom, when and about what, then the text; attachments are named, not read."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from purpose_agent.vault.cleaning import clean
from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Builder, Reading
from purpose_agent.vault.reading.encodings import decoded
from purpose_agent.vault.reading.limits import DAMAGE, MAX_TEXT_CHARS
from purpose_agent.vault.reading.markup import add_html
from purpose_agent.vault.reading.plain import Headings

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_NAMES_TOLD = 10


def read_mail(body: bytes) -> Reading:
    """Raises Unreadable when it has none of the headers that make a message."""
    try:
        message = message_from_bytes(body, policy=policy.default)
        told = [(name, _header(message, name)) for name in _HEADERS]
    except DAMAGE as problem:
        raise Unreadable("The mail message is damaged.", "Save it again in the mail program.") from problem
    if not any(value for _, value in told):
        raise Unreadable("The file is not a mail message: it has no sender, date or subject.", "Save it as text.")
    builder, headings = Builder(), Headings()
    subject = dict(told)["Subject"]
    headings.enter(1, subject)
    builder.add(
        "\n".join(f"{name}: {value}" for name, value in told if value),
        label="message head", firm=True, heading=headings.path, end="\n\n",
    )  # fmt: skip
    note = _add_text(message, builder, headings)
    names = _attachments(message)
    if names:
        more = f" and {len(names) - _NAMES_TOLD} more" if len(names) > _NAMES_TOLD else ""
        note = f"{note} Attachments were not read: {', '.join(names[:_NAMES_TOLD])}{more}.".strip()
    return builder.reading(note)


def _header(message: EmailMessage, name: str) -> str:
    """A damaged header must not cost the message."""
    try:
        return " ".join(clean(str(message.get(name, ""))).split())[:2000]
    except DAMAGE:
        return ""


def _add_text(message: EmailMessage, builder: Builder, headings: Headings) -> str:
    try:
        part = message.get_body(("plain", "html"))
    except DAMAGE:
        part = None
    if part is None:
        return "The message has no text of its own."
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return "The text of the message is damaged."
    try:
        text = raw.decode(part.get_content_charset("utf-8"))
        note = ""
    except (LookupError, UnicodeError):
        text, note = decoded(raw)
    text = text[:MAX_TEXT_CHARS]
    if part.get_content_type() == "text/html":
        add_html(text, builder, headings)
    else:
        builder.add(text, label="message text", firm=True, heading=headings.path)
    return note


def _attachments(message: EmailMessage) -> list[str]:
    try:
        parts = list(message.iter_attachments()) if message.is_multipart() else []
        return ["".join(clean(part.get_filename() or part.get_content_type()).split("\n"))[:120] for part in parts]
    except DAMAGE:
        return []
