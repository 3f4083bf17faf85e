import pytest

from bespeak.data import project
from bespeak.data.problems import ProblemsFound
from tests.engine.data.conftest import Write

IMPORTER = "language: en\nimporters: [{name: MultiProjectImporter}]\n"


def nlu(intent: str) -> str:
    return f"nlu:\n- intent: {intent}\n  examples: |\n    - {intent}\n"


def test_imported_projects_are_one_with_the_root(write: Write) -> None:
    folder = write(
        {
            "config.yml": IMPORTER + "imports: [shop, talk/config.yml]\n",
            "domain.yml": "intents: [root]\nactions: [action_root]\n",
            "data/nlu.yml": nlu("root"),
            "shop/domain.yml": "intents: [shop]\nresponses: {utter_shop: [{text: x}]}\n",
            "shop/data/nlu.yml": nlu("shop"),
            "shop/data/rules.yml": "rules:\n- {rule: r, steps: [intent: shop, action: utter_shop]}",
            "shop/tests/test_x.yml": "stories:\n- {story: t, steps: [intent: shop]}\n",
            "shop/config.yml": "language: de\npipeline: [{name: Never}]\nimports: [../deep]\n",
            "deep/domain.yml": "intents: [deep]\n",
            "deep/nlu.yml": nlu("deep"),
            "talk/config.yml": "language: en\nimports: [../shop]\n",
        }
    )
    (folder / "shop/data/rules.yml").write_text(
        "rules:\n- rule: r\n  steps:\n  - intent: shop\n  - action: utter_shop\n"
    )
    read = project.read(folder)
    assert list(read.domain.intents) == ["deep", "root", "shop"]
    assert sorted(str(e.intent) for e in read.training_data.examples) == ["deep", "root", "shop"]
    assert [rule.name for rule in read.rules] == ["r"]
    assert read.stories == ()
    assert read.config.language == "en"
    assert read.config.default_pipeline, "pipelines of imported projects do not count"


def test_imports_without_the_importer_are_told_to_have_no_effect(write: Write) -> None:
    read = project.read(write({"config.yml": "language: en\nimports: [x]\n"}))
    assert "'imports' has no effect without importers" in read.problems[0].text


def test_an_import_that_leads_nowhere_is_an_error(write: Write) -> None:
    folder = write({"config.yml": IMPORTER + "imports: [gone]\n"})
    with pytest.raises(ProblemsFound, match="'imports' names 'gone': there is no gone"):
        project.read(folder)


def test_importers_written_for_rasa_are_refused_with_what_to_do(write: Write) -> None:
    folder = write({"config.yml": "language: en\nimporters: [{name: my.GitImporter}]\n"})
    with pytest.raises(ProblemsFound, match=r"config.yml:2: error: the importer 'my.GitImporter'"):
        project.read(folder)
