"""Intents with too few examples, or with examples that are all the same, and hopeless examples."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bespeak.evaluation.advice.finding import Finding, counted, heard, intent_error, shown
from bespeak.evaluation.nlu import Case
from bespeak.evaluation.similarity import groups, members

FEW: Final = 5
"""Examples below which an intent has too few, however it does."""

ENOUGH: Final = 15
"""Examples from which more of the same are not what an intent that does badly lacks."""

WELL: Final = 0.8
"""Share of its messages that an intent which does well understands."""

UNIFORM: Final = 0.6
"""Share of an intent's examples that may be near-duplicates of others, or begin alike."""


def few(cases: Sequence[Case]) -> Iterator[Finding]:
    """Tell each intent that has few examples, or does badly with not many."""
    for intent, own in _by_intent(cases).items():
        wrong = [case for case in own if not case.right]
        share = 1 - len(wrong) / len(own)
        if len(own) >= FEW and (len(own) >= ENOUGH or share >= WELL):
            continue
        yield Finding(
            "too few examples",
            f"{intent} has {counted(len(own), 'example')}",
            f"{len(own) - len(wrong)} of them would be understood if the others were all that "
            "the model knows of this intent.",
            f"Add {max(FEW, ENOUGH - len(own))} or more that real users said, in other words "
            "and of other lengths.",
            tuple(heard(case) for case in (*wrong, *(case for case in own if case.right))),
            frozenset(intent_error(case) for case in wrong),
            (intent,),
        )


def uniform(cases: Sequence[Case]) -> Iterator[Finding]:
    """Tell each intent whose examples are mostly near-duplicates, or begin with the same words."""
    for intent, own in _by_intent(cases).items():
        if len(own) < FEW:
            continue
        alike = members(groups([case.text for case in own]))
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
        wrong = [case for case in own if not case.right]
        yield Finding(
            "uniform examples",
            f"The examples of {intent} are too much alike",
            f"{what}. What is said otherwise is not learned, and the figures look better than "
            "the intent is.",
            "Replace some of them by what users say in other words: a question, an order, a "
            "complaint, a single word.",
            tuple(shown(case.gold) for case in evidence),
            frozenset(intent_error(case) for case in wrong),
            (intent,),
        )


def never(cases: Sequence[Case], learned: Sequence[Case]) -> Iterator[Finding]:
    """Tell the examples that are misunderstood even by models that have learned them."""
    at_times = {case.key for case in learned if case.right}
    tried = {case.key for case in learned}
    hopeless = [
        case for case in cases if not case.right and case.key in tried and case.key not in at_times
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
        tuple(heard(case) for case in hopeless),
        frozenset(intent_error(case) for case in hopeless),
        tuple(sorted({case.gold.base_intent or "" for case in hopeless})),
    )


def _by_intent(cases: Sequence[Case]) -> Mapping[str, list[Case]]:
    found: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        found[case.gold.base_intent or ""].append(case)
    return found


def _opening(cases: Sequence[Case]) -> tuple[str, list[Case]]:
    """Return the two words with which most longer messages begin, and those messages."""
    first = [" ".join(case.text.casefold().split()[:2]) for case in cases]
    long = [len(case.text.split()) > 2 for case in cases]
    counts = Counter(words for words, is_long in zip(first, long, strict=True) if is_long)
    if not counts:
        return "", []
    [(words, _)] = counts.most_common(1)
    return words, [case for case, own in zip(cases, first, strict=True) if own == words]
