"""Do end-to-end stories hold when users put it differently? By words, and by meaning.

Each of some intents of HWU64 becomes stories of one turn, told in a few of its texts; others of
its texts are then said.
"""

from collections.abc import Mapping
from typing import Final

from benchmarks.projects import SHARED
from bespeak.data.project import read_nlu
from bespeak.dialogue.story import Story
from bespeak.domain import LISTEN, Domain
from bespeak.events import ActionExecuted, UserUttered
from bespeak.nlu.encoder import weights
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.policies.learned import TEDPolicy
from bespeak.policies.texts import TextFeatures
from bespeak.tracker import Tracker

DATA: Final = SHARED.parent / "nlu" / "hwu64"
INTENTS: Final = 20
TOLD: Final = 3
SAID: Final = 10


def measured() -> dict[str, Mapping[str, float]]:
    """Return by what texts were compared, and of how many the policy knew the action."""
    if not DATA.exists():
        return {}
    learned, said = _texts("train_10.yml", TOLD), _texts("valid.yml", SAID)
    names = [name for name in sorted(learned) if len(said.get(name, ())) > 1][:INTENTS]
    domain = Domain(actions=tuple(f"action_{name}" for name in names))
    stories = [_story(text, name, domain) for name in names for text in learned[name]]
    by: dict[str, TextFeatures | None] = {"words": None}
    if weights.locate() is not None:
        encoder = Encoder.installed()
        by["meaning"] = lambda text: encoder.encode([text])[0].sentence
    found: dict[str, Mapping[str, float]] = {}
    for kind, features in by.items():
        policy = TEDPolicy()
        policy.text_features = features
        policy.train(stories, domain)
        answers = [
            (policy.predict(_heard(text, domain), domain), f"action_{name}")
            for name in names
            for text in said[name]
        ]
        sure = [(p, action) for p, action in answers if p.confidence > 0.3]
        right = sum(p.action == action for p, action in sure)
        found[kind] = {
            "n": len(answers),
            "accuracy": right / len(answers),
            "answered": len(sure) / len(answers),
            "right": right / max(1, len(sure)),
        }
    return found


def _texts(file: str, most: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for example in read_nlu([DATA / file]).examples:
        texts = found.setdefault(example.intent or "", [])
        if len(texts) < most:
            texts.append(example.message.text)
    return found


def _heard(text: str, domain: Domain) -> Tracker:
    return Tracker.start("someone", domain).record([ActionExecuted(LISTEN), UserUttered(text)])


def _story(text: str, name: str, domain: Domain) -> Story:
    done = [ActionExecuted(f"action_{name}"), ActionExecuted(LISTEN)]
    return Story(text, _heard(text, domain).record(done))
