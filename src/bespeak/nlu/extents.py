"""How far entities reach: what belongs to them beside their words, as annotations have it."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Self, TypeAlias

from bespeak.message import Entity, Example, Token

COMMAS = frozenset(".,; ")  # what stands between the words of an entity that commas do not split

SIDES = ("joints", "before", "after")

Known: TypeAlias = Mapping[str, frozenset[str]]
"""For an entity's name, strings of characters that are in no word."""

_BEFORE, _AFTER = re.compile(r"(?:^|\s)(\S+)$"), re.compile(r"(\S+)(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Extents:
    """What belongs to entities beside their words, by their names.

    `joints` stand between two words of one: `: ` in `Batman: Year One`. `before` the first word
    stands the `$` of `$50`, `after` the last the `.` of `U. S.`, where a blank or the text's end
    parts it from all else.
    """

    joints: Known = field(default_factory=dict)
    before: Known = field(default_factory=dict)
    after: Known = field(default_factory=dict)

    @classmethod
    def learned(cls, examples: Sequence[Example], annotated: Sequence[Sequence[Entity]]) -> Self:
        """Learn from annotated entities, each example's own in `annotated`.

        What is annotated otherwise as often as not does not belong to an entity.
        """
        joints: dict[str, set[str]] = defaultdict(set)
        before: Counter[tuple[str, str]] = Counter()
        after: Counter[tuple[str, str]] = Counter()
        for example, entities in zip(examples, annotated, strict=True):
            text, tokens = example.message.text, example.message.tokens
            for entity in entities:
                if (words := within(tokens, entity)) is None:
                    continue
                for one, next_ in pairwise(tokens[i] for i in words):
                    if next_.start - one.end > 1:  # a single character joins words anyway
                        joints[entity.name].add(text[one.end : next_.start])
                first, last = words[0], words[-1]
                for counts, beside, own in (
                    (before, _left(text, tokens, first), text[entity.start : tokens[first].start]),
                    (after, _right(text, tokens, last), text[tokens[last].end : entity.end]),
                ):
                    if beside:
                        counts[entity.name, beside] += 1 if own == beside else -1
        known = {name: frozenset(each) for name, each in joints.items()}
        return cls(known, _mostly(before), _mostly(after))

    def join(self, name: str, between: str, *, commas_split: bool) -> bool:
        """Say whether words of an entity of that name with this text between are of one."""
        if len(between) <= 1:
            return True
        known = between in self.joints.get(name, frozenset())
        if commas_split:
            return known and "," not in between
        return known or (len(between) <= 3 and set(between) <= COMMAS)

    def reach(
        self, name: str, text: str, tokens: Sequence[Token], first: int, last: int
    ) -> tuple[int, int]:
        """Return where an entity of that name begins and ends that has these words."""
        left, right = _left(text, tokens, first), _right(text, tokens, last)
        start, end = tokens[first].start, tokens[last].end
        return (
            start - len(left) if left in self.before.get(name, frozenset()) else start,
            end + len(right) if right in self.after.get(name, frozenset()) else end,
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            side: {name: sorted(each) for name, each in sorted(getattr(self, side).items())}
            for side in SIDES
        }

    @classmethod
    def from_dict(cls, described: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote. Raises KeyError, TypeError or AttributeError otherwise."""
        return cls(
            *({name: frozenset(each) for name, each in described[side].items()} for side in SIDES)
        )


def within(tokens: Sequence[Token], entity: Entity) -> range | None:
    """Return which tokens an annotated entity consists of: None where it cuts one, or has none."""
    if entity.start is None or entity.end is None:
        return None
    touched = [
        i for i, token in enumerate(tokens) if token.start < entity.end and entity.start < token.end
    ]
    if not touched:
        return None
    first, last = tokens[touched[0]], tokens[touched[-1]]
    whole = entity.start <= first.start and last.end <= entity.end
    return range(touched[0], touched[-1] + 1) if whole else None


def _left(text: str, tokens: Sequence[Token], first: int) -> str:
    """Return what stands directly before a token, behind a blank or the text's beginning."""
    found = _BEFORE.search(text[tokens[first - 1].end if first else 0 : tokens[first].start])
    if found is None or (first and not found[0][:1].isspace()):
        return ""
    return found[1]


def _right(text: str, tokens: Sequence[Token], last: int) -> str:
    """Return what stands directly after a token, before a blank or the text's end."""
    behind = last + 1 < len(tokens)
    found = _AFTER.match(text[tokens[last].end : tokens[last + 1].start if behind else len(text)])
    if found is None or (behind and not found[0][-1:].isspace()):
        return ""
    return found[1]


def _mostly(counts: Mapping[tuple[str, str], int]) -> Known:
    found: dict[str, set[str]] = defaultdict(set)
    for (name, beside), count in counts.items():
        if count > 0:
            found[name].add(beside)
    return {name: frozenset(each) for name, each in found.items()}
