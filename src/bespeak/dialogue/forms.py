"""What a form still wants, how it asks, and when it is done or declines.

The parts of the loop that need nobody's answer; `actions/form.py` puts them together with the
actions that validate and ask.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bespeak.domain import LISTEN, REQUESTED_SLOT, Domain
from bespeak.events import (
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    Restarted,
    SlotSet,
    UserUttered,
)
from bespeak.tracker import Tracker, walked


def validation_action(form: str) -> str:
    """Return the name of the custom action that validates the form's slots, if listed."""
    return f"validate_{form}"


def asking_action(form: str, slot: str, domain: Domain) -> str | None:
    """Return the action that asks for the slot: the first that exists; None asks silently."""
    names = (
        f"action_ask_{form}_{slot}",
        f"utter_ask_{form}_{slot}",
        f"action_ask_{slot}",
        f"utter_ask_{slot}",
    )
    return next((name for name in names if name in domain.action_index), None)


def required_slots(form: str, domain: Domain) -> tuple[str, ...]:
    return domain.forms[form].required_slots if form in domain.forms else ()


def slot_asked_for(form: str, tracker: Tracker) -> str | None:
    """Return the slot that this form asked for last.

    While another form is (still) active, what is asked for is that form's business.
    """
    return tracker.requested_slot if tracker.active_loop == form else None


def next_slot(form: str, tracker: Tracker, domain: Domain) -> str | None:
    """Return the first required slot without a value."""
    wanted = required_slots(form, domain)
    return next((slot for slot in wanted if tracker.slots.get(slot) is None), None)


def prefilled(form: str, tracker: Tracker, domain: Domain) -> dict[str, Any]:
    """Return the required slots that have a value already, in the form's order."""
    values = {slot: tracker.slots.get(slot) for slot in required_slots(form, domain)}
    return {slot: value for slot, value in values.items() if value is not None}


def candidates(form: str, tracker: Tracker, domain: Domain) -> dict[str, Any]:
    """Return what the latest message set of the slots that the form wants, or asked for."""
    wanted = {*required_slots(form, domain), slot_asked_for(form, tracker)}
    events = reversed(list(_since_latest_message(tracker)))
    return {
        event.name: event.value
        for event in events
        if isinstance(event, SlotSet) and event.name in wanted
    }


def must_validate(tracker: Tracker) -> bool:
    """Say whether the latest message is an answer to check: not where the form comes back from
    an unhappy path, or runs again without a message. `tracker` is as it was before the form ran.
    """
    loop = tracker.now.loop
    return loop is None or (tracker.latest_action == LISTEN and not loop.interrupted)


def declines(
    form: str, tracker: Tracker, answers: Mapping[str, Any], validated: Sequence[Event]
) -> bool:
    """Say whether the form rejects its turn: it asked for something and the message gave nothing.

    A value for any slot it wants counts as progress, as does any slot that the validation set.
    """
    return (
        bool(slot_asked_for(form, tracker))
        and not answers
        and not rejected(validated)
        and not any(isinstance(e, SlotSet) and e.name != REQUESTED_SLOT for e in validated)
    )


def rejected(events: Sequence[Event]) -> bool:
    """Say whether the validation itself declined."""
    return any(isinstance(event, ActionExecutionRejected) for event in events)


def done(events: Sequence[Event]) -> bool:
    """Say whether what happened so far in this run ends the form.

    The last word counts: about the slot asked for (none is left), or about the loop (it is off).
    """
    if rejected(events):
        return False
    newest_first = list(reversed(events))
    asked = (e for e in newest_first if isinstance(e, SlotSet) and e.name == REQUESTED_SLOT)
    loops = (e for e in newest_first if isinstance(e, ActiveLoop))
    last_asked, last_loop = next(asked, None), next(loops, None)
    return (last_asked is not None and last_asked.value is None) or (
        last_loop is not None and last_loop.name is None
    )


def slot_requested_by(events: Sequence[Event]) -> str | None:
    """Return the slot that the validation wants asked next (the first that it named)."""
    named = (e for e in events if isinstance(e, SlotSet) and e.name == REQUESTED_SLOT)
    first = next(named, None)
    return first.value if first is not None and first.value else None


def _since_latest_message(tracker: Tracker) -> Iterator[Event]:
    """Yield what happened since the latest message that holds, newest first, with the undone."""
    message = tracker.latest_message
    for event in reversed(tracker.events):
        if isinstance(event, Restarted) or (
            isinstance(event, UserUttered) and message is not None and _same(event, message)
        ):
            return
        yield event
    if tracker.earlier and tracker.past is not None:
        # The message lies before the events at hand: the rest is in what still holds.
        at_hand = set(map(id, tracker.events))
        for step in walked(tracker.past):
            if isinstance(step.event, UserUttered):
                return
            if id(step.event) not in at_hand:
                yield step.event


def _same(event: UserUttered, message: UserUttered) -> bool:
    # The message may have been given further entities since: they don't make it another.
    return (event.text, event.intent, event.message_id) == (
        message.text,
        message.intent,
        message.message_id,
    )
