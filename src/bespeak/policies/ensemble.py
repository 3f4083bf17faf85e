"""Which of several predictions counts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bespeak.domain import LISTEN, Domain
from bespeak.events import Event, UserFeaturization
from bespeak.policies.policy import Policy, Prediction
from bespeak.tracker import Tracker


def decide(policies: Sequence[Policy], tracker: Tracker, domain: Domain) -> Prediction:
    """Return the prediction that counts, asking only the policies whose answer can matter."""
    rejected = tracker.last_rejected
    said: list[Prediction | None] = [None] * len(policies)
    certain = -math.inf  # the priority that no lesser policy can beat

    def ask(i: int) -> None:
        nonlocal certain
        prediction = said[i] = policies[i].predict(tracker, domain)
        if prediction is not None and _without(prediction, rejected).confidence >= 1.0:
            certain = max(certain, prediction.priority)

    yielding = [i for i, policy in enumerate(policies) if getattr(policy, "yields", False)]
    for i in range(len(policies)):
        if i not in yielding:
            ask(i)
    for i in yielding:
        if policies[i].priority >= certain:
            ask(i)
    return best(said, tracker, domain)


def best(predictions: Sequence[Prediction | None], tracker: Tracker, domain: Domain) -> Prediction:
    """Return the prediction that counts, given those of all policies in the order of config.yml.

    A form going on beats all that look at the message, and what was decided on its text beats
    what was decided on its intent. Among equals the surest counts, then the highest priority,
    then the first. An action that just declined to run is nobody's choice. Where the winner
    finds several actions equally likely, the order of the domain decides.

    The result's `events` are all that must be recorded before the action: what every policy
    demands, what the winner adds, and, right after a message, which side of it counted.
    """
    rejected = tracker.last_rejected
    said = [_without(p, rejected) for p in predictions if p is not None]
    if not said:
        return Prediction("", 0)
    rivals = [p for p in said if p.no_user]
    if not rivals:
        by_text = any(p.end_to_end for p in said)
        rivals = [p for p in said if p.end_to_end == by_text]
    winner = rivals[0]
    for rival in rivals[1:]:
        if (rival.confidence, rival.priority) > (winner.confidence, winner.priority):
            winner = rival
    events: list[Event] = [event for prediction in said for event in prediction.events]
    events += winner.optional_events
    if tracker.latest_action == LISTEN:
        events.append(UserFeaturization(winner.end_to_end))
    scores = _in_order(winner.scores, domain)
    return replace(winner, scores=scores, events=tuple(events), optional_events=())


def _without(prediction: Prediction, rejected: str | None) -> Prediction:
    if rejected is None or rejected not in prediction.scores:
        return prediction
    scores = {name: score for name, score in prediction.scores.items() if name != rejected}
    return replace(prediction, scores=scores)


def _in_order(scores: Mapping[str, float], domain: Domain) -> dict[str, float]:
    last = len(domain.action_index)
    return dict(sorted(scores.items(), key=lambda pair: domain.action_index.get(pair[0], last)))
