"""How well messages are understood as people really type them: every kind of noise beside clean.

The noise is the same for the same seed, and so are the messages that are tried.
"""

import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeAlias

from bespeak.data.noise import Noise, chance, kinds
from bespeak.data.rewriting import rewritten
from bespeak.evaluation.case import Case, evaluate
from bespeak.evaluation.nlu import Understanding
from bespeak.message import Example, Message
from bespeak.nlu.pipeline import Pipeline
from bespeak.training import Report, quiet

CLEAN: Final = "clean"

MOST: Final = 300
"""Messages that are tried under each kind of noise, at most."""

PASTE: Final = 5000
"""Characters of the longest message that is tried."""

Noisy: TypeAlias = Mapping[str, Sequence[Case]]
"""By kind of noise, the cases of the same messages; first come those without, `CLEAN`."""


@dataclass(frozen=True)
class Effect:
    """What a kind of noise does: of `messages`, `changed` look different under it.

    `accuracy` is of intents over all messages; `entity_f1` is by exact span, None where nothing
    is annotated; `loss` is how much lower than clean the accuracy is.
    """

    kind: str
    messages: int
    changed: int
    accuracy: float
    loss: float
    entity_f1: float | None
    example: str = ""
    """A message that is understood clean and not under this noise, as it looked."""


def under_noise(
    pipeline: Pipeline,
    cases: Sequence[Case],
    *,
    seed: int,
    language: str = "en",
    parts: int = 1,
    report: Report = quiet,
) -> Noisy:
    """Understand messages again under every kind of noise.

    Of many, as many by chance as make up `MOST` when each of `parts` folds adds its own.
    """
    labelled = [case for case in cases if case.gold.intent]
    most = -(-MOST // parts)
    if len(labelled) > most:
        order = chance(seed, "messages", str(parts)).sample(range(len(labelled)), most)
        labelled = [labelled[i] for i in sorted(order)]
    found: dict[str, Sequence[Case]] = {CLEAN: labelled}
    all_kinds = kinds(language)
    for number, (kind, noise) in enumerate(all_kinds.items()):
        report(f"Noise: {kind}", number / len(all_kinds))
        spoilt = [_spoilt(case.gold, kind, noise, seed) for case in labelled]
        changed = [
            new for new, old in zip(spoilt, labelled, strict=True) if new.message.text != old.text
        ]
        heard = evaluate(pipeline, changed)
        found[kind] = [
            old if new.message.text == old.text else next(heard)
            for new, old in zip(spoilt, labelled, strict=True)
        ]
    return found


def effects(noisy: Noisy) -> list[Effect]:
    """Return what each kind of noise does, clean first."""
    clean = noisy.get(CLEAN, ())
    accuracy = _accuracy(clean)
    found = []
    for kind, cases in noisy.items():
        own = _accuracy(cases)
        changed = [
            (new, old) for new, old in zip(cases, clean, strict=True) if new.text != old.text
        ]
        lost = (new.text for new, old in changed if old.right and not new.right)
        found.append(
            Effect(
                kind,
                len(cases),
                len(changed),
                own,
                accuracy - own,
                _entity_f1(cases),
                next(lost, ""),
            )
        )
    return found


def robustness_dict(noisy: Noisy, pastes: Sequence["Paste"] = ()) -> dict[str, Any]:
    """Return the content of `nlu_robustness.json`."""
    return {
        "noise": {one.kind: asdict(one) for one in effects(noisy)},
        "pastes": [asdict(one) for one in pastes],
    }


@dataclass(frozen=True)
class Paste:
    """How long the pipeline took for one very long or strange message, in seconds."""

    what: str
    characters: int
    seconds: float


def pasted(pipeline: Pipeline, examples: Sequence[Example]) -> list[Paste]:
    """Time messages that nobody should send, and somebody will."""
    told = []
    for what, text in _pastes([example.message.text for example in examples]):
        began = time.perf_counter()
        pipeline.process([Message(text)])
        told.append(Paste(what, len(text), time.perf_counter() - began))
    return told


def _pastes(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield long and strange messages; the first one warms up what works lazily."""
    together = " ".join(texts) or "hello"
    yield "an ordinary message", texts[0] if texts else "hello"
    yield "messages of the project, pasted together", (together * PASTE)[:PASTE]
    yield "one word without an end", "a" * PASTE
    yield "digits", "1234567890" * (PASTE // 10)
    yield "punctuation", "?!.,;:-()[]{}" * (PASTE // 13)
    yield "emoji", "🙂👩‍👩‍👧‍👦🇳🇴" * (PASTE // 14)
    yield "marks on marks", ("a" + "\u0301\u0323" * 20) * (PASTE // 41)
    yield "every script", _every_script()
    yield "nothing but blanks", " \t\n\u00a0\u3000" * (PASTE // 5)


def _every_script() -> str:
    """Return letters and signs from all over Unicode, unassigned and lone ones included."""
    step = 0x110000 // PASTE
    found = (chr(code) for code in range(0x20, 0x110000, step))
    return "".join(sign for sign in found if unicodedata.category(sign) != "Cs")


def _spoilt(example: Example, kind: str, noise: Noise, seed: int) -> Example:
    text = example.message.text
    spoilt = rewritten(example, noise(text, chance(seed, kind, text)))
    return spoilt if spoilt.message.text.strip() else example


def _accuracy(cases: Sequence[Case]) -> float:
    return sum(case.right for case in cases) / len(cases) if cases else 0.0


def _entity_f1(cases: Sequence[Case]) -> float | None:
    if not any(case.gold.entities for case in cases):
        return None
    return float(Understanding(tuple(cases)).entity_spans()["micro avg"]["f1-score"])
