"""What one step of a story or rule says: a user's turn, or slots."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bespeak.data import annotations
from bespeak.data.annotations import AnnotationError
from bespeak.data.problems import Place, Problems, kind, near
from bespeak.data.yaml import YamlList, YamlMap, plain
from bespeak.domain import DEFAULT_INTENTS, Domain, SlotType
from bespeak.events import Event, SlotSet, UserUttered
from bespeak.message import Entity, Intent

_SHORTCUT: Final = re.compile(r"/(?P<intent>[^{@]+)(?:@[0-9.]+)?(?P<entities>\{.+\})?")


@dataclass(frozen=True)
class Turns:
    """Reads the steps of one story or rule; `what` names it in messages.

    What is wrong is recorded in `problems`.
    """

    what: str
    domain: Domain
    problems: Problems
    is_test: bool = False

    def wrong(self, step: YamlMap, key: str, expected: str) -> None:
        """Record that the key's value is of the wrong kind."""
        self.problems.error(
            step.at(key),
            f"{self.what}: expected {expected} under {key!r}, found {kind(step[key])}.",
        )

    def user(self, step: YamlMap) -> UserUttered | None:
        """Return the user's turn: by intent, by text (end to end), or (in a test) by both."""
        text: str | None = None
        entities: tuple[Entity, ...] = ()
        if "user" in step:
            if not isinstance(step["user"], str):
                self.wrong(step, "user", "what the user says")
                return None
            text, entities = self._annotated(step)
        intent = self._intent(step) if "intent" in step else None
        if "intent" in step and intent is None:
            return None
        if text is None:
            entities = tuple(self._entities(step))
        return UserUttered(text, intent, entities)

    def _annotated(self, step: YamlMap) -> tuple[str, tuple[Entity, ...]]:
        written = step["user"].strip()
        try:
            text, entities = annotations.parse(written)
        except AnnotationError as error:
            self.problems.error(step.at("user"), f"{self.what}: {error}.")
            return written, ()
        return text, _shortcut_entities(text) if text.startswith("/") else entities

    def _intent(self, step: YamlMap) -> Intent | None:
        written, place = step["intent"], step.at("intent")
        if not isinstance(written, str) or not written.strip():
            self.wrong(step, "intent", "an intent's name")
            return None
        name = written.strip()
        if name.startswith("/"):
            self.problems.warning(
                place, f"{self.what}: the '/' before the intent {name!r} is ignored."
            )
            name = name[1:]
        base, _, key = name.partition("/")
        if "/" in key:
            self.problems.error(
                place,
                f"{self.what}: the intent {name!r} has more than one '/': expected base/response.",
            )
            return None
        if key and not self.is_test:
            self.problems.warning(
                place,
                f"{self.what}: stories go by the retrieval intent {base!r}, without '/{key}', "
                "which is ignored.",
            )
        known = {*self.domain.intents, *DEFAULT_INTENTS}
        if base not in known:
            self.problems.warning(
                place, f"{self.what}: the domain has no intent {base!r}.{near(base, known)}"
            )
        return Intent(base, 1.0, name if key else None)

    def _entities(self, step: YamlMap) -> Iterator[Entity]:
        entities = step.get("entities") or ()
        if not isinstance(entities, (YamlList, tuple)):
            self.wrong(step, "entities", "a list of entities")
            return
        for written in entities:
            if isinstance(written, str):
                yield Entity(written, "")
            elif isinstance(written, YamlMap):
                named = [key for key in written if key not in ("role", "group")]
                if not named:
                    self.problems.error(written.place, f"{self.what}: the entity has no type.")
                    continue
                yield Entity(
                    str(named[-1]),
                    plain(written[named[-1]]),
                    role=written.get("role"),
                    group=written.get("group"),
                )
            else:
                self.wrong(step, "entities", "entities such as - city: Rome")

    def slots(self, step: YamlMap) -> Iterator[tuple[Event, int]]:
        """Yield the slots that a step sets, with their lines."""
        slots = step.get("slot_was_set")
        if not isinstance(slots, YamlList):
            self.wrong(step, "slot_was_set", "a list such as - city: Rome")
            return
        for i, written in enumerate(slots):
            place = slots.at(i)
            if isinstance(written, YamlMap):
                for name, value in written.items():
                    self.check_slot(str(name), place)
                    yield SlotSet(str(name), plain(value)), written.lines[name]
            elif isinstance(written, str):
                self.check_slot(written, place)
                yield SlotSet(written, self._default(written, place)), place.line
            else:
                self.problems.error(
                    place,
                    f"{self.what}: expected a slot such as - city: Rome, found {kind(written)}.",
                )

    def check_slot(self, name: str, place: Place) -> None:
        """Record a slot that the domain does not have."""
        if name not in self.domain.slots:
            self.problems.warning(
                place,
                f"{self.what}: the domain has no slot {name!r}: nothing is set."
                f"{near(name, self.domain.slots)}",
            )

    def _default(self, name: str, place: Place) -> Any:
        """Return the value of a slot that a story only names."""
        slot = self.domain.slots.get(name)
        if slot is None:
            return None
        if slot.type is SlotType.TEXT:
            return "filled"
        if slot.type is SlotType.LIST:
            return ["filled"]
        if slot.influences_conversation and slot.type is not SlotType.ANY:
            self.problems.warning(
                place,
                f"{self.what}: say which value the slot {name!r} of type "
                f"{slot.type} has; without, it counts as not set.",
            )
        return None


def _shortcut_entities(text: str) -> tuple[Entity, ...]:
    """Return the entities of a message such as `/inform{"city": "Rome"}`."""
    match = _SHORTCUT.match(text.strip())
    if not match or not match["entities"]:
        return ()
    try:
        found = json.loads(match["entities"])
    except ValueError:
        return ()
    if not isinstance(found, dict):
        return ()
    start, end = match.span("entities")
    return tuple(
        Entity(name, value, start, end)
        for name, values in found.items()
        for value in (values if isinstance(values, list) else [values])
    )
