"""States as features for learned policies: what was said and done, singly and in pairs.

A situation becomes a sparse vector. Single features let the model carry over what it learned to
combinations no story has; pairs let it tell apart what only the combination tells apart. The
further back, the less a feature weighs.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bespeak.dialogue.states import State

Name: TypeAlias = str
"""A feature's name: its kind and what it is about, as in `u greet` or `au utter_ask i:greet`."""

DECAY: Final = 0.6
"""What an action or a message weighs, one step further back."""

REACH: Final = 12
"""How many states back features reach at most: beyond, nothing would be left of their weight."""

LOOPS: Final = 2
"""How many forms that were left are remembered, in order."""


def named(shown: Sequence[State]) -> dict[Name, float]:
    """Return the features of a situation: its states, oldest first, the newest being decided on."""
    newest = shown[-1]
    action = newest.previous or "-"
    user = _user(newest)
    found = {f"a {action}": 1.0, f"u {user}": 1.0, f"au {action} {user}": 1.0}
    for entity in newest.entities:
        found[f"e {entity}"] = 1.0
        found[f"ae {action} {entity}"] = 1.0
    if newest.loop:
        found[f"l {newest.loop}"] = 1.0
        found[f"la {newest.loop} {action}"] = 1.0
        found[f"lu {newest.loop} {user}"] = 1.0
    for slot, value in _slots(newest):
        found[f"s {slot}"] = value
        found[f"sa {slot} {action}"] = value
        found[f"su {slot} {user}"] = value
    found.update(_turn(shown, user))
    found.update(_past(shown, user))
    for i, loop in enumerate(_earlier_loops(shown)):
        found[f"pl {i} {loop}"] = 1.0
        found[f"pla {i} {loop} {action}"] = 1.0
        found[f"plu {i} {loop} {user}"] = 1.0
    return found


class Columns:
    """Which column of the matrix a feature is; unknown features have none."""

    def __init__(self, names: Iterable[Name] = ()) -> None:
        self.names = tuple(names)
        self._of: Mapping[Name, int] = {name: i for i, name in enumerate(self.names)}

    @classmethod
    def of(cls, rows: Iterable[Mapping[Name, float]], at_least: int = 1) -> "Columns":
        """Return the columns of all features that so many of the rows have."""
        counts = Counter(name for row in rows for name in row)
        return cls(name for name, count in counts.items() if count >= at_least)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: Name) -> bool:
        return name in self._of

    def pick(self, row: Mapping[Name, float]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the columns a row has, and its values there."""
        known = [(self._of[name], value) for name, value in row.items() if name in self._of]
        columns = np.array([column for column, _ in known], dtype=np.int64)
        return columns, np.array([value for _, value in known], dtype=np.float32)


def _turn(shown: Sequence[State], user: str) -> Iterator[tuple[Name, float]]:
    """Yield what happened since the user spoke, and what the user answered to."""
    actions = [one.previous or "-" for one in reversed(shown)]
    since = next((i for i, one in enumerate(reversed(shown)) if one.after_listening), len(actions))
    path = " ".join(reversed(actions[:since]))
    yield f"t {path} {user}", 1.0
    if since:
        yield f"p {path}", 1.0
    if since + 1 >= len(shown):
        return
    asked = actions[since + 1]
    before = _user(shown[len(shown) - since - 2])
    yield f"q {asked}", 1.0
    yield f"qu {asked} {user}", 1.0
    yield f"qt {asked} {path} {user}", 1.0
    yield f"uu {before} {user}", 1.0


def _past(shown: Sequence[State], user: str) -> dict[Name, float]:
    """Return the bag of earlier actions and messages; the latest of a kind counts.

    What users were asked in earlier turns goes with the newest message, too: after a digression,
    they come back to it.
    """
    found: dict[Name, float] = {}
    weight = 1.0
    for i in range(len(shown) - 2, max(len(shown) - REACH, 0) - 1, -1):
        one = shown[i]
        if one.after_listening and i:
            found.setdefault(f"pqu {shown[i - 1].previous or '-'} {user}", weight)
        weight *= DECAY
        found.setdefault(f"pa {one.previous or '-'}", weight)
        if one.after_listening:
            found.setdefault(f"pu {_user(one)}", weight)
    return found


def _earlier_loops(shown: Sequence[State]) -> list[str]:
    """Return the forms that were left, the latest first: some stories go back to them."""
    loops = [one.loop for one in reversed(shown[-REACH:]) if one.loop]
    return [loop for loop in dict.fromkeys(loops) if loop != shown[-1].loop][:LOOPS]


def _user(one: State) -> str:
    if one.intent is not None:
        return f"i:{one.intent}"
    return f"t:{one.text}" if one.text is not None else "-"


def _slots(one: State) -> Iterator[tuple[str, float]]:
    for slot, feature in one.slots.items():
        if isinstance(feature, str):
            yield f"{slot}={feature}", 1.0
            continue
        for i, value in enumerate(feature):
            if value:
                yield f"{slot}[{i}]", value
