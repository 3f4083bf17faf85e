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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from bespeak.data.files import below
from bespeak.data.problems import Problem, ProblemsFound
from bespeak.data.yaml import YamlMap, plain, read_yaml


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
        for item in content.get("conversations") or ():
            scripts.append(_script(item, path, problems))
    if problems:
        raise ProblemsFound(problems)
    return scripts


def _script(item: YamlMap, path: Path, problems: list[Problem]) -> Script:
    line = item.at("conversation").line
    steps = [_step(step, path, problems) for step in item.get("steps") or ()]
    return Script(
        str(item.get("conversation", "")),
        str(path),
        line,
        tuple(step for step in steps if step is not None),
        plain(item.get("metadata") or {}),
    )


def _step(step: Any, path: Path, problems: list[Problem]) -> ConversationStep | None:
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
    where = step.line if isinstance(step, YamlMap) else 0
    problems.append(
        Problem(
            f"{plain(step)!r} is no step of a conversation: expected 'user', 'action', 'bot', "
            "'slot' or 'effect'.",
            str(path),
            where,
        )
    )
    return None
