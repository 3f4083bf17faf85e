"""End-to-end conversations: what a user says, and what must come of it, effects included.

```yaml
conversations:
- conversation: an order is cancelled
  steps:
  - user: cancel CM-10462
  - action: action_cancel_order        # among the turn's actions, in order
  - bot: Done, it is cancelled.        # among what was said, in order
  - slot: {order_id: null}             # as it stands after the turn
  - effect:                            # what a service of endpoints.yml answers now
      service: orders
      post: /orders/lookup             # or get:
      body: {number: CM-10462}
      expect: {state: cancelled}       # a part of the answer
```
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from bespeak.data.files import below
from bespeak.data.problems import Problem, ProblemsFound, kind
from bespeak.data.yaml import YamlList, YamlMap, plain, read_yaml


@dataclass(frozen=True)
class Says:
    text: str
    line: int


@dataclass(frozen=True)
class Does:
    action: str
    line: int


@dataclass(frozen=True)
class Answers:
    text: str
    line: int


@dataclass(frozen=True)
class Knows:
    slots: Mapping[str, Any]
    line: int


@dataclass(frozen=True)
class Effect:
    """A request to a service of endpoints.yml, and what its JSON answer must hold."""

    service: str
    method: str
    path: str
    line: int
    body: Any = None
    expect: Any = None
    status: int = 200


ConversationStep: TypeAlias = Says | Does | Answers | Knows | Effect


@dataclass(frozen=True)
class Script:
    """One conversation to hold, from its own beginning."""

    name: str
    source: str
    line: int
    steps: tuple[ConversationStep, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)


def read_scripts(paths: Sequence[Path]) -> list[Script]:
    """Read the conversations in these files and folders.

    Raises `ProblemsFound` naming file and line of every step that is none.
    """
    problems: list[Problem] = []
    scripts: list[Script] = []
    for path in below(list(paths)):
        content = read_yaml(path)
        for item, line in _listed(content, "conversations", path, problems):
            script = _script(item, line, path, problems)
            scripts += [script] if script else []
    if problems:
        raise ProblemsFound(problems)
    return scripts


def _listed(
    parent: YamlMap, key: str, path: Path, problems: list[Problem]
) -> Iterator[tuple[Any, int]]:
    """Yield the items of a list, each with its line; nothing where there is no list."""
    found = parent.get(key)
    if isinstance(found, YamlList):
        yield from zip(found, found.lines, strict=True)
    elif found is not None:
        told = f"Expected a list under '{key}', found {kind(found)}."
        problems.append(Problem(told, str(path), parent.at(key).line))


def _script(item: Any, line: int, path: Path, problems: list[Problem]) -> Script | None:
    if not isinstance(item, YamlMap):
        told = (
            f"{plain(item)!r} is no conversation: expected a mapping with 'conversation' (its "
            "name) and 'steps'."
        )
        problems.append(Problem(told, str(path), line))
        return None
    line = item.at("conversation").line
    steps = [_step(step, at, path, problems) for step, at in _listed(item, "steps", path, problems)]
    return Script(
        str(item.get("conversation", "")),
        str(path),
        line,
        tuple(step for step in steps if step is not None),
        plain(item.get("metadata") or {}),
    )


def _step(step: Any, line: int, path: Path, problems: list[Problem]) -> ConversationStep | None:
    match step:
        case {"user": str(text)}:
            return Says(text, step.at("user").line)
        case {"action": str(name)}:
            return Does(name, step.at("action").line)
        case {"bot": str(text)}:
            return Answers(text, step.at("bot").line)
        case {"slot": {**slots}}:
            return Knows(plain(slots), step.at("slot").line)
        case {"effect": {"service": str(service), **told}} if isinstance(
            status := told.get("status", 200), int
        ):
            method = "post" if "post" in told else "get"
            return Effect(
                service,
                method,
                str(told.get(method, "")),
                step.at("effect").line,
                plain(told.get("body")),
                plain(told.get("expect")),
                status,
            )
    problems.append(
        Problem(
            f"{plain(step)!r} is no step of a conversation: expected 'user', 'action', 'bot', "
            "'slot' or 'effect'.",
            str(path),
            line,
        )
    )
    return None
