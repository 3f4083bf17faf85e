"""Messages with what a pipeline made of them, in a line each."""

from collections.abc import Sequence

from bespeak.data.annotations import parse
from bespeak.domain import NLU_FALLBACK
from bespeak.evaluation.advice.ground import Ground, ground
from bespeak.evaluation.case import Case
from bespeak.evaluation.nlu import Understanding
from bespeak.evaluation.thresholds import Threshold
from bespeak.message import Example, Intent, Message


def case(
    text: str,
    gold: str,
    said: str = "",
    confidence: float = 0.9,
    *,
    found: str = "",
    line: int = 1,
    fallback: float | None = None,
    **others: float,
) -> Case:
    """Return a message; `text` and `found` have their entities written into them.

    It is understood as its label unless `said` is given. `others` are further intents of the
    ranking; with `fallback`, a threshold, `nlu_fallback` stands before all of them.
    """
    plain, entities = parse(text)
    ranking = (
        Intent(said or gold, confidence),
        *(Intent(name, sure) for name, sure in others.items()),
    )
    if fallback is not None:
        ranking = (Intent(NLU_FALLBACK, fallback), *ranking)
    return Case(
        Example(Message(plain), gold, entities, source=f"data/nlu.yml:{line}"),
        Message(plain, intent=ranking[0], ranking=ranking, entities=parse(found or text)[1]),
    )


def on(*cases: Case, learned: Sequence[Case] = (), threshold: Threshold | None = None) -> Ground:
    """Return the ground for advice about messages that are the project's examples as well."""
    return ground(Understanding(cases), learned=learned, threshold=threshold)


def misread(cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if not case.guessed_right]
