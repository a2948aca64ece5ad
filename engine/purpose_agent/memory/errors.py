"""What can go wrong with a lesson, each with what to do."""

from purpose_agent.errors import PurposeError


class LessonError(PurposeError):
    """Something about a lesson or the record of lessons."""


class CardNotFound(LessonError):
    """No lesson has this id."""


class LessonEmpty(LessonError):
    """The lesson does not say when it applies or what to do."""


class LessonTooLong(LessonError):
    """The lesson does not fit in one or two sentences."""


class LessonChanged(LessonError):
    """Somebody edited the lesson after it was shown."""


class IllegalMove(LessonError):
    """The lesson's status does not allow this decision."""


class NotInQuarantine(IllegalMove):
    """Only a lesson that waits for a decision can be approved or turned down."""


class NotInUse(IllegalMove):
    """Only a lesson in use can be taken back."""


class LedgerDamaged(LessonError):
    """The record of lessons was changed from outside, so nothing of it is believed."""


class LessonRefused(LessonError):
    """A scanner found something in the lesson that must not reach a prompt."""


class ReasonNeeded(LessonError):
    """A decision against a critical finding has to say why."""


class NothingToUndo(LessonError):
    """No decision stands that could be taken back."""


class NoSuchMoment(LessonError):
    """The memory was not there yet at that moment, or the row does not exist."""


class NotForTrial(LessonError):
    """The lesson cannot be tried on past tasks as it stands."""
