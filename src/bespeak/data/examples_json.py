"""NLU data in the JSON of Rasa before 2.0; exports of other vendors are recognised and refused."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from bespeak.data import annotations
from bespeak.data.annotations import AnnotationError
from bespeak.data.examples import NluFiles
from bespeak.data.files import Files
from bespeak.data.problems import Place, Problems, kind, shown
from bespeak.message import Entity, Example, Message, Pattern

_FOREIGN: Final[Mapping[str, str]] = {
    "luis_schema_version": "LUIS",
    "utterances": "wit.ai",
    "supportedLanguages": "Dialogflow",
    "isEnum": "Dialogflow",
}


def read(path: Path, files: Files, found: NluFiles) -> None:
    """Read the JSON format of Rasa before 2.0; other JSON files are none of our business."""
    content = files.json(path)
    if content is None:
        return
    place = Place(shown(path))
    data = content.get("rasa_nlu_data")
    if data is None:
        vendor = next((name for key, name in _FOREIGN.items() if key in content), None)
        if vendor:
            files.problems.error(
                place, f"this is an export of {vendor}, which cannot be read: convert it first."
            )
        return
    if not isinstance(data, dict):
        files.problems.error(
            place, f"expected an object under 'rasa_nlu_data', found {kind(data)}."
        )
        return
    for entry in _entries(data, "common_examples", place, files.problems):
        _read_example(entry, place, found, files.problems)
    for entry in _entries(data, "entity_synonyms", place, files.problems):
        for text in entry.get("synonyms") or ():
            if "value" in entry:
                found.synonyms[str(text)] = str(entry["value"])
    for entry in _entries(data, "regex_features", place, files.problems):
        if isinstance(entry.get("name"), str) and isinstance(entry.get("pattern"), str):
            found.patterns.append(Pattern(entry["name"], entry["pattern"], str(place)))
        else:
            files.problems.error(place, "a regex feature needs the texts 'name' and 'pattern'.")
    for entry in _entries(data, "lookup_tables", place, files.problems):
        _read_lookup(entry, path, files, found)


def _entries(
    data: Mapping[str, Any], key: str, place: Place, problems: Problems
) -> Iterator[Mapping[str, Any]]:
    entries = data.get(key) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        problems.error(place, f"expected a list of objects under {key!r}.")
        return
    yield from entries


def _read_example(
    entry: Mapping[str, Any], place: Place, found: NluFiles, problems: Problems
) -> None:
    text, intent = entry.get("text", ""), entry.get("intent") or None
    if not isinstance(text, str) or not (intent is None or isinstance(intent, str)):
        problems.error(place, f"an example needs the texts 'text' and 'intent': {dict(entry)!r}.")
        return
    entities: list[Entity] = []
    for written in entry.get("entities") or ():
        try:
            annotations.check(written, str(written))
            start, end = int(written["start"]), int(written["end"])
        except (AnnotationError, KeyError, TypeError, ValueError) as error:
            problems.error(place, f"the example {text!r}: an entity is wrong: {error}.")
            continue
        entities.append(
            Entity(
                written["entity"],
                written.get("value", text[start:end]),
                start,
                end,
                role=written.get("role"),
                group=written.get("group"),
                extractor=written.get("extractor"),
            )
        )
    metadata = entry.get("metadata")
    found.examples.append(
        Example(
            Message(text),
            intent.strip() if intent else None,
            tuple(entities),
            metadata if isinstance(metadata, dict) else {},
            str(place),
        )
    )


def _read_lookup(entry: Mapping[str, Any], path: Path, files: Files, found: NluFiles) -> None:
    name, elements = entry.get("name"), entry.get("elements")
    place = Place(shown(path))
    if isinstance(elements, str):
        listed = next((p for p in (path.parent / elements, Path(elements)) if p.is_file()), None)
        if listed is None:
            files.problems.error(
                place, f"the lookup table {name!r}: there is no file {elements!r}."
            )
            return
        elements = [line.strip() for line in files.text(listed).splitlines() if line.strip()]
    if not isinstance(name, str) or not isinstance(elements, list):
        files.problems.error(place, "a lookup table needs 'name' and 'elements'.")
        return
    found.add_lookup(name, [str(element) for element in elements], place)
