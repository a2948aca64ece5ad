"""What can go wrong with a model, each with what to do."""

from purpose_agent.errors import PurposeError


class ModelError(PurposeError):
    """A call to a model failed. `retryable` says whether the same call may go through a moment later."""

    retryable = False


class ModelUnreachable(ModelError):
    """Nothing answers at the address."""

    retryable = True


class ModelTimeout(ModelError):
    """It did not answer, or stopped answering, within the limit."""

    retryable = True


class ReplyCut(ModelError):
    """The connection ended in the middle of a reply."""

    retryable = True


class RateLimited(ModelError):
    """The provider asks to wait. `retry_after_s` is what it asked for, None when it did not say."""

    retryable = True

    def __init__(self, what: str, fix: str, *, retry_after_s: float | None = None, details: str = "") -> None:
        super().__init__(what, fix, details=details)
        self.retry_after_s = retry_after_s


class ModelMissing(ModelError):
    """The model is not there under this name."""


class KeyMissing(ModelError):
    """The provider needs a key and none was found."""


class KeyRejected(ModelError):
    """The provider refused the key."""


class BadReply(ModelError):
    """The reply was not in the form that the provider's protocol promises."""


class ModelFailed(ModelError):
    """The server that runs the model reported a failure of its own."""

    retryable = True


class PromptTooLong(ModelError):
    """The prompt does not fit the window of the model."""


class CreditSpent(ModelError):
    """The account at the provider has no credit left."""
