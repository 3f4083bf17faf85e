"""Which proposed examples a model would learn something from: those that it gets wrong now."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bespeak.data.augmentation import Proposal, chosen
from bespeak.data.files import FORMAT_VERSION
from bespeak.data.writer import nlu_yaml
from bespeak.evaluation.case import Case, evaluate
from bespeak.message import TrainingData
from bespeak.nlu.pipeline import Pipeline

SURE: Final = 0.9
"""Confidence from which a proposal that is understood teaches a model nothing."""

TRIED: Final = 12
"""Proposals an intent that are tried for each one that is kept."""

FROM_ONE: Final = 2
"""Proposals that one example may give rise to, where a model ranks them."""


@dataclass(frozen=True)
class Offer:
    """A proposal, and what a model makes of it: None where no model was asked.

    `has_entities` says that the model found exactly the entities that are annotated.
    """

    proposal: Proposal
    case: Case | None = None
    has_entities: bool = True

    @property
    def wrongness(self) -> float:
        """1 where the model is sure of another intent, 0 where it is sure of the right one."""
        if self.case is None:
            return 0.0
        return 1 - self.case.sureness(self.case.gold.base_intent or "")

    @property
    def remark(self) -> str:
        """How it was made, of what, and what the model makes of it."""
        told = f"{self.proposal.kind} of {self.proposal.original.source}"
        if self.case is None:
            return told
        guess = self.case.guess
        if guess.name != self.case.gold.base_intent:
            return f"{told}: taken for {guess.name or 'nothing'} ({guess.confidence:.0%})"
        if not self.has_entities:
            return f"{told}: an entity is missed ({guess.confidence:.0%} sure of the intent)"
        return f"{told}: understood, but only {guess.confidence:.0%} sure"


def offered(proposals: Sequence[Proposal], count: int, seed: int) -> list[Offer]:
    """Return `count` proposals an intent at most, of all kinds."""
    return [Offer(one) for one in chosen(proposals, count, seed)]


def hardest(
    proposals: Sequence[Proposal], pipeline: Pipeline, count: int, seed: int
) -> list[Offer]:
    """Return `count` proposals an intent at most: those that the model gets most wrong.

    What it understands, surely and with all entities, is left out; a third of them at most is made
    in the same way.
    """
    tried = chosen(proposals, count * TRIED, seed)
    cases = evaluate(pipeline, [one.example for one in tried])
    kinds = {entity.name for one in proposals for entity in one.example.entities}
    offers = [
        Offer(one, case, case.spans_right(kinds)) for one, case in zip(tried, cases, strict=True)
    ]
    by_intent: defaultdict[str, list[Offer]] = defaultdict(list)
    of_example: Counter[tuple[str, str]] = Counter()
    of_kind: Counter[tuple[str, str]] = Counter()
    for offer in sorted(offers, key=lambda one: -one.wrongness):
        case, original = offer.case, offer.proposal.original
        if case is None or (case.right and offer.has_entities and case.guess.confidence >= SURE):
            continue
        intent = original.intent or ""
        example, kind = (original.source, original.message.text), (intent, offer.proposal.kind)
        is_new = of_example[example] < FROM_ONE and of_kind[kind] < -(-count // 3)
        if is_new and len(by_intent[intent]) < count:
            of_example[example] += 1
            of_kind[kind] += 1
            by_intent[intent].append(offer)
    return [offer for together in by_intent.values() for offer in together]


def as_yaml(offers: Sequence[Offer], about: str) -> str:
    """Return the proposals as an NLU file that says what it is; `about` says how it was made."""
    by_intent: defaultdict[str, list[Offer]] = defaultdict(list)
    for offer in offers:
        by_intent[offer.proposal.example.intent or ""].append(offer)
    examples = [one.proposal.example for together in by_intent.values() for one in together]
    remarks = iter(by_intent.values())
    lines = [f"# {line}" for line in (*HEAD, _plain(about))]
    written = nlu_yaml(TrainingData(tuple(examples))) or f'version: "{FORMAT_VERSION}"\n'
    for line in written.splitlines():
        if line.startswith("- intent: "):
            lines += ["", *(f"# {_remarked(offer)}" for offer in next(remarks))]
        lines.append(line)
    return "\n".join(lines) + "\n"


HEAD: Final = (
    "PROPOSALS, FOR REVIEW. Nothing here is learned from.",
    "Strike out what no user would say, and move the rest under its intent in your training data.",
)


def _remarked(offer: Offer) -> str:
    return _plain(f"“{offer.proposal.example.message.text}”: {offer.remark}")


def _plain(text: str) -> str:
    """Return text as it may stand in a comment: one line of printable signs."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
