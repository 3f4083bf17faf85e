from collections import Counter

from bespeak.data.annotations import annotated, parse
from bespeak.data.augmentation import LOOKS, SLIPS, Proposal, chosen, proposals
from bespeak.message import Example, Lookup, Message, TrainingData


def example(text: str, intent: str = "travel") -> Example:
    said, entities = parse(text)
    return Example(Message(said), intent, entities, source="data/nlu.yml:1")


def made(data: TrainingData, *kinds: str, seed: int = 1) -> list[str]:
    return [
        annotated(one.example.message.text, one.example.entities)
        for one in proposals(data, seed)
        if one.kind in kinds
    ]


def test_values_are_swapped_with_their_annotation_and_from_lookup_tables_too() -> None:
    data = TrainingData(
        (example("fly to [Oslo](city)"), example("go to [Rome](city) today")),
        synonyms={"NYC": "New York"},
        lookups=(Lookup("city", ("Lima", "NYC")),),
    )
    found = made(data, "values")
    assert "fly to [Rome](city)" in found
    assert "fly to [Lima](city)" in found
    assert 'fly to [NYC]{"entity": "city", "value": "New York"}' in found
    assert "go to [Oslo](city) today" in found


def test_a_value_takes_only_the_place_of_one_with_the_same_role() -> None:
    data = TrainingData(
        (
            example('from [Oslo]{"entity": "city", "role": "from"}'),
            example('to [Rome]{"entity": "city", "role": "to"}'),
        )
    )
    assert made(data, "values") == []


def test_typos_never_fall_into_an_entity() -> None:
    data = TrainingData((example("please deliver it to [Copenhagen](city) tomorrow"),))
    for seed in range(20):
        for text in made(data, *SLIPS, seed=seed):
            assert "[Copenhagen](city)" in text


def test_case_is_changed_in_entities_as_well_and_stays_annotated() -> None:
    data = TrainingData((example("fly to [Oslo](city)"),))
    assert "FLY TO [OSLO](city)" in made(data, *LOOKS)


def test_synonyms_of_the_project_stand_for_each_other_outside_of_entities() -> None:
    data = TrainingData(
        (example("where is my parcel now"),),
        synonyms={"parcel": "PKG_7", "package": "PKG_7", "box": "PKG_7"},
    )
    assert sorted(made(data, "synonyms")) == ["where is my box now", "where is my package now"]


def test_a_frame_is_put_around_longer_texts_and_before_the_last_mark() -> None:
    data = TrainingData((example("Where is my parcel?"), example("hello", "greet")))
    found = made(data, "politeness")
    assert len(found) == 2
    assert any(text.endswith("where is my parcel?") for text in found)
    assert any(text.startswith("Where is my parcel") and text.endswith("?") for text in found)


def test_what_is_an_example_already_is_not_proposed() -> None:
    data = TrainingData((example("Stop it!", "stop"), example("stop it", "other")))
    assert "stop it" not in made(data, *LOOKS, *SLIPS)


def test_proposals_are_the_same_for_the_same_seed_and_chosen_of_all_kinds() -> None:
    data = TrainingData((example("fly to [Oslo](city)"), example("I want to go to [Rome](city).")))

    def told(seed: int) -> list[Proposal]:
        return chosen(proposals(data, seed), 6, seed)

    assert told(1) == told(1)
    kinds = Counter(one.kind for one in told(1))
    assert (kinds.total(), max(kinds.values())) == (6, 1)


def test_texts_of_stories_have_no_intent_and_are_left_alone() -> None:
    data = TrainingData((Example(Message("where is my parcel"), None),))
    assert list(proposals(data, 1)) == []
