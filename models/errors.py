"""The two families of failure, and nothing else.

Failure
├── Refused          goes to a person, with the reason in French
│   ├── BadInput     what was given cannot be read or breaks a rule
│   ├── NotAllowed   the person may not do this here
│   ├── AlreadyDone  someone else won; says who and when
│   └── TooMany      a quota or a pace is reached; says when to come back
└── Unavailable      an outside part does not answer; tried again later
"""

from collections.abc import Mapping


class Failure(Exception):
    """A failure that has a message in French for the person who will read it.

    The message is the same in the pages and at the command line. `fields` says it again for each field of a form that
    is at fault (by dotted French name), `at_command` is what only the command line adds: its options, its codes.
    """

    def __init__(
        self, message: str = "", *, fields: Mapping[str, str] | None = None, at_command: str = ""
    ) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})
        self.at_command = at_command


class Refused(Failure):
    """The request is refused for a reason that a person can act on; trying again changes nothing."""


class BadInput(Refused):
    """What was given cannot be read or breaks a rule; the message says what, where and what to do."""


class NotAllowed(Refused):
    """The person may not do this, here, today."""


class AlreadyDone(Refused):
    """The decision or step was already taken; the message says by whom and when."""


class TooMany(Refused):
    """A quota or a pace is reached; `seconds` is when asking again may be answered."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class Unavailable(Failure):
    """An outside part (server, mail, platform, disk) does not answer; the step is tried again later."""
