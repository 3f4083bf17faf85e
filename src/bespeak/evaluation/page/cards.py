"""What to do next: a card for each finding, with the messages that are its cause."""

from collections.abc import Iterator, Sequence
from typing import Final

from bespeak.evaluation.advice.finding import Evidence, Finding, counted
from bespeak.evaluation.neighbours import Neighbour
from bespeak.evaluation.page.markup import Markup, joined, marked, message, prose, table, tag

SHOWN: Final = 10
"""Findings that may gain something and are shown at once; the others are folded away."""

ROWS_OPEN: Final = 12
"""Messages up to which those of the first card are shown at once."""

QUOTED: Final = 4
LONGEST: Final = 70
SHORT: Final = 42
"""Messages that a card quotes, and characters of each, and of the example that it is like."""

MESSAGES: Final = 60
"""Messages that a card shows; the file has all."""


def cards(findings: Sequence[Finding], file: str) -> Markup:
    """Return the list of what to do; `file` has what is too long for the page."""
    if not findings:
        return tag("p", "Nothing stands out: more examples of every intent are always welcome.")
    worth = [finding for finding in findings if finding.gain][:SHOWN]
    rest = findings[len(worth) :]
    told = [tag("ol", *(_card(one, file, opened=i == 0) for i, one in enumerate(worth)))]
    if rest:
        count = counted(len(rest), "more point")
        told.append(
            tag(
                "details",
                tag(
                    "summary",
                    f"{count}, with less to gain" if worth else f"{count} to look at",
                ),
                tag("ol", *(_card(one, file) for one in rest), start=len(worth) + 1),
                class_="rest",
                open=not worth,
            )
        )
    return tag("div", *told, class_="cards")


def _card(finding: Finding, file: str, *, opened: bool = False) -> Markup:
    gain = (
        tag("span", "up to ", tag("b", counted(finding.gain, "message")), class_="gain")
        if finding.gain
        else tag("span", "tidies up", class_="gain none")
    )
    return tag(
        "li",
        tag(
            "article",
            tag(
                "header",
                tag("h3", prose(finding.title, finding.intents)),
                tag("p", tag("span", finding.kind, class_="kind"), gain, class_="meta"),
            ),
            tag("p", prose(finding.why, finding.intents)),
            tag("p", tag("b", "Do: "), prose(finding.advice, finding.intents), class_="do"),
            _preview(finding),
            _messages(finding, file, opened=opened and len(finding.evidence) <= ROWS_OPEN),
        ),
    )


def _preview(finding: Finding) -> Markup:
    """Return the first messages, so that one sees at once what it is about and where."""
    first = list({one.text: one for one in finding.evidence}.values())[:QUOTED]
    return tag("ul", *(tag("li", *_line(one)) for one in first), class_="preview")


def _line(one: Evidence) -> Iterator[Markup]:
    is_long = len(one.text) > LONGEST
    yield tag("q", message(_short(one.text)) if is_long else _said(one))
    told = [tag("code", one.intent)] if one.intent else []
    if one.said:
        told.append(joined(["→ ", *_understood(one.said)]))
    if one.like:
        like = message(f"“{_short(one.like.example.message.text, SHORT)}”")
        told.append(joined(["like ", like]))
    elif one.note:
        told.append(message(one.note))
    yield tag("span", joined(_spaced(told)), class_="quiet")
    yield tag("span", one.source, class_="where")


def _spaced(parts: Sequence[Markup]) -> Iterator[str]:
    for i, part in enumerate(parts):
        yield from ((" ", part) if i else (part,))


def _short(text: str, most: int = LONGEST) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= most else f"{one_line[:most]}…"


def _messages(finding: Finding, file: str, *, opened: bool) -> Markup:
    evidence = finding.evidence[:MESSAGES]
    is_heard = any(one.said for one in evidence)
    heads = [("Message", "text"), ("Labelled → understood as" if is_heard else "Labelled", "")]
    if any(one.like for one in evidence):
        heads.append(("Most like it there", "text"))
    if any(one.own for one in evidence):
        heads.append(("Most like it under its label", "text"))
    if any(one.note for one in evidence):
        heads.append(("Remark", "text"))
    rows = [[_cell(one, name) for name, _ in heads] for one in evidence]
    count = counted(len(finding.evidence), "message")
    more = (
        tag("p", f"The others are in {file}.", class_="quiet")
        if len(finding.evidence) > len(evidence)
        else None
    )
    return tag(
        "details",
        tag("summary", count if len(finding.evidence) == 1 else f"All {count}"),
        table(heads, rows, caption=f"Messages: {finding.title}"),
        more,
        open=opened,
    )


def _cell(one: Evidence, head: str) -> Markup:
    match head:
        case "Message":
            return tag("td", _said(one), _where(one.source), class_="text")
        case "Labelled":
            return tag("td", tag("code", one.intent))
        case "Labelled → understood as":
            sure = None if one.confidence is None else f" {one.confidence:.0%} sure"
            heard = tag("span", "→ ", *_understood(one.said), sure, class_="heard")
            return tag("td", tag("code", one.intent), heard)
        case "Most like it there":
            return _like(one.like)
        case "Most like it under its label":
            return _like(one.own)
        case _:
            return tag("td", message(one.note), class_="text quiet")


def _said(one: Evidence) -> Markup:
    return marked(one.text, one.entities)


def _understood(said: str) -> Iterator[Markup]:
    intent, instead, guess = said.partition(" instead of ")
    yield tag("code", intent) if intent else tag("span", "no intent", class_="quiet")
    if instead:
        yield tag("span", f" {instead.strip()} ", tag("code", guess), class_="quiet")


def _like(one: Neighbour | None) -> Markup:
    if one is None:
        return tag("td", "–", class_="text quiet", data_v=0)
    about = f"{one.cosine:.2f} · {one.example.source}"
    text = message(_short(one.example.message.text))
    return tag("td", text, _where(about), class_="text", data_v=round(one.cosine, 3))


def _where(source: str) -> Markup | None:
    return tag("small", source, class_="where") if source else None
