"""Runs in an environment of Rasa 3.6.21: train its TED on some stories, ask it about situations.

Reads `{domain, max_history, stories, situations}` from the file named first, each story and
situation a list of events, and writes `{seconds, answers: [[action, confidence], …]}` into the
second.
"""

# mypy: ignore-errors
# Rasa is in an environment of its own.

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rasa.core.policies.ted_policy import TEDPolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.generator import TrackerWithCachedStates

CONFIG = {"epochs": 100, "constrain_similarities": True}
"""What `rasa init` writes."""


def main(asked: Path, answered: Path) -> None:
    told = json.loads(asked.read_text())
    domain = Domain.from_dict(told["domain"])
    with tempfile.TemporaryDirectory() as folder:
        policy = TEDPolicy.create(
            {**TEDPolicy.get_default_config(), **CONFIG, "max_history": told["max_history"]},
            LocalModelStorage(Path(folder)),
            Resource("ted"),
            ExecutionContext(GraphSchema({})),
        )
        began = time.perf_counter()
        policy.train([tracker(events, domain) for events in told["stories"]], domain)
        seconds = time.perf_counter() - began
        answers = []
        for events in told["situations"]:
            said = policy.predict_action_probabilities(tracker(events, domain), domain)
            best = max(range(len(said.probabilities)), key=said.probabilities.__getitem__)
            answers.append([domain.action_names_or_texts[best], float(said.probabilities[best])])
    answered.write_text(json.dumps({"seconds": seconds, "answers": answers}))


def tracker(events: list[dict[str, Any]], domain: Any) -> Any:
    made = TrackerWithCachedStates("someone", domain.slots, domain=domain)
    for wire in events:
        made.update(Event.from_parameters(wire))
    return made


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
