"""Values, NLU data and stories, written as Rasa writes them."""

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import yaml as pyyaml

from bespeak.data import annotations
from bespeak.data.files import FORMAT_VERSION
from bespeak.data.yaml import FLOAT, INTEGER, is_text
from bespeak.dialogue.states import featurized_by_text
from bespeak.domain import LISTEN, SESSION_START, SNIPPET, UNLIKELY_INTENT
from bespeak.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from bespeak.message import Entity, Example, TrainingData

_NOT_TRAINED: Final = frozenset(("DucklingEntityExtractor", "SpacyEntityExtractor"))
_CONTROL: Final = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNSAID: Final = frozenset((LISTEN, SESSION_START, UNLIKELY_INTENT, SNIPPET))


class _Quoted(str):
    """Text that is written in double quotes."""


class _Dumper(pyyaml.SafeDumper):
    """Writes no aliases, and quotes exactly what YAML 1.2 would not read as this text.

    It is the one in Python, since the one in C writes emoji as escapes.
    """

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    style = None
    if isinstance(text, _Quoted):
        style = '"'
    elif "\n" in text:
        style = "|"
    elif not is_text(text):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style=style)


_Dumper.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), "tTfF"),
    ("null", re.compile(r"(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""]),
    ("int", re.compile(rf"(?:{INTEGER.pattern})\Z", re.ASCII), "-+0123456789"),
    ("float", re.compile(rf"(?:{FLOAT.pattern})\Z", re.ASCII), "-+0123456789."),
):
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, list(_first))
_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(_Quoted, _represent_text)
_Dumper.add_multi_representer(dict, lambda dumper, data: dumper.represent_dict(data.items()))
_Dumper.add_multi_representer(list, lambda dumper, data: dumper.represent_list(data))


def dumped(value: Any) -> str:
    """Return a value as YAML: keys in their order, long lines unbroken, several as a block."""
    if isinstance(value, dict) and isinstance(value.get("version"), str):
        value = {**value, "version": _Quoted(value["version"])}
    text: str = pyyaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 20
    )
    return text


def nlu_yaml(
    data: TrainingData, responses: Mapping[str, Sequence[Mapping[str, Any]]] | None = None
) -> str:
    """Return NLU data as a file: intents, synonyms, patterns, lookups, responses, sentiment.

    `responses` are in the form of domain.yml; without them, the data's own are written. Texts of
    stories, and entities that Duckling or spaCy finds, are left out. No data is no text.
    """
    if responses is None:
        responses = {f"utter_{name}": variations for name, variations in data.responses.items()}
    synonyms: dict[str, list[str]] = {}
    for text, value in data.synonyms.items():
        synonyms.setdefault(value, []).append(text)
    patterns: dict[str, list[str]] = {}
    for pattern in data.patterns:
        patterns.setdefault(pattern.name, []).append(pattern.pattern)
    items = [
        *_intents(data.examples),
        *({"synonym": name, "examples": _dashed(texts)} for name, texts in synonyms.items()),
        *({"regex": name, "examples": _dashed(texts)} for name, texts in patterns.items()),
        *({"lookup": table.name, "examples": _dashed(table.elements)} for table in data.lookups),
    ]
    sentiment: dict[str, list[str]] = {}
    for example in data.sentiment:
        sentiment.setdefault(example.label, []).append(example.text)
    if not items and not responses and not sentiment:
        return ""
    content: dict[str, Any] = {"version": FORMAT_VERSION}
    if items:
        content["nlu"] = items
    if responses:
        content["responses"] = {name: list(several) for name, several in responses.items()}
    if sentiment:
        content["sentiment"] = [
            {"label": label, "examples": _dashed(texts)} for label, texts in sentiment.items()
        ]
    return dumped(content)


def nlu_json(data: TrainingData) -> str:
    """Return NLU data in the JSON format of Rasa before 2.0."""
    synonyms: dict[str, list[str]] = {}
    for text, value in data.synonyms.items():
        if text != value:
            synonyms.setdefault(value, []).append(text)
    return json.dumps(
        {
            "rasa_nlu_data": {
                "common_examples": [_json_example(example) for example in data.examples],
                "regex_features": [
                    {"name": pattern.name, "pattern": pattern.pattern} for pattern in data.patterns
                ],
                "lookup_tables": [
                    {"name": table.name, "elements": list(table.elements)} for table in data.lookups
                ],
                "entity_synonyms": [
                    {"value": value, "synonyms": texts} for value, texts in synonyms.items()
                ],
            }
        },
        indent=2,
        ensure_ascii=False,
    )


def story_yaml(
    stories: Iterable[tuple[Iterable[Event], str]],
    *,
    test: bool = False,
    comments: Sequence[Mapping[int, str]] = (),
) -> str:
    """Return stories as a file; each is its events and its name.

    With `test`, what users said is written beside their intents. `comments` has, for each story,
    what is written behind the step of an event, by the event's index.
    """
    texts = [f'version: "{FORMAT_VERSION}"\n']
    for number, (events, name) in enumerate(stories):
        notes = comments[number] if number < len(comments) else {}
        steps = [
            _commented(dumped([step]), notes.get(i, ""))
            for i, event in enumerate(events)
            if (step := _step(event, test)) is not None
        ]
        if number == 0:
            texts.append("stories:\n")
        texts.append(dumped([{"story": name}]))
        if steps:
            texts.append(textwrap.indent("steps:\n" + "".join(steps), "  "))
        else:
            texts.append("  steps: []\n")
    return "".join(texts)


def _step(event: Event, test: bool) -> dict[str, Any] | None:
    match event:
        case UserUttered():
            return _user(event, test)
        case ActionExecuted(name=str(name)) if name:
            return None if name in _UNSAID else {"action": name}
        case ActionExecuted(text=str(text)):
            return {"bot": text}
        case SlotSet(name=name, value=value):
            return {"slot_was_set": [{name: value}]}
        case ActiveLoop(name=name):
            return {"active_loop": name}
        case _:
            return None


def _user(event: UserUttered, test: bool) -> dict[str, Any] | None:
    step: dict[str, Any] = {}
    by_text = featurized_by_text(event)
    intent = event.intent
    if intent is not None and intent.name and not by_text:
        step["intent"] = intent.full_name or intent.name
    if event.entities and not test:
        step["entities"] = [
            entity.name if entity.value is None else {entity.name: entity.value}
            for entity in event.entities
        ]
    if event.text and (by_text or test):
        plain, _ = _parsed(event.text)
        step["user"] = _Block(_message(plain, event.entities))
    return step or None


def _parsed(text: str) -> tuple[str, tuple[Entity, ...]]:
    try:
        return annotations.parse(text)
    except annotations.AnnotationError:
        return text, ()


class _Block(str):
    """Text that is written as a block, be it one line."""


_Dumper.add_representer(
    _Block,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|"),
)


def _commented(step: str, comment: str) -> str:
    if not comment:
        return step
    first, newline, rest = step.partition("\n")
    return f"{first}  # {' '.join(comment.split())}{newline}{rest}"


def _intents(examples: Iterable[Example]) -> list[dict[str, Any]]:
    by_intent: dict[str, list[Example]] = {}
    for example in examples:
        if example.intent:
            by_intent.setdefault(example.intent, []).append(example)
    return [_intent(name, together) for name, together in by_intent.items()]


def _intent(name: str, examples: Sequence[Example]) -> dict[str, Any]:
    item: dict[str, Any] = {"intent": name}
    about = next((e.metadata["intent"] for e in examples if "intent" in e.metadata), None)
    if about:
        item["metadata"] = about
    texts = [_message(e.message.text, e.entities) for e in examples]
    if any("example" in e.metadata for e in examples) or any(set(t) & set(_CONTROL) for t in texts):
        item["examples"] = [
            {"text": _Block(text + "\n"), **_about(example)}
            for text, example in zip(texts, examples, strict=True)
        ]
    else:
        item["examples"] = _dashed(texts)
    return item


def _about(example: Example) -> dict[str, Any]:
    return {"metadata": example.metadata["example"]} if "example" in example.metadata else {}


def _message(text: str, entities: Iterable[Entity]) -> str:
    """Return the text with those of its entities that can be learned."""
    if text.startswith("/"):
        return text
    trained = tuple(entity for entity in entities if entity.extractor not in _NOT_TRAINED)
    return annotations.annotated(text, trained)


def _dashed(texts: Iterable[str]) -> _Block:
    return _Block("".join(f"- {_escaped(text)}\n" for text in texts))


def _escaped(text: str) -> str:
    return "".join(_CONTROL.get(character, character) for character in text)


def _json_example(example: Example) -> dict[str, Any]:
    written: dict[str, Any] = {"text": example.message.text}
    if example.intent:
        written["intent"] = example.intent
    if example.entities:
        written["entities"] = [entity.to_dict() for entity in example.entities]
    if example.metadata:
        written["metadata"] = dict(example.metadata)
    return written
