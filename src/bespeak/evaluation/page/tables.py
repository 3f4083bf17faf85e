"""The tables of the page: intents, entities, noise, and every message that was misunderstood."""

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Final

from bespeak.evaluation.case import Case
from bespeak.evaluation.nlu import Understanding
from bespeak.evaluation.page.markup import Markup, marked, message, meter, number, table, tag
from bespeak.evaluation.robustness import CLEAN, Noisy, Paste, effects
from bespeak.evaluation.scores import Score
from bespeak.evaluation.spans import HOW
from bespeak.evaluation.thresholds import Outcome, Threshold, outcomes

MOST: Final = 400
"""Misunderstood messages that the page shows; the files have all."""

_SCORES: Final = (("Examples", "num"), ("Recall", "num"), ("Precision", "num"), ("F1", "num"))


def intents(tested: Understanding) -> Markup:
    """Return how each intent does, the worst first."""
    report = tested.intents()
    by_label: dict[str, list[Case]] = {}
    for case in tested.intent_cases:
        by_label.setdefault(case.gold.base_intent or "", []).append(case)
    rows = []
    for label, own in sorted(by_label.items(), key=lambda one: report.labels[one[0]].f1):
        taken = ", ".join(f"{name} {n}" for name, n in report.confused_with(label).items())
        sure = fmean(case.sureness(label) for case in own)
        rows.append(
            [
                tag("th", tag("code", label), scope="row"),
                *_scored(report.labels[label]),
                number(sure, f"{sure:.0%}"),
                tag("td", taken or "–", class_="text quiet"),
            ]
        )
    heads = [("Intent", ""), *_SCORES, ("Sure of it", "num"), ("Taken for", "text")]
    return table(heads, rows, caption="Intents, the worst first")


def entities(tested: Understanding) -> Markup:
    """Return how each kind of entity does by exact span and in what it fails, the worst first."""
    kinds = tested.entity_kinds
    ways = Counter((fault.kind, fault.how) for case in tested.cases for fault in case.faults(kinds))
    hows = [how for how in HOW if how != "other role" or any(way == how for _, way in ways)]
    spans = {name: told for name, told in tested.entity_spans().items() if name != "micro avg"}
    rows = [
        [
            tag("th", tag("code", name), scope="row"),
            *_scored(Score(told["precision"], told["recall"], told["f1-score"], told["support"])),
            *(_count(ways[name, how]) for how in hows),
        ]
        for name, told in sorted(spans.items(), key=lambda one: float(one[1]["f1-score"]))
    ]
    heads = [("Entity", ""), ("Values", "num"), *_SCORES[1:]]
    heads += [(how.capitalize(), "num") for how in hows]
    return table(heads, rows, caption="Entities by exact span, the worst first")


def thresholds(cases: Sequence[Case], now: Threshold) -> Markup:
    """Return what would become of the messages at other thresholds."""
    rows = [
        [
            tag("th", f"{one.threshold:g}{_now(one, now)}", scope="row"),
            number(one.understood, str(one.understood)),
            number(one.misunderstood, str(one.misunderstood)),
            number(one.asked, str(one.asked)),
        ]
        for one in outcomes(cases, now)
    ]
    heads = [("Threshold", ""), ("Understood", "num"), ("Misunderstood", "num")]
    heads.append(("Asked again", "num"))
    return _folded("What other thresholds would do", heads, rows, "Outcome by threshold")


def wrong_entities(tested: Understanding) -> Markup | None:
    """Return the messages whose entities are not exactly those annotated."""
    rows = []
    kinds = tested.entity_kinds
    for case in tested.cases:
        if not case.spans_right(kinds):
            found = tuple(entity for entity in case.said.entities if entity.name in kinds)
            rows.append(
                [
                    tag("td", marked(case.text, case.gold.entities), class_="text"),
                    tag("td", marked(case.text, found), class_="text"),
                    tag("td", case.gold.source, class_="where"),
                ]
            )
    if not rows:
        return None
    heads = [("Annotated", "text"), ("Found", "text"), ("Where", "")]
    return _folded(f"{len(rows)} messages with a wrong value", heads, rows, "Wrong values")


def noise(noisy: Noisy) -> Markup:
    """Return how well messages are understood under each kind of noise, the worst last."""
    found = effects(noisy)
    has_entities = any(one.entity_f1 is not None for one in found)
    rows = []
    for one in sorted(found, key=lambda one: (one.kind != CLEAN, one.loss)):
        clean = one.kind == CLEAN
        tried = clean or one.changed
        row = [
            tag("th", one.kind, scope="row"),
            number(one.changed, f"{one.changed}" if not clean else f"of {one.messages}"),
            meter(one.accuracy if tried else None, "clean" if clean else ""),
            number(-one.loss, _points(-one.loss) if tried and not clean else "–"),
        ]
        if has_entities:
            row.append(meter(one.entity_f1 if tried else None))
        row.append(tag("td", message(one.example) if one.example else "–", class_="text"))
        rows.append(row)
    heads = [("Noise", ""), ("Changed", "num"), ("Accuracy", "num"), ("Points", "num")]
    if has_entities:
        heads.append(("Entity F1", "num"))
    heads.append(("Not understood any more", "text"))
    return table(heads, rows, caption="The same messages, as people type them")


def pastes(tried: Sequence[Paste]) -> Markup:
    """Return how long messages take that nobody should send."""
    rows = [
        [
            tag("th", one.what, scope="row"),
            number(one.characters, f"{one.characters:,}"),
            number(one.seconds, f"{1000 * one.seconds:,.1f} ms"),
        ]
        for one in tried
    ]
    heads = [("Message", ""), ("Characters", "num"), ("Time", "num")]
    return _folded("Very long and strange messages", heads, rows, "Time that a message takes")


def errors(cases: Sequence[Case]) -> Markup:
    """Return every message that was misunderstood, those first of which the model was surest."""
    wrong = sorted((c for c in cases if not c.right), key=lambda case: -case.guess.confidence)
    if not wrong:
        return tag("p", "None.")
    rows = [list(_error(case)) for case in wrong[:MOST]]
    heads = [
        ("Message", "text"),
        ("Labelled", ""),
        ("Understood as", ""),
        ("Sure", "num"),
        ("Where", ""),
    ]
    return table(heads, rows, caption="Misunderstood messages, the surest first")


def _error(case: Case) -> Iterator[Markup]:
    guess = case.guess.name or "no intent"
    yield tag("td", message(case.text), class_="text")
    yield tag("td", tag("code", case.gold.base_intent or ""))
    yield tag(
        "td",
        tag("code", guess),
        tag("span", " asked again", class_="quiet") if case.fell_back else None,
    )
    yield number(case.guess.confidence, f"{case.guess.confidence:.0%}")
    yield tag("td", case.gold.source, class_="where")


def _now(one: Outcome, now: Threshold) -> str:
    return " (as it is)" if one.threshold == now.value else ""


def _count(count: int) -> Markup:
    return number(count, str(count), "num" if count else "num zero")


def _points(change: float) -> str:
    points = round(100 * change, 1)
    return f"{points:+.1f}".replace("-", "−") if points else "0.0"


def _scored(score: Score) -> list[Markup]:
    return [
        number(score.support, str(score.support)),
        meter(score.recall),
        meter(score.precision),
        meter(score.f1),
    ]


def _folded(
    title: str, heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[Markup]], caption: str
) -> Markup:
    return tag("details", tag("summary", title), table(heads, rows[:MOST], caption=caption))
