"""Only what has changed is learned anew."""

import json
import tarfile
from pathlib import Path

import pytest

from bespeak.data import project as projects
from bespeak.errors import TrainingError
from bespeak.model import described, latest
from bespeak.training import Options, Trained, plan, train
from tests.engine.evaluation.projects import FILES

NLU = [
    "nlu/00-WhitespaceTokenizer",
    "nlu/01-KeywordIntentClassifier",
    "nlu/02-RegexEntityExtractor",
    "nlu/03-RegexMessageHandler",
]
CORE = ["policies/00-MemoizationPolicy", "policies/01-RulePolicy"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project that has been trained."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    trained(tmp_path)
    return tmp_path


def trained(folder: Path, options: Options | None = None) -> Trained:
    return train(projects.read(folder), folder / "models", options)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_where_nothing_has_changed_the_old_archive_is_the_new_one(folder: Path) -> None:
    again = trained(folder)
    assert again.unchanged
    assert again.path == latest(folder / "models")
    assert len(list((folder / "models").iterdir())) == 1


def test_a_changed_story_does_not_train_understanding(folder: Path) -> None:
    change(folder / "data/stories.yml", "utter_welcome", "utter_hours")
    again = trained(folder)
    assert list(again.plan.anew) == CORE
    assert list(again.plan.kept) == NLU
    assert set(again.timings) == set(CORE)


def test_a_changed_example_does_not_train_policies(folder: Path) -> None:
    change(folder / "data/nlu.yml", "- hello", "- hello\n      - hey")
    again = trained(folder)
    assert list(again.plan.anew) == NLU
    assert list(again.plan.kept) == CORE


def test_a_changed_response_trains_nothing_and_is_said_all_the_same(folder: Path) -> None:
    change(folder / "domain.yml", "text: Hello!", "text: Good day!")
    again = trained(folder)
    assert again.plan.anew == ()
    assert again.plan.domain_changed
    assert not again.unchanged
    assert again.timings == {}
    domain = json.loads(_member(again.path, "domain.json"))
    assert "Good day!" in json.dumps(domain)


def test_a_changed_option_trains_its_component_and_those_after_it(folder: Path) -> None:
    change(folder / "config.yml", "case_sensitive: false", "case_sensitive: true")
    assert list(trained(folder).plan.anew) == NLU[1:]


def test_a_component_in_the_middle_trains_those_after_it(folder: Path) -> None:
    change(folder / "config.yml", "RegexEntityExtractor", "EntitySynonymMapper")
    planned = trained(folder).plan
    assert list(planned.anew) == ["nlu/02-EntitySynonymMapper", NLU[3]]
    assert list(planned.kept) == [*NLU[:2], *CORE]


def test_a_changed_policy_option_trains_that_policy(folder: Path) -> None:
    change(folder / "config.yml", "- name: RulePolicy", "- name: RulePolicy\n    priority: 5")
    assert list(trained(folder).plan.anew) == [CORE[1]]


def test_a_new_slot_trains_policies_since_they_see_it(folder: Path) -> None:
    mood = "  mood:\n    type: bool\n    mappings: [{type: custom}]\n"
    change(folder / "domain.yml", "slots:\n", f"slots:\n{mood}")
    assert set(trained(folder).plan.anew) == set(CORE)


def test_force_trains_everything(folder: Path) -> None:
    again = trained(folder, Options(force=True))
    assert list(again.plan.anew) == [*NLU, *CORE]
    assert not again.unchanged


def test_the_model_with_kept_parts_is_the_same_as_one_trained_anew(folder: Path) -> None:
    change(folder / "data/stories.yml", "utter_welcome", "utter_hours")
    kept = _parts(trained(folder).path)
    anew = _parts(trained(folder, Options(force=True, name="anew")).path)
    assert kept == anew


def test_a_name_that_was_asked_for_is_written_even_if_nothing_has_changed(folder: Path) -> None:
    again = trained(folder, Options(name="production"))
    assert again.path == folder / "models/production.tar.gz"
    assert again.plan.anew == ()
    assert trained(folder, Options(name="production")).unchanged


def test_half_a_model_is_written_as_such(folder: Path) -> None:
    half = trained(folder, Options(parts=("nlu",)))
    assert half.path.name.startswith("nlu-")
    assert described(half.path).training_type == "nlu"
    assert half.plan.anew == ()


def test_a_new_assistant_id_makes_a_new_archive(folder: Path) -> None:
    change(folder / "config.yml", "assistant_id: tests", "assistant_id: others")
    again = trained(folder)
    assert not again.unchanged
    assert described(again.path).assistant_id == "others"


def test_a_plan_says_what_training_would_do_and_does_nothing(folder: Path) -> None:
    change(folder / "data/stories.yml", "utter_welcome", "utter_hours")
    planned = plan(projects.read(folder), Options(), latest(folder / "models"))
    assert list(planned.anew) == CORE
    assert len(list((folder / "models").iterdir())) == 1


def test_a_damaged_archive_is_no_reason_to_fail(folder: Path) -> None:
    latest(folder / "models").write_bytes(b"no archive")
    assert list(trained(folder).plan.anew) == [*NLU, *CORE]


def test_nothing_to_learn_from_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text(FILES["config.yml"])
    (tmp_path / "domain.yml").write_text("intents: [greet]\n")
    with pytest.raises(TrainingError, match="nothing to train on"):
        trained(tmp_path)


def test_installing_the_encoder_trains_understanding_anew(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("BESPEAK_CACHE", str(cache))
    before = trained(folder, Options(force=True))
    assert trained(folder).path == before.path
    encoder = cache / "encoders/all-MiniLM-L6-v2"
    encoder.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (encoder / name).touch()
    (encoder / "installed.json").write_text(json.dumps({"sha256": "1234"}))
    planned = plan(projects.read(folder), Options(), before.path)
    assert list(planned.anew) == NLU


def _member(archive: Path, name: str) -> str:
    with tarfile.open(archive) as opened:
        file = opened.extractfile(name)
        assert file is not None
        return file.read().decode()


def _parts(archive: Path) -> dict[str, str]:
    """Return the hashes of what was learned."""
    members = json.loads(_member(archive, "manifest.json"))["sha256"]
    return {name: told for name, told in members.items() if "/" in name}
