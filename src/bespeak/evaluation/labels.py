"""Examples that contradict each other, are too few, or are labelled with what nobody knows."""

from collections import Counter, defaultdict
from typing import Final

from bespeak.data.problems import Place, Problems, near
from bespeak.data.project import Project
from bespeak.message import Entity, Example

FEWEST: Final = 2

LABELLED: Final = 2
"""Values with a role for each without, from which the one without stands out."""


def check(project: Project, found: Problems) -> None:
    """Record what the labels of the NLU examples do not agree about."""
    examples = [example for example in project.training_data.examples if example.intent]
    if not examples:
        return
    _tell_twice(examples, found)
    _tell_few(examples, found)
    _tell_mixed(examples, found)
    if project.has_domain:
        _tell_unknown(project, examples, found)


def place(example: Example) -> Place:
    """Return where an example stands."""
    file, _, line = example.source.rpartition(":")
    return Place(file, int(line)) if file and line.isdigit() else Place(example.source)


def _tell_twice(examples: list[Example], found: Problems) -> None:
    by_text: dict[str, dict[str, Place]] = defaultdict(dict)
    for example in examples:
        by_text[example.message.text].setdefault(str(example.intent), place(example))
    for text, intents in by_text.items():
        if len(intents) > 1:
            first, *others = intents.values()
            found.warning(
                first,
                f"the example {text!r} has {len(intents)} intents: "
                f"{', '.join(sorted(intents))}. Keep it under one of them.",
                also=others,
            )


def _tell_few(examples: list[Example], found: Problems) -> None:
    intents = Counter(str(example.base_intent) for example in examples)
    first: dict[str, Place] = {}
    for example in examples:
        first.setdefault(str(example.base_intent), place(example))
    for name, count in intents.items():
        if count < FEWEST:
            found.warning(
                first[name],
                f"the intent {name!r} has {count} example, at least {FEWEST} are needed to "
                "learn from.",
            )
    entities = Counter(entity.name for example in examples for entity in example.entities)
    for example in examples:
        for entity in example.entities:
            if entities[entity.name] < FEWEST:
                found.warning(
                    place(example),
                    f"the entity {entity.name!r} is annotated {entities[entity.name]} time, at "
                    f"least {FEWEST} are needed to learn from.",
                )


def _tell_mixed(examples: list[Example], found: Problems) -> None:
    """Tell values without a role (or group) where most values have one: entity by entity.

    What counts is where a value stands: its intent, and the words before it. That an entity has
    roles in one intent and none in another, or none where there is nothing to tell apart, is what
    roles are for.
    """
    for what in ("role", "group"):
        values: dict[tuple[str, str, str], list[tuple[str | None, Place]]] = defaultdict(list)
        for example in examples:
            for entity in example.entities:
                key = (entity.name, str(example.intent), _lead(example, entity))
                values[key].append((getattr(entity, what), place(example)))
        missing: dict[str, list[tuple[Place, str]]] = defaultdict(list)
        for (name, _, lead), alike in values.items():
            bare = [(at, lead) for label, at in alike if label is None]
            if lead and bare and len(alike) - len(bare) >= LABELLED * len(bare):
                missing[name] += bare
        for name, bare in missing.items():
            (first, lead), *others = sorted(bare)
            where = f"in {len(bare)} places" if others else "here"
            found.warning(
                first,
                f"the entity {name!r} has no {what} {where}, but most of its values in the same "
                f"intent after the same words ({lead!r}) have one: add it, unless something else "
                "is meant.",
                also=[at for at, _ in others],
            )


def _lead(example: Example, entity: Entity) -> str:
    """Return the words right before an entity: three, or what there is."""
    return " ".join(example.message.text[: entity.start].casefold().split()[-3:])


def _tell_unknown(project: Project, examples: list[Example], found: Problems) -> None:
    known = project.domain.entities
    told: set[tuple[str, str | None, str | None]] = set()
    for example in examples:
        for entity in example.entities:
            key = (entity.name, entity.role, entity.group)
            if key in told:
                continue
            told.add(key)
            if entity.name not in known:
                found.warning(
                    place(example),
                    f"the entity {entity.name!r} is annotated, but the domain does not list it."
                    f"{near(entity.name, known)}",
                )
                continue
            listed = known[entity.name]
            for what, name, names in (
                ("role", entity.role, listed.roles),
                ("group", entity.group, listed.groups),
            ):
                if name is not None and name not in names:
                    found.warning(
                        place(example),
                        f"the {what} {name!r} of the entity {entity.name!r} is annotated, but the "
                        f"domain does not list it: it does not influence the conversation."
                        f"{near(name, names)}",
                    )
