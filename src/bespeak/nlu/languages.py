"""Several languages in one model: a pipeline for each."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bespeak.dialogue.language import LANGUAGE
from bespeak.errors import ExtensionError, ModelError, TrainingError
from bespeak.extend import build
from bespeak.message import Example, Message, TrainingData
from bespeak.nlu import BUILTIN
from bespeak.nlu.component import Component
from bespeak.nlu.language_guess import LanguageGuess
from bespeak.nlu.pipeline import Pipeline

log = logging.getLogger(__name__)

NAME = "LanguageRouter"


class LanguageRouter:
    """Understand each message by the pipeline of its language.

    `pipelines` has a list of components by language, as in config.yml. A message's language is the
    one that its metadata names (`language: de`, or `de-AT`), as a channel sends it; else the one
    its letters are like those of the examples; where that is not clear, `default`, which is the
    project's language if not given. The parse data have it under `language`.

    An example is of the language that its metadata, or its intent's, names, else of the default.
    Synonyms, lookup tables, regexes and responses are for all.
    """

    serves_only = True

    def __init__(
        self, *, pipelines: Mapping[str, Sequence[Mapping[str, Any]]], default: str | None = None
    ) -> None:
        if not isinstance(pipelines, Mapping) or not pipelines:
            raise ExtensionError(
                f"{NAME}: pipelines must have a list of components by language, as in "
                f"'en: [{{name: WhitespaceTokenizer}}, …]'; found {pipelines!r}."
            )
        self.pipelines = {str(name): _built(str(name), each) for name, each in pipelines.items()}
        if default is not None and default not in self.pipelines:
            raise ExtensionError(
                f"{NAME}: default must be one of {', '.join(self.pipelines)}; found {default!r}."
            )
        self.given_default = default
        self.default = default or next(iter(self.pipelines))
        self.guess = LanguageGuess()

    @property
    def parts(self) -> tuple[Component, ...]:
        """All components of all languages: what one of them learns from, this one learns from."""
        return tuple(part for pipeline in self.pipelines.values() for part in pipeline.components)

    def train(self, data: TrainingData) -> None:
        if self.given_default is None and data.language in self.pipelines:
            self.default = data.language
        examples: dict[str, list[Example]] = {language: [] for language in self.pipelines}
        for example in data.examples:
            examples[self._language_of(example)].append(example)
        silent = [language for language, said in examples.items() if not said]
        if silent:
            raise TrainingError(
                f"{NAME}: there are no examples in the language {silent[0]!r}. Write 'metadata: "
                f"{{language: {silent[0]}}}' beside the intent of those that are, or leave its "
                "pipeline out."
            )
        self.guess = LanguageGuess.learned(
            {name: [each.message.text for each in said] for name, said in examples.items()}
        )
        for language, pipeline in self.pipelines.items():
            pipeline.train(replace(data, examples=tuple(examples[language]), language=language))

    def process(self, messages: Sequence[Message]) -> list[Message]:
        languages = [self._spoken(message) for message in messages]
        understood: dict[int, Message] = {}
        for language in dict.fromkeys(languages):
            places = [i for i, spoken in enumerate(languages) if spoken == language]
            found = self.pipelines[language].process([messages[i] for i in places])
            for i, message in zip(places, found, strict=True):
                attributes = {**message.attributes, LANGUAGE: language}
                understood[i] = replace(message, attributes=attributes)
        return [understood[i] for i in range(len(messages))]

    def save(self, folder: Path) -> None:
        known = {"default": self.default, "runs": self.guess.counts}
        (folder / "languages.json").write_text(json.dumps(known), encoding="utf-8")
        for language, pipeline in self.pipelines.items():
            pipeline.save(folder / language)

    def load(self, folder: Path) -> None:
        try:
            known = json.loads((folder / "languages.json").read_text(encoding="utf-8"))
            self.default = str(known["default"])
            self.guess = LanguageGuess(known["runs"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"The languages in {str(folder)!r} cannot be read: {error}. Train the model again."
            ) from error
        for language, pipeline in self.pipelines.items():
            pipeline.load(folder / language)

    def _spoken(self, message: Message) -> str:
        named = self._known(message.metadata.get(LANGUAGE))
        return named or self.guess.of(message.text, self.default)

    def _language_of(self, example: Example) -> str:
        for part in ("example", "intent"):
            about = example.metadata.get(part)
            if isinstance(about, Mapping) and about.get(LANGUAGE) is not None:
                known = self._known(about[LANGUAGE])
                if known is None:
                    raise TrainingError(
                        f"{example.source}: no pipeline of {NAME} is for the language "
                        f"{about[LANGUAGE]!r}. Known: {', '.join(self.pipelines)}."
                    )
                return known
        return self.default

    def _known(self, named: Any) -> str | None:
        """Return the pipeline's language that a tag such as `de-AT` means."""
        if not isinstance(named, str):
            return None
        tag = named.replace("_", "-")
        matches = (tag, tag.partition("-")[0], tag.partition("-")[0].lower())
        return next((match for match in matches if match in self.pipelines), None)


def _built(language: str, entries: Any) -> Pipeline:
    if not isinstance(entries, Sequence) or isinstance(entries, str) or not entries:
        raise ExtensionError(
            f"{NAME}: the pipeline of {language!r} must be a list of components; found {entries!r}."
        )
    components = []
    for entry in entries:
        spec = {"name": entry} if isinstance(entry, str) else entry
        if not isinstance(spec, Mapping):
            raise ExtensionError(
                f"{NAME}: a component of {language!r} has a name; found {entry!r}."
            )
        try:
            components.append(build("nlu", BUILTIN, spec))
        except ExtensionError as error:
            raise ExtensionError(f"{NAME}, pipeline of {language!r}: {error}") from error
    return Pipeline(components)
