"""What to do next: a card for each finding, with the messages that are its cause."""

from collections.abc import Iterator, Sequence
from typing import Final

from bespeak.evaluation.advice.finding import Evidence, Finding, counted
from bespeak.evaluation.page.markup import Markup, joined, message, prose, table, tag

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
        heads += [("Understood as", ""), ("Sure", "num")]
    if any(one.note for one in evidence):
        heads.append(("Remark", "text"))
    heads.append(("Where", ""))
    rows = [list(_cells(one, [name for name, _ in heads])) for one in evidence]
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


def _cells(one: Evidence, heads: Sequence[str]) -> Iterator[Markup]:
    for head in heads:
        match head:
            case "Message":
                yield tag("td", message(one.text), class_="text")
            case "Labelled":
                yield tag("td", tag("code", one.intent))
            case "Understood as":
                yield tag("td", *_understood(one.said))
            case "Sure":
                sure = "" if one.confidence is None else f"{one.confidence:.0%}"
                yield tag("td", sure, class_="num", data_v=one.confidence)
            case "Remark":
                yield tag("td", message(one.note), class_="text quiet")
            case _:
                yield tag("td", joined([one.source]), class_="where")


def _understood(said: str) -> Iterator[Markup]:
    intent, instead, guess = said.partition(" instead of ")
    yield tag("code", intent) if intent else tag("span", "no intent", class_="quiet")
    if instead:
        yield tag("span", instead, tag("code", guess), class_="quiet")
