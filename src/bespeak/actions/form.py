"""A form: validates what the message gave, asks for what is missing, ends when it has it all."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from bespeak.actions.action import Action
from bespeak.dialogue import forms
from bespeak.domain import REQUESTED_SLOT, Domain
from bespeak.errors import ActionRejected
from bespeak.events import ActionExecuted, ActiveLoop, Event, SlotSet, is_ours, stamped
from bespeak.tracker import Tracker

FindAction: TypeAlias = Callable[[str, str], Action]
"""Return the action of that name; the second text says within which call."""

ExtractSlots: TypeAlias = Callable[[Tracker, Domain, str], Awaitable[Sequence[Event]]]
"""Return what the latest message fills; the text says within which call."""


class FormAction:
    """Runs one turn of a form.

    Raises `ActionRejected` where the form asked for something and the message gave nothing, so
    that a question of the user's is answered first. `clock` gives the time (seconds since the
    epoch) of events that only the actions it asks get to see.
    """

    def __init__(
        self,
        name: str,
        action: FindAction,
        extract_slots: ExtractSlots,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self.action = action
        self.extract_slots = extract_slots
        self.clock = clock

    async def run(self, tracker: Tracker, domain: Domain) -> Sequence[Event]:
        events: list[Event] = []
        if tracker.active_loop != self.name:
            events += await self._begin(tracker, domain)
        if not forms.done(events):
            events += await self._go_on(tracker, domain, events)
        if forms.done(events):
            events.append(ActiveLoop(None))
        return events

    async def _begin(self, tracker: Tracker, domain: Domain) -> list[Event]:
        """Activate the form, and take what the conversation knows already."""
        begun = ActiveLoop(self.name)
        active = tracker.record([self._now(begun)])
        extracted = await self.extract_slots(active, domain, f"{self.name}:begin")
        kept = [event for event in extracted if isinstance(event, SlotSet) or is_ours(event)]
        if forms.validation_action(self.name) not in domain.action_index:
            return [begun, *kept]
        active = active.record(map(self._now, extracted))
        known = forms.prefilled(self.name, active, domain)
        validated = await self._validated(known, active, domain, ":begin")
        answered = {event.name for event in validated if isinstance(event, SlotSet)}
        rest = [e for e in kept if not (isinstance(e, SlotSet) and e.name in answered)]
        return [begun, *validated, *rest]

    async def _go_on(
        self, tracker: Tracker, domain: Domain, events: Sequence[Event]
    ) -> list[Event]:
        """Validate, unless the beginning did already, and ask for what comes next."""
        validated: list[Event] = []
        if all(isinstance(event, ActiveLoop) or is_ours(event) for event in events):
            validated = await self._answers(tracker, domain)
        if forms.rejected(validated):
            return validated
        return [*validated, *await self._question(tracker, domain, [*events, *validated])]

    async def _answers(self, tracker: Tracker, domain: Domain) -> list[Event]:
        """Return what becomes of the message's values. Back from an unhappy path there are none:
        the validation is asked nevertheless, since it may say which slot is next."""
        if not forms.must_validate(tracker):
            return await self._validated({}, tracker, domain)
        answers = forms.candidates(self.name, tracker, domain)
        validated = await self._validated(answers, tracker, domain)
        if forms.declines(self.name, tracker, answers, validated):
            asked = forms.slot_asked_for(self.name, tracker)
            raise ActionRejected(
                f"{self.name} asked for {asked!r}, and the message gave no value.",
                action=self.name,
            )
        return validated

    async def _validated(
        self, values: Mapping[str, Any], tracker: Tracker, domain: Domain, phase: str = ""
    ) -> list[Event]:
        name = forms.validation_action(self.name)
        if name not in domain.action_index:
            return []
        slots = [SlotSet(slot, value) for slot, value in values.items()]
        action = self.action(name, f"{self.name}{phase}")
        return list(await action.run(self._as_if_run(tracker, slots), domain))

    async def _question(
        self, tracker: Tracker, domain: Domain, events: Sequence[Event]
    ) -> list[Event]:
        """Return the request for the next slot, or that there is none left."""
        if forms.done(events):
            return [SlotSet(REQUESTED_SLOT, None)]
        after = self._as_if_run(tracker, events)
        slot = forms.slot_requested_by(events)
        requested: list[Event] = []
        if slot is None:
            slot = forms.next_slot(self.name, after, domain)
            requested = [SlotSet(REQUESTED_SLOT, slot)]
        asking = forms.asking_action(self.name, slot, domain) if slot is not None else None
        if asking is None:
            return requested
        return [*requested, *await self.action(asking, self.name).run(after, domain)]

    def _as_if_run(self, tracker: Tracker, events: Sequence[Event]) -> Tracker:
        """Return the conversation as validating and asking actions see it: the form has run, and
        `events` came of it. What another form asked for is not asked any more."""
        asked = SlotSet(REQUESTED_SLOT, forms.slot_asked_for(self.name, tracker))
        return tracker.record(map(self._now, [asked, ActionExecuted(self.name), *events]))

    def _now(self, event: Event) -> Event:
        return stamped(event, self.clock())
