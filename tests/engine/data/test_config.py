import pytest

from bespeak.data import config
from bespeak.data.config import DEFAULT_PIPELINE, DEFAULT_POLICIES, Entry
from bespeak.data.problems import ProblemsFound
from tests.engine.data.conftest import Write


def test_the_pipeline_and_policies_are_entries_with_options_and_lines(write: Write) -> None:
    folder = write(
        {
            "config.yml": """\
            recipe: default.v1
            language: de
            assistant_id: shop
            pipeline:
            - name: WhitespaceTokenizer
            - name: my.own.Component
              depth: 3
            policies:
            - name: RulePolicy
            """
        }
    )
    read = config.read_config(folder / "config.yml")
    assert (read.language, read.assistant_id, read.path) == ("de", "shop", "config.yml")
    assert read.pipeline == (
        Entry("WhitespaceTokenizer"),
        Entry("my.own.Component", {"depth": 3}),
    )
    assert [entry.line for entry in read.pipeline] == [5, 6]
    assert read.pipeline[1].spec == {"name": "my.own.Component", "depth": 3}
    assert not read.default_pipeline


@pytest.mark.parametrize("text", ["language: en\n", "language: en\npipeline:\npolicies: []\n"])
def test_what_is_missing_or_empty_is_the_default(write: Write, text: str) -> None:
    read = config.read_config(write({"config.yml": text}) / "config.yml")
    assert (read.pipeline, read.policies) == (DEFAULT_PIPELINE, DEFAULT_POLICIES)
    assert read.default_pipeline
    assert read.default_policies
    assert read.assistant_id is None


def test_rasas_placeholder_is_no_assistant_id(write: Write) -> None:
    text = "language: en\nassistant_id: placeholder_default\n"
    assert config.read_config(write({"config.yml": text}) / "config.yml").assistant_id is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pipeline: []", "config.yml:1: error: the key 'language' is missing"),
        ("language: en\nrecipe: graph.v1", "config.yml:2: error: the recipe graph.v1 describes"),
        ("language: en\nnlu_target: x", "the recipe graph.v1 describes"),
        ("language: en\nrecipe: other", "expected the recipe default.v1"),
        ("language: en\npipeline: WhitespaceTokenizer", "expected a list of - name: ..."),
        ("language: en\npipeline:\n- nme: X", "config.yml:3: error: pipeline: expected an entry"),
        ("language: en\nimports: x", "expected a list under 'imports'"),
        ("language: 5", "expected text under 'language', found the number 5"),
    ],
)
def test_a_wrong_config_is_refused(write: Write, text: str, said: str) -> None:
    folder = write({"config.yml": text})
    with pytest.raises(ProblemsFound) as caught:
        config.read_config(folder / "config.yml")
    assert said in str(caught.value)


def test_no_file_is_an_empty_one() -> None:
    assert config.read_config(None) == config.Config()
    assert config.read_credentials(None) == config.Credentials()


def test_credentials_are_the_options_of_each_channel(write: Write) -> None:
    folder = write(
        {
            "credentials.yml": """\
            rest:
            slack: {slack_token: "xoxb-1"}
            connectors.whatsapp.WhatsApp:
              secret: ${SECRET_OF_TESTS}
            """
        }
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_OF_TESTS", "s3")
        read = config.read_credentials(folder / "credentials.yml")
    assert read.channels == {
        "rest": {},
        "slack": {"slack_token": "xoxb-1"},
        "connectors.whatsapp.WhatsApp": {"secret": "s3"},
    }


def test_a_channel_with_odd_options_is_refused(write: Write) -> None:
    folder = write({"credentials.yml": "rest: yes\n"})
    with pytest.raises(ProblemsFound, match=r"credentials.yml:1: error: channel 'rest'"):
        config.read_credentials(folder / "credentials.yml")
