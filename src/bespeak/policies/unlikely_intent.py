"""Notice when the user says what no story expects here.

It stands in UnexpecTED's place: which intents may come next is learned from stories, and an
intent that scores lower than it ever did where a story had it is called unlikely.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bespeak.dialogue.states import RuleOnly, State, moments, seen, state, states
from bespeak.dialogue.story import Story
from bespeak.domain import UNLIKELY_INTENT, Domain
from bespeak.errors import ExtensionError
from bespeak.events import ActionExecuted, UserUttered
from bespeak.policies.examples import rule_only
from bespeak.policies.features import REACH, named
from bespeak.policies.options import NETWORK_OPTIONS, history_length, note_unused
from bespeak.policies.policy import Prediction
from bespeak.policies.ranker import Lessons, Ranker, to_learn_from
from bespeak.tracker import Tracker, walked

_FILE: Final = "unlikely.json"


class UnexpecTEDIntentPolicy:
    """Choose `action_unlikely_intent` right after a message whose intent no story expects here.

    Each intent has a threshold below which it is unlikely: the lowest score it got where a story
    had it, or, if that is lower, the one that spares a share of `tolerance` of the situations
    without it. There is no alarm in a situation of a story, and none where the intent is the
    likeliest. Intents in `ignore_intents_list`, and those in no story, are never unlikely.

    The action's metadata is Rasa's: `{"query_intent", "ranking"}`, each intent with its name,
    score, threshold and severity (how far below the threshold); `ranking` has the
    `ranking_length` likeliest (0: all).
    """

    name: Final = "UnexpecTEDIntentPolicy"
    yields: Final = True

    def __init__(
        self,
        *,
        priority: int = 2,
        max_history: int | None = None,
        featurizer: Sequence[Mapping[str, Any]] | None = None,
        tolerance: float = 0.0,
        ignore_intents_list: Sequence[str] = (),
        ranking_length: int = 10,
        **options: Any,
    ) -> None:
        note_unused(self.name, options, NETWORK_OPTIONS)
        if not 0.0 <= tolerance <= 1.0:
            raise ExtensionError(
                f"{self.name} takes a tolerance from 0.0 (none) to 1.0, not {tolerance!r}."
            )
        self.priority = priority
        self.max_history = history_length(max_history, featurizer)
        self.tolerance = tolerance
        self.ignore_intents_list = tuple(ignore_intents_list)
        self.ranking_length = ranking_length
        self.hide = RuleOnly()
        self.ranker = Ranker(one_answer=False)
        self.thresholds: dict[str, float] = {}

    @property
    def reach(self) -> int:
        """How many states back it looks, the one with the message not counted."""
        return min(self.max_history or REACH, REACH)

    def train(self, stories: Sequence[Story], domain: Domain) -> None:
        self.hide = rule_only(stories, domain)
        lessons = Lessons(one_answer=False)
        for story in to_learn_from(stories):
            if _by_intents_alone(story):
                for shown, intent in _expected(story, domain):
                    lessons.add(named(shown[-self.reach :]), intent, glued=story.augmented)
        self.ranker = Ranker.learn(lessons)
        self.thresholds = _thresholds(self.ranker, lessons, self.tolerance)

    def predict(self, tracker: Tracker, domain: Domain) -> Prediction | None:
        intent = _just_said(tracker)
        if intent is None or intent not in domain.intents or not self.ranker.labels:
            return None
        shown = seen(states(tracker, domain, last=self.reach + 1, hide=self.hide))[:-1]
        if not shown:
            return None
        found = self.ranker.scores(named(shown)).tolist()
        scores = dict(zip(self.ranker.labels, found, strict=True))
        unlikely = self._is_unlikely(intent, scores)
        said = self._about(intent, scores.get(intent, 0.0))
        return Prediction(
            self.name,
            self.priority,
            {UNLIKELY_INTENT: 1.0} if unlikely else {},
            metadata={"query_intent": said, "ranking": self._ranking(scores)},
            why=f"{intent} is {'not ' if unlikely else ''}expected here",
        )

    def save(self, folder: Path) -> None:
        hide = {"slots": sorted(self.hide.slots), "loops": sorted(self.hide.loops)}
        kept = json.dumps({"hide": hide, "thresholds": self.thresholds})
        (folder / _FILE).write_text(kept, encoding="utf-8")
        self.ranker.save(folder)

    def load(self, folder: Path) -> None:
        kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        self.hide = RuleOnly(frozenset(kept["hide"]["slots"]), frozenset(kept["hide"]["loops"]))
        self.thresholds = kept["thresholds"]
        self.ranker = Ranker.load(folder)

    def _is_unlikely(self, intent: str, scores: Mapping[str, float]) -> bool:
        if intent not in self.thresholds or intent in self.ignore_intents_list:
            return False
        likeliest = max(scores, key=lambda name: scores[name])
        return scores[intent] < self.thresholds[intent] and intent != likeliest

    def _ranking(self, scores: Mapping[str, float]) -> list[dict[str, Any]]:
        ranked = sorted(scores.items(), key=lambda pair: -pair[1])
        shown = ranked[: self.ranking_length] if self.ranking_length > 0 else ranked
        return [self._about(intent, score) for intent, score in shown]

    def _about(self, intent: str, score: float) -> dict[str, Any]:
        threshold = self.thresholds.get(intent)
        severity = None if threshold is None else threshold - score
        return {"name": intent, "score": score, "threshold": threshold, "severity": severity}


def _by_intents_alone(story: Story) -> bool:
    """Say whether a story tells all turns by their intents and actions by their names."""
    for event in story.tracker.history:
        match event:
            case UserUttered() if event.intent_name is None:
                return False
            case ActionExecuted(name=None):
                return False
    return True


def _expected(story: Story, domain: Domain) -> list[tuple[list[State], str]]:
    """Return the states before each message of a story, and its intent."""
    found: list[tuple[list[State], str]] = []
    so_far: list[State] = []
    before: UserUttered | None = None
    for now, _ in moments(story.tracker):
        one = state(now, domain).settled()
        if now.latest_message is not before and one.intent is not None and so_far:
            found.append((list(so_far), one.intent))
        if one.previous != UNLIKELY_INTENT:
            so_far.append(one)
        before = now.latest_message
    return found


def _just_said(tracker: Tracker) -> str | None:
    """Return the intent of the message, if nothing was done since it came."""
    for step in walked(tracker.past):
        match step.event:
            case ActionExecuted():
                return None
            case UserUttered() as message:
                return message.intent_name
    return None


def _thresholds(ranker: Ranker, lessons: Lessons, tolerance: float) -> dict[str, float]:
    given = list(lessons)
    if not given:
        return {}
    scores: NDArray[np.float64] = np.stack([ranker.scores(lesson.row) for lesson in given])
    thresholds: dict[str, float] = {}
    for i, intent in enumerate(ranker.labels):
        here = np.array([intent in lesson.labels for lesson in given])
        lowest = float(scores[here, i].min())
        if not here.all():
            others = float(np.quantile(scores[~here, i], 1.0 - tolerance, method="lower"))
            # Just above the last one that is not tolerated; a tolerance of 1.0 spares them all.
            lowest = min(lowest, np.nextafter(others, 2.0) if tolerance < 1.0 else others)
        thresholds[intent] = lowest
    return thresholds
