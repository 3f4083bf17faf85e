"""What a word looks like, and the words around it."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bespeak.errors import ExtensionError
from bespeak.message import Features, Message, Token, TrainingData
from bespeak.nlu.sparse import marked

WINDOW = (
    ("low", "title", "upper"),
    ("BOS", "EOS", "low", "upper", "title", "digit"),
    ("low", "title", "upper"),
)

LOOKS: dict[str, Callable[[Token], str]] = {
    "low": lambda token: str(token.text.islower()),
    "title": lambda token: str(token.text.istitle()),
    "upper": lambda token: str(token.text.isupper()),
    "digit": lambda token: str(token.text.isdigit()),
    "prefix2": lambda token: token.text[:2],
    "prefix5": lambda token: token.text[:5],
    "suffix1": lambda token: token.text[-1:],
    "suffix2": lambda token: token.text[-2:],
    "suffix3": lambda token: token.text[-3:],
    "suffix5": lambda token: token.text[-5:],
    "pos": lambda token: token.pos or "None",
    "pos2": lambda token: token.pos[:2] or "None",
}
PLACES = ("BOS", "EOS")


class LexicalSyntacticFeaturizer:
    """One column for each look that a word, or one of its neighbours, had in the training data.

    `features` has a list of looks for each place in the window around a word; with an even number
    of places the window reaches one word further back. `pos` and `pos2` need a tokenizer that
    tells parts of speech (SpacyTokenizer).
    """

    def __init__(
        self, *, features: Sequence[Sequence[str]] = WINDOW, alias: str | None = None
    ) -> None:
        known = (*PLACES, *LOOKS)
        if (
            not isinstance(features, list | tuple)
            or not all(isinstance(place, list | tuple) for place in features)
            or not all(look in known for place in features for look in place)
        ):
            raise ExtensionError(
                "LexicalSyntacticFeaturizer: features must be a list of lists of "
                f"{', '.join(sorted(known))}; found {features!r}."
            )
        self.window = tuple(tuple(dict.fromkeys(place)) for place in features)
        self.origin = alias or "LexicalSyntacticFeaturizer"
        self._reach = len(self.window) // 2
        used = {look for place in self.window for look in place}
        self._readers = [(look, read) for look, read in LOOKS.items() if look in used]
        self._learn([])

    def train(self, data: TrainingData) -> None:
        seen: set[tuple[int, str, str]] = set()
        for example in data.examples:
            tokens = example.message.tokens
            for i, values in enumerate(self._values(tokens)):
                for place, looks in enumerate(self.window):
                    if 0 <= i + self._reach - place < len(tokens):
                        seen.update((place, look, values[look]) for look in looks)
        self._learn(sorted(seen))

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._featurize(message) for message in messages]

    def save(self, folder: Path) -> None:
        (folder / "looks.json").write_text(json.dumps(list(self.columns)), "utf-8")

    def load(self, folder: Path) -> None:
        self._learn(json.loads((folder / "looks.json").read_text("utf-8")))

    def _learn(self, looks: Sequence[Sequence[Any]]) -> None:
        self.columns: dict[tuple[int, str, str], int] = {
            (place, look, value): column for column, (place, look, value) in enumerate(looks)
        }
        self._columns_of: dict[tuple[int, str], dict[str, int]] = {}
        for (place, look, value), column in self.columns.items():
            self._columns_of.setdefault((place, look), {})[value] = column

    def _featurize(self, message: Message) -> Message:
        if not self.columns or not message.tokens:
            return message
        features = Features(self.origin, marked(self._rows(message.tokens), len(self.columns)))
        return replace(message, features=(*message.features, features))

    def _rows(self, tokens: Sequence[Token]) -> list[list[int]]:
        """Return for each token the columns of what is seen through the window."""
        window = [
            (
                self._reach - place,
                [(look, self._columns_of.get((place, look), {})) for look in looks],
            )
            for place, looks in enumerate(self.window)
        ]
        rows: list[list[int]] = [[] for _ in tokens]
        for i, values in enumerate(self._values(tokens)):
            for offset, looks in window:
                if 0 <= i + offset < len(rows):  # the token that has this one at that place
                    row = rows[i + offset]
                    for look, columns in looks:
                        column = columns.get(values[look])
                        if column is not None:
                            row.append(column)
        return rows

    def _values(self, tokens: Sequence[Token]) -> Iterator[dict[str, str]]:
        """Yield each token's own looks."""
        last = len(tokens) - 1
        for i, token in enumerate(tokens):
            values = {look: read(token) for look, read in self._readers}
            values["BOS"], values["EOS"] = str(i == 0), str(i == last)
            yield values
