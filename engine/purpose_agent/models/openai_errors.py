"""What a provider's refusal means, and what to do: from a status and an error object to one of our errors.

Nothing that a provider says is passed on before keys are taken out of it: some repeat the key they refuse.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from purpose_agent.models.errors import (
    BadReply,
    CreditSpent,
    KeyMissing,
    KeyRejected,
    ModelError,
    ModelFailed,
    ModelMissing,
    ModelTimeout,
    PromptTooLong,
    RateLimited,
)
from purpose_agent.models.keys import Secret
from purpose_agent.models.providers import Provider
from purpose_agent.types import JSON

CHOOSE = "See `purpose-agent models`, or pick another model."
_LOOKS_LIKE_KEY = re.compile(r"\b(?:sk|gsk|hf|csk|fw|pk|AIza)[-_]?[A-Za-z0-9_*.-]{8,}")
_MAX_SAID = 400


def key_missing(provider: Provider) -> KeyMissing:
    names = " or ".join(provider.keys)
    return KeyMissing(
        f"{provider.title} needs a key, and none was found.",
        fix=f"Set {names} in the environment, or enter the key with `purpose-agent models`.",
    )


def said_by(error: JSON) -> tuple[str, str]:
    """(message, code) of an error object in any of the shapes providers use."""
    if isinstance(error, str):
        return error, ""
    if isinstance(error, list) and error:  # Google wraps the object into a list
        return said_by(error[0])
    if not isinstance(error, Mapping):
        return "", ""
    if "error" in error:
        return said_by(error["error"])
    message = error.get("message") or error.get("detail") or ""
    code = error.get("code") or error.get("type") or ""
    return message if isinstance(message, str) else str(message), str(code)


def without_keys(text: str, key: Secret | None) -> str:
    if key is not None:
        text = text.replace(key.reveal(), "…")
    return _LOOKS_LIKE_KEY.sub("…", text)[:_MAX_SAID]


def from_status(
    provider: Provider, model: str, status: int, error: JSON, headers: Mapping[str, str], key: Secret | None
) -> ModelError:
    """The error for a response of `status` ≥ 300, or for an error object within a stream (its code as status)."""
    message, code = said_by(error)
    said = without_keys(message, key)
    hint = f"{code} {message}".lower()
    if status in (401, 403):
        return _refused_key(provider, key, said)
    if status == 402 or "insufficient_quota" in hint or "insufficient balance" in hint:
        return CreditSpent(
            f"Your account at {provider.title} has no credit left.", fix="Top it up, or pick another.", details=said
        )
    if status == 429:
        return _rate_limited(provider, headers, said)
    if "context_length" in hint or "maximum context" in hint or "too many tokens" in hint or status == 413:
        return PromptTooLong(f"The prompt is too long for {model}.", fix="Give fewer sources.", details=said)
    if status == 404 or "model_not_found" in hint or "not a valid model" in hint or "model does not exist" in hint:
        return ModelMissing(f"{provider.title} has no model named {model}.", fix=CHOOSE, details=said)
    if status in (408, 504):
        return ModelTimeout(f"{provider.title} took too long to answer.", fix="Try again.", details=said)
    if status >= 500:
        return ModelFailed(
            f"{provider.title} has a problem of its own (status {status}).", fix="Try again later.", details=said
        )
    what = f"{provider.title} refused the request (status {status})" + (f": {said}" if said else ".")
    return BadReply(what, fix=CHOOSE, details=said)


def _refused_key(provider: Provider, key: Secret | None, said: str) -> ModelError:
    if key is None and provider.keys:
        return key_missing(provider)
    return KeyRejected(
        f"{provider.title} refused the key.",
        fix="Check that it is whole and still valid, then enter it again with `purpose-agent models`.",
        details=said,
    )


def _rate_limited(provider: Provider, headers: Mapping[str, str], said: str) -> RateLimited:
    wait = retry_after_s(headers)
    when = f"in {wait:.0f} s" if wait is not None else "in a moment"
    return RateLimited(
        f"{provider.title} takes no more requests for now.", fix=f"Try again {when}.", retry_after_s=wait, details=said
    )


def retry_after_s(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Retry-After as seconds, from either of its two forms; None when it is missing or makes no sense."""
    given = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,7}(?:\.\d+)?", given):
        return float(given)
    try:
        at = parsedate_to_datetime(given)
    except (TypeError, ValueError, IndexError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max((at - (now or datetime.now(UTC))).total_seconds(), 0.0)
