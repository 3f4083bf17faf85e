"""What to do next: a card for each finding, with the messages that are its cause."""

from collections.abc import Iterator, Sequence
from typing import Final

from bespeak.evaluation.advice.finding import Evidence, Finding, counted
from bespeak.evaluation.neighbours import Neighbour
from bespeak.evaluation.page.markup import Markup, message, prose, table, tag

SHOWN: Final = 10
"""Findings that may gain something and are shown at once; the others are folded away."""

ROWS_OPEN: Final = 12
"""Messages up to which those of the first card are shown at once."""

QUOTED: Final = 5
LONGEST: Final = 70
"""Messages that a card quotes, and characters of each."""

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
                tag("h3", finding.title),
                tag("p", tag("span", finding.kind, class_="kind"), gain, class_="meta"),
            ),
            tag("p", prose(finding.why)),
            tag("p", tag("b", "Do: "), prose(finding.advice), class_="do"),
            _preview(finding),
            _messages(finding, file, opened=opened and len(finding.evidence) <= ROWS_OPEN),
        ),
    )


def _preview(finding: Finding) -> Markup:
    """Return a few of the messages in a line, so that one sees at once what it is about."""
    texts = dict.fromkeys(one.text for one in finding.evidence)
    quoted = [tag("q", message(_short(text))) for text in list(texts)[:QUOTED]]
    return tag("p", *quoted, class_="preview")


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= LONGEST else f"{one_line[:LONGEST]}…"


def _messages(finding: Finding, file: str, *, opened: bool) -> Markup:
    evidence = finding.evidence[:MESSAGES]
    heads = [("Message", "text"), ("Labelled", "")]
    if any(one.said for one in evidence):
        heads.append(("Understood as", ""))
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
        tag("summary", f"{count} that {'shows' if len(finding.evidence) == 1 else 'show'} it"),
        table(heads, rows, caption=f"Messages: {finding.title}"),
        more,
        open=opened,
    )


def _cell(one: Evidence, head: str) -> Markup:
    match head:
        case "Message":
            return tag("td", message(one.text), _where(one.source), class_="text")
        case "Labelled":
            return tag("td", tag("code", one.intent))
        case "Understood as":
            sure = None if one.confidence is None else tag("small", f"{one.confidence:.0%} sure")
            return tag("td", *_understood(one.said), sure, data_v=one.said)
        case "Most like it there":
            return _like(one.like)
        case "Most like it under its label":
            return _like(one.own)
        case _:
            return tag("td", message(one.note), class_="text quiet")


def _understood(said: str) -> Iterator[Markup]:
    intent, instead, guess = said.partition(" instead of ")
    yield tag("code", intent) if intent else tag("span", "no intent", class_="quiet")
    if instead:
        yield tag("span", instead, tag("code", guess), class_="quiet")


def _like(one: Neighbour | None) -> Markup:
    if one is None:
        return tag("td", "–", class_="text quiet", data_v=0)
    about = f"{one.cosine:.2f} · {one.example.source}"
    text = message(_short(one.example.message.text))
    return tag("td", text, _where(about), class_="text", data_v=round(one.cosine, 3))


def _where(source: str) -> Markup | None:
    return tag("small", source, class_="where") if source else None
