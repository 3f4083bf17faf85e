"""The page, read as a browser reads it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser

import pytest

from bespeak.evaluation.advice.advice import advice
from bespeak.evaluation.advice.ground import ground
from bespeak.evaluation.case import Case
from bespeak.evaluation.nlu import Understanding
from bespeak.evaluation.page.markup import joined, marked, message, prose, tag
from bespeak.evaluation.page.page import page
from bespeak.evaluation.robustness import CLEAN, Paste
from bespeak.evaluation.study import Study, of_model
from bespeak.evaluation.thresholds import Threshold
from bespeak.message import Entity, Example, Message
from bespeak.nlu.pipeline import Pipeline
from tests.engine.evaluation.cases import case

WHEN = datetime(2026, 11, 21, 12, 0)
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)> \" ' & </style>"
VOID = {"meta"}

pytestmark = pytest.mark.usefixtures("by_letters")


class Page(HTMLParser):
    """Elements with attributes and text; an end that does not fit its begin is an error."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def every(self, name: str) -> Iterator[dict[str, str | None]]:
        return (attributes for found, attributes in self.elements if found == name)


def study(*cases: Case, noisy: bool = True) -> Study:
    clean = list(cases)
    worse = [case(f"{one.text} x", one.gold.base_intent or "", "other", 0.4) for one in cases]
    tested = Understanding(tuple(cases))
    return Study(
        tested,
        "Cross-validated in 2 folds, seed 1",
        held_out=True,
        findings=advice(ground(tested)),
        noisy={CLEAN: clean, "typos": worse} if noisy else {},
        pastes=(Paste("digits", 5000, 0.0125),) if noisy else (),
        spread={"Accuracy": (0.5, 0.1)},
    )


def ordinary() -> Study:
    return study(
        *(case(f"hello {word}", "greet", line=i) for i, word in enumerate(("a", "b", "c", "d"))),
        case("ciao", "greet", "bye", 0.95, line=9, greet=0.01),
        case("salut", "greet", "bye", 0.9, line=10, greet=0.05),
        case("bye", "bye", confidence=0.5),
        case("to [Oslo](city)", "go", found="to Oslo", fallback=0.7, confidence=0.6),
    )


def test_the_page_says_first_how_it_stands_and_what_to_do() -> None:
    told = ordinary()
    found = Page(page(told, "cloudmart", WHEN))
    assert "62 of 100 messages are understood." in found.text
    titles = [finding.title for finding in told.findings if finding.gain]
    assert len(titles) > 1
    order = [found.text.index(one) for one in ("cloudmart", "What to do next", *titles)]
    assert order == sorted(order)
    assert "Most like it there" in found.text
    assert "data/nlu.yml:9" in found.text
    assert "Cross-validated in 2 folds, seed 1. 21 November 2026, 12:00" in found.text


def test_every_section_can_be_reached_and_every_table_has_a_caption_and_scopes() -> None:
    found = Page(page(ordinary(), "cloudmart", WHEN))
    targets = {attributes.get("id") for _, attributes in found.elements}
    links = [str(one["href"])[1:] for one in found.every("a")]
    assert len(links) == 9
    assert set(links) <= targets
    assert len(list(found.every("table"))) == len(list(found.every("caption")))
    assert all(one.get("scope") or one.get("class") == "corner" for one in found.every("th"))
    assert all(one.get("aria-label") for one in found.every("svg"))


def test_the_page_needs_nothing_but_itself_and_lets_only_its_own_script_run() -> None:
    text = page(ordinary(), "cloudmart", WHEN)
    found = Page(text)
    assert not {"link", "img", "iframe", "object"} & {name for name, _ in found.elements}
    assert "http://" not in text
    assert "https://" not in text
    [policy] = [one["content"] for one in found.every("meta") if "http-equiv" in one]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "'unsafe-inline'" not in policy.split("script-src")[1]
    assert len(list(found.every("script"))) == 1


def test_what_people_wrote_is_never_markup() -> None:
    cases = [
        case(EVIL, "<b>intent</b>", "<i>other</i>", 0.9, line=3),
        case(f"{EVIL} again", "<b>intent</b>", "<i>other</i>", 0.8),
        case(f"to [{EVIL}](city)", "go", found="to nowhere"),
    ]
    found = Page(page(study(*cases), EVIL, WHEN))
    assert len(list(found.every("script"))) == 1
    assert not list(found.every("img"))
    assert not any(name in one for _, one in found.elements for name in ("onerror", "onclick"))
    assert "<script>alert(1)</script>" in found.text
    assert "<b>intent</b>" in found.text


@pytest.mark.parametrize(
    "text", ["\x00\x1b[31m", "\ud800", "\u202eabc", "a" * 5000, "🙂👩‍👩‍👧", "مرحبا"]
)
def test_any_text_can_be_shown(text: str) -> None:
    found = page(study(case(text, "a", "b")), "any", WHEN)
    Page(found.encode("utf-8", "replace").decode())
    assert "\x00" not in found
    assert "\x1b" not in found


def test_a_page_of_nothing_and_of_what_is_all_understood_can_be_drawn() -> None:
    empty = Page(page(Study(Understanding(())), "nothing", WHEN))
    assert "There are no messages with an intent." in empty.text
    fine = Page(page(study(case("hi", "greet"), noisy=False), "fine", WHEN))
    assert "Nothing was misunderstood." in fine.text
    assert "noise" not in {attributes.get("id") for _, attributes in fine.elements}


def test_figures_of_messages_that_may_have_been_learned_come_with_a_warning() -> None:
    tested = Understanding((case("hi", "greet"),))
    assert "--cross-validation" in Page(page(Study(tested), "x", WHEN)).text
    assert "--cross-validation" not in Page(page(study(*tested.cases), "x", WHEN)).text


def test_a_test_set_is_told_from_examples_of_the_project() -> None:
    tested = Understanding((case("hi", "greet", line=1), case("ho", "greet", line=2)))
    known = [example("hello", "greet"), example("hey", "greet")]
    apart = of_model(tested, "", Pipeline([]), known=known)
    assert (apart.seen, apart.held_out) == (0, True)
    assert "None of these messages is an example" in Page(page(apart, "x", WHEN)).text
    mixed = of_model(tested, "", Pipeline([]), known=[*known, example("hi", "greet")])
    assert (mixed.seen, mixed.held_out) == (1, False)
    assert "1 of the 2 messages are examples" in Page(page(mixed, "x", WHEN)).text


def example(text: str, intent: str) -> Example:
    return Example(Message(text), intent, source="data/nlu.yml:1")


def test_markup_escapes_all_that_is_not_markup() -> None:
    assert (
        tag("td", "<&>", class_='"x"', data_v=1)
        == '<td class="&quot;x&quot;" data-v="1">&lt;&amp;&gt;</td>'
    )
    assert joined(["<", tag("b", "x"), None, 3]) == "&lt;<b>x</b>3"
    assert prose("run `a<b` now") == "run <code>a&lt;b</code> now"
    assert message("a\x07b") == "<bdi>a\ufffdb</bdi>"


def test_names_are_code_where_they_are_words_of_their_own() -> None:
    told = prose("stop and stop_all, not nonstop or faq/stop", ["stop", "stop_all"])
    assert told == "<code>stop</code> and <code>stop_all</code>, not nonstop or faq/stop"
    assert prose("a<b is c", ["a<b"]) == "<code>a&lt;b</code> is c"


def test_entities_are_marked_in_the_text_with_what_they_are() -> None:
    old = Entity("size", "<M>", 5, 8, role="old")
    assert marked("size <M>!", [old]) == (
        '<bdi>size <mark>&lt;M&gt;<span class="kind">size old</span></mark>!</bdi>'
    )
    inside = Entity("x", "M", 6, 7)
    assert marked("size <M>!", [old, inside]) == marked("size <M>!", [old])


def test_messages_asked_again_and_other_thresholds_are_counted_where_a_threshold_is_set() -> None:
    cases = (
        case("hi", "greet", confidence=0.5, fallback=0.6),
        case("yo", "greet", "bye", 0.4, fallback=0.6),
        case("bye", "bye", confidence=0.9),
    )
    set_ = replace(study(*cases), threshold=Threshold(0.6))
    found = Page(page(set_, "x", WHEN))
    assert (
        "2 messages were asked again: 1 of them would have been misunderstood, 1 understood."
        in (found.text)
    )
    assert "below the threshold of 0.6" in found.text
    assert "0.6 (as it is) 1 0 2" in found.text
    assert "0.45 2 0 1" in found.text
    learned = Page(page(study(*cases), "x", WHEN))
    assert "has no threshold: it goes by how familiar a message is" in learned.text
    assert "What other thresholds would do" not in learned.text


def test_each_entity_is_told_with_the_ways_in_which_it_fails() -> None:
    role = '{"entity": "size", "role": "old"}'
    found = Page(
        page(
            study(
                case("to [Oslo](city)", "go", found="to Oslo"),
                case("to [New York](city)", "go", found="to New [York](city)"),
                case(f"size [M]{role}", "change", found="size [M](size)"),
            ),
            "x",
            WHEN,
        )
    )
    assert "Missed Other ends Other kind Other role Invented" in found.text
    assert "city 2 0.0% 0.0% 0.0% 1 1 0 0 0" in found.text
    assert "size 1 100.0% 100.0% 100.0% 0 0 0 1 0" in found.text
