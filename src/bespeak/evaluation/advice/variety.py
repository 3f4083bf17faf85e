"""Intents with too few examples, or with examples that are all the same, and hopeless examples."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bespeak.evaluation.advice.finding import Finding, counted, heard, intent_error, shown
from bespeak.evaluation.advice.ground import Ground
from bespeak.evaluation.case import Case
from bespeak.evaluation.similarity import groups, members
from bespeak.message import Example

FEW: Final = 5
"""Examples below which an intent has too few, however it does."""

ENOUGH: Final = 15
"""Examples from which more of the same are not what an intent that does badly lacks."""

WELL: Final = 0.8
"""Share of its messages that an intent which does well understands."""

UNIFORM: Final = 0.6
"""Share of an intent's examples that may be near-duplicates of others, or begin alike."""


def few(ground: Ground) -> Iterator[Finding]:
    """Tell each intent that has few examples, or does badly with not many."""
    for intent, cases in _by_intent(ground.cases).items():
        wrong = [case for case in cases if not case.right]
        share = 1 - len(wrong) / len(cases)
        known = len(ground.examples_of(intent))
        if known >= FEW and (known >= ENOUGH or share >= WELL):
            continue
        yield Finding(
            "too few examples",
            f"{intent} has {counted(known, 'example')}" if known else f"{intent} has no example",
            f"{len(cases) - len(wrong)} of its {counted(len(cases), 'message')} "
            f"{'is' if len(cases) - len(wrong) == 1 else 'are'} understood.",
            f"Add {max(FEW, ENOUGH - known)} or more that real users said, in other words "
            "and of other lengths.",
            tuple(
                heard(case, ground.around)
                for case in (*wrong, *(case for case in cases if case.right))
            ),
            frozenset(intent_error(case) for case in wrong),
            (intent,),
        )


def uniform(ground: Ground) -> Iterator[Finding]:
    """Tell each intent whose examples are mostly near-duplicates, or begin with the same words."""
    tested = _by_intent(ground.cases)
    for intent, own in ground.by_intent.items():
        if len(own) < FEW:
            continue
        alike = members(groups([example.message.text for example in own]))
        again = len(own) - len(alike)
        opening, begin = _opening(own)
        if again / len(own) >= UNIFORM:
            largest = max(alike.values(), key=len)
            what = f"{len(own)} examples are {counted(len(alike), 'different one')}"
            evidence = [own[i] for i in largest]
        elif len(begin) / len(own) >= UNIFORM:
            what = f"{len(begin)} of {len(own)} examples begin with “{opening} …”"
            evidence = begin
        else:
            continue
        wrong = [case for case in tested.get(intent, ()) if not case.right]
        yield Finding(
            "uniform examples",
            f"The examples of {intent} are too much alike",
            f"{what}. What is said otherwise is not learned, and the figures look better than "
            "the intent is.",
            "Replace some of them by what users say in other words: a question, an order, a "
            "complaint, a single word.",
            tuple(shown(example) for example in evidence),
            frozenset(intent_error(case) for case in wrong),
            (intent,),
        )


def never(ground: Ground, wrong: Sequence[Case]) -> Iterator[Finding]:
    """Tell the examples that are misunderstood even by models that have learned them."""
    at_times = {case.key for case in ground.learned if case.right}
    tried = {case.key for case in ground.learned}
    hopeless = [
        case for case in wrong if not case.right and case.key in tried and case.key not in at_times
    ]
    if not hopeless:
        return
    yield Finding(
        "never understood",
        f"{counted(len(hopeless), 'example')} never understood",
        "Even models that have learned these very messages give them another intent: the other "
        "examples, or a rule of the pipeline, speak against them.",
        "Look for the same words under another intent, for an empty or foreign text, and for a "
        "component (a keyword, a regular expression, a threshold) that overrules the classifier.",
        tuple(heard(case, ground.around) for case in hopeless),
        frozenset(intent_error(case) for case in hopeless),
        tuple(sorted({case.gold.base_intent or "" for case in hopeless})),
    )


def _by_intent(cases: Sequence[Case]) -> Mapping[str, list[Case]]:
    found: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        found[case.gold.base_intent or ""].append(case)
    return found


def _opening(examples: Sequence[Example]) -> tuple[str, list[Example]]:
    """Return the two words with which most longer examples begin, and those examples."""
    words = [example.message.text.casefold().split() for example in examples]
    counts = Counter(" ".join(each[:2]) for each in words if len(each) > 2)
    if not counts:
        return "", []
    [(opening, _)] = counts.most_common(1)
    begin = [e for e, each in zip(examples, words, strict=True) if " ".join(each[:2]) == opening]
    return opening, begin
