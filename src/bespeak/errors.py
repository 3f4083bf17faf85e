"""Every error the engine raises on purpose.

BespeakError
├── ProjectError            the assistant's files are wrong: says the file and the line
│   └── ExtensionError      a name in config.yml leads nowhere, or its options do not fit
├── TrainingError           the files are right, but nothing can be learned from them
├── ModelError              a model is missing, damaged, tampered with or of another version
├── ActionError             an action failed; the conversation goes on
│   └── ActionRejected      an action declined to run: the policies choose another
├── EngineError             the assistant got lost: a loop without end
├── ChannelError            a channel could not read or deliver a message
│   └── Absent              nobody is there to hear it now: it waits until somebody is
├── RequestError            a request to the HTTP API is wrong: says what, with which status
└── StoreError              the tracker store could not read or append
    └── Conflict            somebody else appended first, or holds the conversation now
"""


class BespeakError(Exception):
    """Base of all of them: its message is fit to show to the person at the terminal."""

    exit_code = 1


class ProjectError(BespeakError):
    """The assistant's files are wrong: each problem says file, line, found and expected."""


class ExtensionError(ProjectError):
    """A name in config.yml leads nowhere, or its options do not fit."""


class TrainingError(BespeakError):
    """The files are right, but nothing can be learned from them."""


class ModelError(BespeakError):
    """A model is missing, damaged, tampered with or of another version."""


class ActionError(BespeakError):
    """An action failed.

    `action` is its name; `request_id` identifies the call in the action server's log, if any.
    """

    def __init__(self, message: str, *, action: str, request_id: str = "") -> None:
        super().__init__(message)
        self.action = action
        self.request_id = request_id


class ActionRejected(ActionError):
    """An action declined to run here, so that the policies choose another."""


class EngineError(BespeakError):
    """The assistant got lost: a loop without end."""


class ChannelError(BespeakError):
    """A channel could not read or deliver a message."""


class Absent(ChannelError):
    """Nobody is there to hear a message now: it waits until somebody is."""


class RequestError(BespeakError):
    """A request to the HTTP API is wrong.

    `status` is the HTTP status, `reason` a short name such as "BadRequest", `details` goes into
    the error body as it is.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        details: dict[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.details = details or {}


class StoreError(BespeakError):
    """The tracker store could not read or append."""


class Conflict(StoreError):
    """Somebody else appended first, or holds the conversation now."""
