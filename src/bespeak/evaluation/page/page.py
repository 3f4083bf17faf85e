"""The report of a test of understanding as one page: what it says first is what to do next.

It needs no network and no script, and lets none but its own run: its script only sorts tables,
filters messages and unfolds all for the printer.
"""

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files

from bespeak.evaluation.calibration import calibration_error, reliability
from bespeak.evaluation.page import charts, tables
from bespeak.evaluation.page.cards import cards
from bespeak.evaluation.page.figures import lead, tiles
from bespeak.evaluation.page.markup import Markup, joined, prose, tag
from bespeak.evaluation.robustness import CLEAN, effects
from bespeak.evaluation.study import Study
from bespeak.version import __version__

ADVICE = "nlu_advice.json"


def page(study: Study, title: str, when: datetime) -> str:
    """Return the page; `title` names the assistant."""
    sections = list(_sections(study))
    links = (tag("li", tag("a", name, href=f"#{key}")) for key, name, _ in sections)
    body = joined(
        [
            tag("a", "To what to do next", href="#next", class_="skip"),
            tag(
                "header",
                tag("p", "How well it understands", class_="eyebrow"),
                tag("h1", title),
                tag("p", _about(study, when), class_="about"),
                lead(study),
                _caution(study),
                tiles(study),
                class_="top",
            ),
            tag("nav", tag("ul", *links), aria_label="Sections"),
            tag(
                "main",
                *(
                    tag("section", tag("h2", name), *parts, id=key, class_=key)
                    for key, name, parts in sections
                ),
            ),
            tag("footer", f"Written by bespeak {__version__}."),
            tag("script", Markup(_read("report.js"))),
        ]
    )
    return f"<!doctype html>\n{tag('html', _head(title), tag('body', body), lang='en')}\n"


def _caution(study: Study) -> Markup | None:
    """Return what to keep in mind about the messages that were tested."""
    if study.seen == 0:
        told = _APART
    elif study.seen:
        told = (
            f"{study.seen} of the {len(study.cases)} messages are examples of the project as well: "
            "of a model that has learned them, the figures are better than life."
        )
    elif not study.held_out:
        told = _SEEN
    else:
        return None
    return tag("p", prose(told), class_="caution")


_APART = (
    "None of these messages is an example of the project. Let it stay so: for what is "
    "misunderstood write examples of the same sort, not these messages themselves, or they will "
    "tell nothing any more."
)
_SEEN = (
    "If the model has learned from these messages, all figures are better than life. "
    "`bespeak test nlu --cross-validation` tests each message with a model that does not know it."
)


def _sections(study: Study) -> Iterator[tuple[str, str, list[Markup]]]:
    tested, cases = study.tested, study.cases
    yield "next", "What to do next", [_note(_ORDER), cards(study.findings, ADVICE)]
    matrix, is_cut = charts.confusions(tested.intents().confusions)
    about = (
        "Blue is understood, red is not, amber was asked again; the deeper, the more of the row. "
        "Intents that are confused with each other stand side by side."
    )
    if is_cut:
        about += f" The {charts.MOST_LABELS} intents with most confusions are shown."
    yield "confusions", "Confusions", [_note(about), matrix]
    yield "confidence", "Confidence", list(_sureness(study))
    yield "intents", "Intents", [tables.intents(tested)]
    if tested.entity_kinds:
        wrong = tables.wrong_entities(tested)
        yield "entities", "Entities", [tables.entities(tested), *([wrong] if wrong else [])]
    if study.noisy:
        parts = [_note(_noise(study)), tables.noise(study.noisy)]
        yield "noise", "Noise", parts + ([tables.pastes(study.pastes)] if study.pastes else [])
    yield "errors", "All that was misunderstood", [tables.errors(cases)]
    yield "method", "How this was computed", [tag("ul", *(tag("li", one) for one in _METHOD))]


_ORDER = (
    "By what each point may gain, the most first. A message counts once, with the first point that "
    "explains it."
)

_METHOD = (
    "Accuracy is the share of messages whose intent is the labelled one; a fallback counts as "
    "wrong. Macro F1 is the mean of the intents' F1.",
    "Calibration error: messages are put into ten bins by the confidence of the classifier's first "
    "intent (that below nlu_fallback where there was one). In each bin the mean confidence is "
    "compared with the share that is right; the error is the mean distance, weighted by messages "
    "(expected calibration error; Guo et al., 2017).",
    "Entities count by exact span: both ends and the kind must be right.",
    "Probable label errors are found by confident learning (Northcutt et al., 2021): out of fold, "
    "the model is at least as sure of another intent as it is of that intent on average; it rules "
    "the label out, and none of the five nearest examples has it, two at least that other intent.",
    "Most like it: the example with the highest cosine, by the sentence encoder or, where none is "
    "installed, by character trigrams.",
    "Folds are stratified, and texts that are nearly the same (same letters, or a cosine of their "
    "character trigrams of 0.9 and more) are never parted.",
    "Noise is synthetic and seeded; up to 300 messages are tried under each kind, the same ones.",
)


def _about(study: Study, when: datetime) -> str:
    tested = study.tested
    intents = len({case.gold.base_intent for case in study.cases})
    kinds = len(tested.entity_kinds)
    told = f"{len(study.cases)} messages, {intents} intents, {kinds} kinds of entity"
    return f"{told}. {study.how}. {when:%d %B %Y, %H:%M}."


def _sureness(study: Study) -> Iterator[Markup]:
    fallen = [case for case in study.cases if case.fell_back]
    if fallen:
        right = sum(case.guessed_right for case in fallen)
        yield _note(
            f"{len(fallen)} messages were asked again: {len(fallen) - right} of them would have "
            f"been misunderstood, {right} understood. "
            + (
                f"They are below the threshold of {study.threshold.value:g}, or hardly surer of "
                "the first intent than of the second."
                if study.threshold
                else "FallbackClassifier has no threshold: it goes by how familiar a message is, "
                "as it has learned from the examples."
            )
        )
    yield _confidence(study)
    if study.threshold:
        yield tables.thresholds(study.cases, study.threshold)


def _confidence(study: Study) -> Markup:
    cases = study.cases
    right = [c.guess.confidence for c in cases if c.guessed_right]
    wrong = [c.guess.confidence for c in cases if not c.guessed_right]
    error = calibration_error(cases)
    return tag(
        "div",
        tag(
            "figure",
            charts.histogram(right, wrong),
            tag(
                "figcaption",
                "Messages at each confidence: ",
                tag("span", f"{len(right)} right", class_="key right"),
                " upwards, ",
                tag("span", f"{len(wrong)} wrong", class_="key wrong"),
                " downwards, by the square root of their number. Wrong ones far to the right are "
                "what customers notice.",
            ),
        ),
        tag(
            "figure",
            charts.reliability(reliability(cases)),
            tag(
                "figcaption",
                f"The share that is right at each confidence. On the dashed line the assistant is "
                f"as often right as it says; it is {error:.3f} off on average. Figures count "
                "messages; pale bars stand for few.",
            ),
        ),
        class_="charts",
    )


def _noise(study: Study) -> str:
    tried = [one for one in effects(study.noisy) if one.kind != CLEAN and one.changed]
    about = "The same messages, spoilt as people spoil them: same seed, same noise."
    worst = max(tried, key=lambda one: one.loss, default=None)
    if worst and worst.loss > 0.02:
        about += (
            f" Most is lost by {worst.kind}: `bespeak data augment` proposes examples to learn "
            "from, for review."
        )
    return about


def _note(text: str) -> Markup:
    return tag("p", prose(text), class_="note")


def _head(title: str) -> Markup:
    digest = hashlib.sha256(_read("report.js").encode()).digest()
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{base64.b64encode(digest).decode()}'; base-uri 'none'; "
        "form-action 'none'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="robots", content="noindex"),
        tag("title", f"{title}: how well it understands"),
        tag("style", Markup(_read("report.css"))),
    )


@cache
def _read(name: str) -> str:
    return (files("bespeak.evaluation.page") / name).read_text("utf-8")
