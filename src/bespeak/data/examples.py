"""NLU data in YAML: examples, synonyms, regular expressions, lookup tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bespeak.data import annotations, responses, sentiment, shapes
from bespeak.data.annotations import AnnotationError
from bespeak.data.problems import Place, Problems, kind, near
from bespeak.data.yaml import YamlList, YamlMap, plain
from bespeak.message import (
    Example,
    Lookup,
    Message,
    Pattern,
    SentimentExample,
    TrainingData,
)

_KINDS: Final = ("intent", "synonym", "regex", "lookup")


@dataclass
class NluFiles:
    """What a project's NLU files say together, in their order.

    `responses` are in the form of domain.yml, and belong to the domain; `sentiment` has its
    examples by their texts.
    """

    examples: list[Example] = field(default_factory=list)
    synonyms: dict[str, str] = field(default_factory=dict)
    patterns: list[Pattern] = field(default_factory=list)
    lookups: dict[str, Lookup] = field(default_factory=dict)
    responses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sentiment: dict[str, SentimentExample] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return self == NluFiles()

    @property
    def retrieval_intents(self) -> tuple[str, ...]:
        return tuple(sorted({str(e.base_intent) for e in self.examples if e.is_retrieval}))

    def add_lookup(self, name: str, elements: Sequence[str], place: Place) -> None:
        known = self.lookups.get(name, Lookup(name, (), str(place)))
        self.lookups[name] = replace(known, elements=(*known.elements, *elements))

    def training_data(
        self,
        language: str = "en",
        *,
        responses: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> TrainingData:
        """Return all of it for training, each example once.

        `responses` are those of the merged domain, where there is one.
        """
        known = self.responses if responses is None else responses
        return TrainingData(
            tuple(distinct(self.examples)),
            self.synonyms,
            tuple(sorted(self.patterns, key=lambda p: f"{p.name}+{p.pattern}")),
            tuple(self.lookups.values()),
            {
                name.removeprefix("utter_"): variations
                for name, variations in known.items()
                if "/" in name
            },
            language,
            tuple(self.sentiment.values()),
        )


def distinct(examples: Iterable[Example]) -> Iterator[Example]:
    """Yield each example once: the same text, label, entities and metadata are the same."""
    seen: set[tuple[Any, ...]] = set()
    for example in examples:
        about = repr(example.metadata) if example.metadata else ""
        key = (example.message.text, example.intent, example.entities, about)
        if key not in seen:
            seen.add(key)
            yield example


def read_yaml(content: YamlMap, found: NluFiles, problems: Problems) -> None:
    """Add what one YAML file says; what is wrong is recorded in `problems`, and left out."""
    section = content.get("responses")
    if isinstance(section, YamlMap):
        responses.check(section, problems)
        found.responses.update(plain(section))
    sentiment.read(content, found.sentiment, problems)
    items = content.get("nlu")
    if items is None:
        return
    if not isinstance(items, YamlList):
        problems.error(content.at("nlu"), f"expected a list under 'nlu', found {kind(items)}.")
        return
    for i, item in enumerate(items):
        if isinstance(item, YamlMap):
            _read_item(item, found, problems)
        else:
            problems.error(
                items.at(i),
                f"expected - intent: (or synonym:, regex:, lookup:), found {kind(item)}.",
            )


def _read_item(item: YamlMap, found: NluFiles, problems: Problems) -> None:
    which = next((key for key in _KINDS if key in item), None)
    if which is None:
        hint = next((near(key, _KINDS) for key in item if near(key, _KINDS)), "")
        problems.error(
            item.place,
            f"expected one of the keys {', '.join(_KINDS)}, found {', '.join(map(str, item))}."
            f"{hint}",
        )
        return
    known = (which, "examples", "metadata") if which == "intent" else (which, "examples")
    shapes.only_known(problems, item, known, f"an item with {which!r}")
    name = item[which]
    if not name:
        problems.warning(item.at(which), f"the {which} has no name: it is skipped.")
    elif not isinstance(name, str):
        problems.error(
            item.at(which), f"expected the {which}'s name, found {kind(name)}. Quote it."
        )
    elif which == "intent":
        _read_intent(name.strip(), item, found, problems)
    else:
        _read_lines(which, name, item, found, problems)


def _read_lines(which: str, name: str, item: YamlMap, found: NluFiles, problems: Problems) -> None:
    """Read the examples of a synonym, regular expression or lookup table."""
    written = item.get("examples")
    if not written:
        problems.warning(
            item.at("examples"), f"the {which} {name!r} has no examples: it is skipped."
        )
        return
    if not isinstance(written, str):
        problems.error(
            item.at("examples"),
            f"the {which} {name!r}: expected examples: | and a line that begins with '-' for "
            f"each, found {kind(written)}.",
        )
        return
    lines = shapes.dashed(name, item, written, problems)
    match which:
        case "synonym":
            for text, place in lines:
                _add_synonym(text, name, place, found, problems)
        case "regex":
            found.patterns.extend(Pattern(name, text, str(place)) for text, place in lines)
        case _:
            found.add_lookup(name, [text for text, _ in lines], item.place)


def _read_intent(name: str, item: YamlMap, found: NluFiles, problems: Problems) -> None:
    if name.count("/") > 1:
        problems.error(
            item.at("intent"),
            f"the intent {name!r} has more than one '/': expected intent/response.",
        )
        return
    about = plain(item.get("metadata"))
    before = len(found.examples)
    for text, place, metadata in _intent_examples(name, item, problems):
        if not text:
            problems.warning(place, f"an example of the intent {name!r} is empty: it is skipped.")
            continue
        try:
            said, entities = annotations.parse(text)
        except AnnotationError as error:
            problems.error(place, f'{error}. Expected, e.g., [Rome]{{"entity": "city"}}.')
            continue
        for entity in entities:
            surface = said[entity.start : entity.end]
            if surface != entity.value:
                _add_synonym(surface, str(entity.value), place, found, problems)
        both = {"intent": about, "example": metadata}
        found.examples.append(
            Example(
                Message(said),
                name,
                entities,
                {key: value for key, value in both.items() if value is not None},
                str(place),
            )
        )
    if len(found.examples) == before:
        problems.warning(item.at("examples"), f"the intent {name!r} has no examples.")


def _intent_examples(
    name: str, item: YamlMap, problems: Problems
) -> Iterator[tuple[str, Place, Any]]:
    written = item.get("examples")
    match written:
        case str():
            for text, place in shapes.dashed(name, item, written, problems):
                yield text, place, None
        case YamlList():
            for i, entry in enumerate(written):
                if not isinstance(entry, YamlMap) or not isinstance(entry.get("text"), str):
                    problems.error(
                        written.at(i),
                        f"the intent {name!r}: expected an example as - text: ..., "
                        f"found {kind(entry)}.",
                    )
                    continue
                yield (
                    entry["text"].strip(shapes.LINE_ENDS),
                    entry.place,
                    plain(entry.get("metadata")),
                )
        case None:
            return
        case _:
            problems.error(
                item.at("examples"),
                f"the intent {name!r}: expected examples: | and a line that begins with '-' for "
                f"each, found {kind(written)}.",
            )


def _add_synonym(text: str, value: str, place: Place, found: NluFiles, problems: Problems) -> None:
    known = found.synonyms.get(text)
    if known is not None and known != value:
        problems.warning(
            place, f"{text!r} stands for {known!r} elsewhere, and for {value!r} here: this counts."
        )
    found.synonyms[text] = value
