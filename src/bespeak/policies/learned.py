"""Stories, learned: what to do where neither a rule nor a story says it exactly.

It stands in TED's place under its name, but there is no transformer in it: a linear ranker over
what was said and done lately learns in a second what TED learns in minutes.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from bespeak.dialogue.states import RuleOnly, State, seen, states
from bespeak.dialogue.story import Story
from bespeak.domain import Domain
from bespeak.policies.contrasts import Told, answers, digressed, out_of_place
from bespeak.policies.examples import Example, examples, rule_only
from bespeak.policies.features import REACH, named
from bespeak.policies.options import NETWORK_OPTIONS, history_length, note_unused
from bespeak.policies.policy import Prediction
from bespeak.policies.ranker import Lessons, Ranker, to_learn_from
from bespeak.policies.texts import KnownTexts, TextFeatures
from bespeak.tracker import Tracker

NOTHING: Final = ""
"""What is learned to be right where no story says anything: to leave it to others."""

SILENCE: Final = 2.0
"""What all situations weigh in which an intent is out of place that stories have after one action.

That is in decisions of a story. For an intent that they have after several it is as many times
less: it is taken to mean the same after another one if it always did.
"""

DIGRESSED_SHARE: Final = 0.5
"""What all digressions weigh together, beside what stories weigh."""

_FILE: Final = "dialogue.json"
_VECTORS: Final = "texts.npz"


class TEDPolicy:
    """Say how likely each action is, from how stories went on in situations like this one.

    A situation is at most the last `max_history` states, turns that only rules handled left out.
    The policy abstains where the last action was in no story at all, right after a message that
    was not understood or whose intent was in none, and where it finds it likeliest that nothing
    is right: what is said there is out of place (see `contrasts`). What it gives to that is
    missing from the scores, which add up to less than 1.

    End-to-end stories: a message is also looked at by its text, which counts as the story's text
    it resembles most, and the prediction is as sure as the two are alike. Beyond
    `e2e_confidence_threshold` (and surer than by the intent) the text decides. `text_features`
    may be set from outside, before training and after loading, to compare meanings; otherwise
    words and their pieces are compared.

    `ranking_length` keeps only so many of the likeliest actions (0: all), which add up to 1 again
    with `renormalize_confidences`.
    """

    name: Final = "TEDPolicy"

    def __init__(
        self,
        *,
        priority: int = 1,
        max_history: int | None = None,
        featurizer: Sequence[Mapping[str, Any]] | None = None,
        e2e_confidence_threshold: float = 0.5,
        ranking_length: int = 0,
        renormalize_confidences: bool = False,
        **options: Any,
    ) -> None:
        note_unused(self.name, options, NETWORK_OPTIONS)
        self.priority = priority
        self.max_history = history_length(max_history, featurizer)
        self.e2e_confidence_threshold = e2e_confidence_threshold
        self.ranking_length = ranking_length
        self.renormalize_confidences = renormalize_confidences
        self.text_features: TextFeatures | None = None
        self.hide = RuleOnly()
        self.ranker = Ranker()
        self.texts = KnownTexts()

    @property
    def reach(self) -> int:
        """How many states back it looks."""
        return min(self.max_history or REACH, REACH)

    @property
    def yields(self) -> bool:
        """Whether its predictions are nothing but scores: a text that decides is more."""
        return not len(self.texts)

    @property
    def reads_texts(self) -> bool:
        return len(self.texts) > 0

    def train(self, stories: Sequence[Story], domain: Domain) -> None:
        self.hide = rule_only(stories, domain)
        lessons = Lessons(one_answer=True)
        texts: list[str] = []
        written: list[Example] = []
        for example in examples(to_learn_from(stories), domain, without_unlikely=True):
            shown = example.states[-self.reach :]
            texts += (one.text for one in shown if one.text is not None)
            lessons.add(named(shown), example.action, glued=example.story.augmented)
            if not example.story.augmented:
                written.append(example)
        self._contrast(lessons, Told.of(written))
        self.texts = KnownTexts(texts)
        if self.text_features is not None:
            self.texts = self.texts.with_vectors(self.text_features)
        self.ranker = Ranker.learn(lessons)

    def predict(self, tracker: Tracker, domain: Domain) -> Prediction:
        live = states(tracker, domain, last=self.reach, hide=self.hide)
        scores, likeness = self._scores(seen(live))
        by_text = False
        if len(self.texts) and live[-1].after_listening and live[-1].text is not None:
            from_text, likeness = self._scores(seen(live, by_text=True))
            surest = max(from_text.values(), default=0.0)
            by_text = surest > max(self.e2e_confidence_threshold, max(scores.values(), default=0.0))
            scores = from_text if by_text else scores
        if not scores:
            return Prediction(self.name, self.priority, why="no story has anything like this")
        return Prediction(
            self.name,
            self.priority,
            self._ranked(scores),
            end_to_end=by_text,
            why=f"learned from stories, by a text {likeness:.0%} like one of them"
            if by_text
            else "learned from stories",
        )

    def save(self, folder: Path) -> None:
        hide = {"slots": sorted(self.hide.slots), "loops": sorted(self.hide.loops)}
        kept = json.dumps({"hide": hide, "texts": self.texts.texts})
        (folder / _FILE).write_text(kept, encoding="utf-8")
        if self.texts.vectors is not None:
            np.savez_compressed(folder / _VECTORS, vectors=self.texts.vectors)
        self.ranker.save(folder)

    def load(self, folder: Path) -> None:
        kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        self.hide = RuleOnly(frozenset(kept["hide"]["slots"]), frozenset(kept["hide"]["loops"]))
        vectors = None
        if (folder / _VECTORS).exists():
            with np.load(folder / _VECTORS, allow_pickle=False) as arrays:
                vectors = arrays["vectors"]
        self.texts = KnownTexts(kept["texts"], vectors)
        self.ranker = Ranker.load(folder)

    def _contrast(self, lessons: Lessons, told: Sequence[Told]) -> None:
        """Add what no story tells: digressions, and messages out of place."""
        aside = list(digressed(told))
        share = DIGRESSED_SHARE * sum(len(one.actions) for one in told) / max(1, len(aside))
        for situation, action in aside:
            row = named(situation[-self.reach :])
            lessons.add(row, action, glued=True, weight=min(1.0, share))
        strange = [
            (situation[-1].intent, row)
            for situation in out_of_place(told)
            if not lessons.has(row := named(situation[-self.reach :]))
        ]
        made = Counter(intent for intent, _ in strange)
        known = Counter(intent for _, intent in answers(told))
        for intent, row in strange:
            weight = SILENCE / made[intent] / known[intent]
            lessons.add(row, NOTHING, glued=True, weight=weight)

    def _scores(self, shown: Sequence[State]) -> tuple[dict[str, float], float]:
        """Return how likely each action is, and how like a known text the newest text is."""
        known, likeness = self._in_known_words(shown)
        row, newest = named(known), shown[-1]
        if newest.after_listening and newest.wordless:
            return {}, likeness
        decisive = ("a ", "u ") if newest.after_listening else ("a ",)
        if not all(n in self.ranker.columns for n in row if n.startswith(decisive)):
            return {}, likeness
        found = (self.ranker.scores(row) * likeness).tolist()
        scores = dict(zip(self.ranker.labels, found, strict=True))
        nothing = scores.pop(NOTHING, 0.0)
        return (scores if max(scores.values(), default=0.0) > nothing else {}), likeness

    def _in_known_words(self, shown: Sequence[State]) -> tuple[list[State], float]:
        """Return the states with each text replaced by the known one it resembles."""
        known, likeness = list(shown), 1.0
        if not len(self.texts):
            return known, likeness
        for i, one in enumerate(shown):
            if one.text is not None:
                text, alike = self.texts.nearest(one.text, self.text_features)
                known[i] = replace(one, text=text)
                likeness = alike if i == len(shown) - 1 else likeness
        return known, likeness

    def _ranked(self, scores: Mapping[str, float]) -> dict[str, float]:
        if not 0 < self.ranking_length < len(scores):
            return dict(scores)
        best = sorted(scores.items(), key=lambda pair: -pair[1])[: self.ranking_length]
        whole = sum(score for _, score in best) if self.renormalize_confidences else 1.0
        return {name: score / whole for name, score in best}
