"""The conversation so far: its events, what they add up to, and that as JSON."""

from bespeak.tracker.heard import Heard
from bespeak.tracker.log import Log
from bespeak.tracker.snapshot import SNAPSHOT_HISTORY, restored, snapshot
from bespeak.tracker.state import (
    Verbosity,
    after_restart,
    current_session,
    latest_channel,
    state,
)
from bespeak.tracker.tracker import (
    Control,
    Loop,
    Past,
    Situation,
    Tracker,
    decisions,
    fold,
    stepped,
    walked,
)

__all__ = [
    "SNAPSHOT_HISTORY",
    "Control",
    "Heard",
    "Log",
    "Loop",
    "Past",
    "Situation",
    "Tracker",
    "Verbosity",
    "after_restart",
    "current_session",
    "decisions",
    "fold",
    "latest_channel",
    "restored",
    "snapshot",
    "state",
    "stepped",
    "walked",
]
