"""What does not fit together in a project, as a person at the terminal is told it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from bespeak.data import project
from bespeak.data.problems import Problem, Severity
from bespeak.evaluation import check

Checked = Callable[..., list[Problem]]

_WRITTEN = {
    "config.yml": """\
        language: en
        pipeline: [{name: KeywordIntentClassifier}]
        policies: [{name: RulePolicy}, {name: MemoizationPolicy}]
        """,
    "domain.yml": """\
        version: "3.1"
        intents: [greet, bye]
        responses:
          utter_greet: [{text: hi}]
          utter_bye: [{text: bye}]
        """,
    "data/nlu.yml": """\
        nlu:
        - intent: greet
          examples: |
            - hi
            - hello
        - intent: bye
          examples: |
            - bye
            - so long
        """,
    "data/rules.yml": """\
        rules:
        - rule: greet
          steps:
          - intent: greet
          - action: utter_greet
        """,
    "data/stories.yml": """\
        stories:
        - story: leave
          steps:
          - intent: bye
          - action: utter_bye
        """,
}
FINE = {name: dedent(text) for name, text in _WRITTEN.items()}


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    """Check the project above with some files in the place of its own; None leaves one out."""
    monkeypatch.chdir(tmp_path)

    def problems(
        files: Mapping[str, str | None] | None = None, max_history: int | None = None
    ) -> list[Problem]:
        for name, text in {**FINE, **(files or {})}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is not None:
                path.write_text(dedent(text), encoding="utf-8")
        return check.problems(project.read(tmp_path), max_history)

    return problems


def told(problems: list[Problem], severity: Severity) -> list[str]:
    return [str(problem) for problem in problems if problem.severity is severity]


def errors(problems: list[Problem]) -> list[str]:
    return told(problems, Severity.ERROR)


def warnings(problems: list[Problem]) -> list[str]:
    return told(problems, Severity.WARNING)


def test_a_project_in_order_has_no_problems(checked: Checked) -> None:
    assert checked() == []


def test_a_rule_that_a_story_contradicts_is_told_with_both_lines(checked: Checked) -> None:
    found = checked(
        {
            "data/stories.yml": """\
            stories:
            - story: odd
              steps:
              - intent: greet
              - action: utter_bye
            - story: leave
              steps:
              - intent: bye
              - action: utter_bye
            """
        }
    )
    (problem,) = [p for p in found if p.severity is Severity.ERROR]
    assert problem.place.file == "data/stories.yml"
    assert problem.line == 5
    assert [str(place) for place in problem.also] == ["data/rules.yml:5"]
    assert "'odd'" in problem.text
    assert "'greet'" in problem.text


def test_contradictions_are_not_looked_for_where_the_policy_says_so(checked: Checked) -> None:
    found = checked(
        {
            "config.yml": """\
            language: en
            pipeline: [{name: KeywordIntentClassifier}]
            policies:
            - {name: RulePolicy, check_for_contradictions: false, restrict_rules: false}
            """,
            "data/rules.yml": """\
            rules:
            - rule: long
              steps: [{intent: greet}, {action: utter_greet}, {intent: bye}, {action: utter_greet}]
            """,
        }
    )
    assert errors(found) == []


def test_a_rule_with_two_user_turns_is_refused(checked: Checked) -> None:
    found = checked(
        {
            "data/rules.yml": """\
            rules:
            - rule: long
              steps:
              - intent: greet
              - action: utter_greet
              - intent: bye
              - action: utter_bye
            """
        }
    )
    assert errors(found)[0].startswith("data/rules.yml:6: error: The rule 'long'")


def test_stories_that_disagree_are_told_with_both_lines(checked: Checked) -> None:
    files = {
        "data/rules.yml": "rules:\n- {rule: r, steps: [{intent: greet}, {action: utter_greet}]}\n",
        "data/stories.yml": """\
            stories:
            - story: one
              steps:
              - intent: bye
              - action: utter_bye
            - story: two
              steps:
              - intent: bye
              - action: utter_greet
            """,
    }
    assert warnings(checked(files)) == [
        "data/stories.yml:5: warning: Story structure conflict after intent 'bye': "
        "'utter_bye' in 'one' (data/stories.yml:5); 'utter_greet' in 'two' (data/stories.yml:9).\n"
        "    see also data/stories.yml:9"
    ]


def test_only_stories_may_be_checked(tmp_path: Path, checked: Checked) -> None:
    assert warnings(checked({"domain.yml": FINE["domain.yml"] + "entities: [x]\nslts: {}\n"}))
    assert check.problems(project.read(tmp_path), only_stories=True) == []


def test_errors_come_first_and_reading_is_part_of_it(checked: Checked) -> None:
    found = checked(
        {
            "data/nlu.yml": FINE["data/nlu.yml"] + "- synonym: x\n",
            "data/stories.yml": (
                "stories:\n- {story: s, steps: [{intent: bye}, {action: utter_by}]}\n"
            ),
        }
    )
    assert found[0].severity is Severity.ERROR
    assert errors(found) == [
        "data/stories.yml:2: error: the domain has no response 'utter_by', which 's' uses. "
        "Did you mean 'utter_bye'?"
    ]
    assert any("the synonym 'x' has no examples" in line for line in warnings(found))


class TestReferences:
    def test_intents_of_domain_examples_and_stories_must_agree(self, checked: Checked) -> None:
        found = checked(
            {
                "domain.yml": FINE["domain.yml"].replace("[greet, bye]", "[greet, bye, help]"),
                "data/nlu.yml": FINE["data/nlu.yml"]
                + "- intent: helpp\n  examples: |\n    - a\n    - b\n",
            }
        )
        assert warnings(found) == [
            "domain.yml:2: warning: the intent 'help' has no examples. Did you mean 'helpp'?",
            "data/nlu.yml:12: warning: the intent 'helpp' has examples, but the domain does not "
            "list it. Did you mean 'help'?",
            "domain.yml:2: warning: the intent 'help' is not used in any story or rule.",
        ]

    def test_forms_actions_and_loops_must_exist(self, checked: Checked) -> None:
        found = checked(
            {
                "data/stories.yml": """\
                stories:
                - story: leave
                  steps:
                  - intent: bye
                  - action: utter_bye
                  - action: action_gone
                  - active_loop: book_form
                  - action: action_gone
                """
            }
        )
        assert errors(found) == [
            "data/stories.yml:6: error: the domain has no action 'action_gone', which 'leave' "
            "uses.",
            "data/stories.yml:7: error: the domain has no form 'book_form', which 'leave' uses.",
        ]

    def test_slots_and_forms_must_agree(self, checked: Checked) -> None:
        found = checked(
            {
                "domain.yml": FINE["domain.yml"]
                + """\
entities: [city]
slots:
  city:
    type: text
    influence_conversation: false
    mappings:
    - type: from_entity
      entity: citty
      intent: gret
      not_intent: by
    - type: from_text
      conditions: [{active_loop: form}]
    - type: from_text
      conditions: [{active_loop: other}]
    - type: custom
      action: action_fill
forms:
  form: {required_slots: [name], ignored_intents: [gret]}
"""
            }
        )
        assert errors(found) == [
            "domain.yml:23: error: the form 'form' asks for the slot 'name', which the domain "
            "does not have.",
            "domain.yml:16: error: the slot 'city' has a mapping for the form 'form', but is not "
            "among its required_slots: add it there.",
            "domain.yml:18: error: the slot 'city' has a mapping for the form 'other', which the "
            "domain does not have.",
        ]
        assert [line.split(" warning: ")[1][:60] for line in warnings(found)] == [
            "the form 'form' ignores the intent 'gret', which the domain ",
            "the slot 'city' is filled from the entity 'citty', which the",
            "the slot 'city' is filled on the intent 'gret', which the do",
            "the slot 'city' is filled by the action 'action_fill', which",
        ]
        assert len(told(found, Severity.NOTE)) == 1

    def test_responses_that_are_missing_or_unused_are_told(self, checked: Checked) -> None:
        domain = FINE["domain.yml"] + (
            "  utter_lost: [{text: x}]\n"
            "  utter_ask_city: [{text: x}]\n"
            "  utter_default: [{text: x}]\n"
            "actions: [utter_gret]\n"
        )
        assert warnings(checked({"domain.yml": domain})) == [
            "domain.yml:9: warning: the action 'utter_gret' is listed, but there is no response "
            "of that name. Did you mean 'utter_greet'?",
            "domain.yml:6: warning: the response 'utter_lost' is not used in any story or rule.",
        ]
        found = checked({"domain.yml": domain.replace("utter_gret]", "action_x]")})
        assert warnings(found) == []
        assert told(found, Severity.NOTE) == [
            "domain.yml:6: note: no story or rule uses these responses, but custom actions may: "
            "utter_lost."
        ]
        many = "".join(f"  utter_{i}: [{{text: x}}]\n" for i in range(7))
        found = checked({"domain.yml": FINE["domain.yml"] + many + "actions: [action_x]\n"})
        assert told(found, Severity.NOTE) == [
            "domain.yml:6: note: no story or rule uses these responses, but custom actions may: "
            "utter_0, utter_1, utter_2, utter_3, utter_4 and 2 more."
        ]

    def test_retrieval_examples_need_their_responses(self, checked: Checked) -> None:
        found = checked(
            {
                "domain.yml": FINE["domain.yml"].replace("bye]", "bye, faq]"),
                "data/nlu.yml": FINE["data/nlu.yml"]
                + "- intent: faq/a\n  examples: |\n    - a\n    - b\n",
                "data/rules.yml": FINE["data/rules.yml"]
                + "- {rule: faq, steps: [{intent: faq}, {action: utter_faq}]}\n",
            }
        )
        assert any("there is no response 'utter_faq/a'" in line for line in warnings(found))

    def test_stories_without_a_domain_are_an_error(self, checked: Checked) -> None:
        found = checked({"domain.yml": None})
        assert "no domain that says what is in them" in errors(found)[0]


class TestLabels:
    def test_an_example_with_two_intents_is_told_with_both_lines(self, checked: Checked) -> None:
        nlu = FINE["data/nlu.yml"] + "    - hi\n"
        assert warnings(checked({"data/nlu.yml": nlu})) == [
            "data/nlu.yml:4: warning: the example 'hi' has 2 intents: bye, greet. Keep it under "
            "one of them.\n    see also data/nlu.yml:10"
        ]

    def test_too_few_examples_are_told(self, checked: Checked) -> None:
        nlu = FINE["data/nlu.yml"].replace("- so long", "- [so](word) long").replace("- hello", "")
        nlu = "\n".join(line for line in nlu.splitlines() if line.strip()) + "\n"
        domain = FINE["domain.yml"] + "entities: [word]\n"
        found = checked({"data/nlu.yml": nlu, "domain.yml": domain})
        assert [line for line in warnings(found) if "learn from" in line] == [
            "data/nlu.yml:4: warning: the intent 'greet' has 1 example, at least 2 are needed to "
            "learn from.",
            "data/nlu.yml:8: warning: the entity 'word' is annotated 1 time, at least 2 are "
            "needed to learn from.",
        ]

    def test_values_without_the_role_that_others_have_in_their_place_are_told_in_one_warning(
        self, checked: Checked
    ) -> None:
        role = '{"entity": "city", "role": "to"}'
        nlu = FINE["data/nlu.yml"] + (
            f"    - a flight to [Rome]{role}\n"
            "    - a flight to [Oslo](city)\n"
            f"    - A flight to [Bonn]{role}\n"
            f"    - in [Rome]{role}\n"
            f"    - in [Bonn]{role}\n"
            "    - in [Oslo](city)\n"
        )
        domain = FINE["domain.yml"] + "entities: [{city: {roles: [to]}}]\n"
        found = warnings(checked({"data/nlu.yml": nlu, "domain.yml": domain}))
        assert [line for line in found if "pipeline" not in line] == [
            "data/nlu.yml:11: warning: the entity 'city' has no role in 2 places, but most of its "
            "values in the same intent after the same words ('a flight to') have one: add it, "
            "unless something else is meant.\n    see also data/nlu.yml:15",
        ]

    def test_an_entity_with_roles_where_they_tell_values_apart_and_none_elsewhere_is_fine(
        self, checked: Checked
    ) -> None:
        nlu = FINE["data/nlu.yml"] + (
            '    - from [Rome]{"entity": "city", "role": "from"}\n'
            '    - from [Bonn]{"entity": "city", "role": "from"}\n'
            "    - [Oslo](city)\n"
            "    - weather in [Oslo](city)\n"
            "- intent: greet\n"
            "  examples: |\n"
            "    - from [Oslo](city)\n"
        )
        domain = FINE["domain.yml"] + "entities: [{city: {roles: [from]}}]\n"
        found = warnings(checked({"data/nlu.yml": nlu, "domain.yml": domain}))
        assert [line for line in found if "pipeline" not in line] == []

    def test_roles_and_entities_that_are_not_in_the_domain_are_told(self, checked: Checked) -> None:
        nlu = FINE["data/nlu.yml"] + (
            '    - from [Rome]{"entity": "city", "role": "from"}\n'
            "    - [Oslo](city)\n"
            "    - [Ida](nme)\n"
            "    - [Eva](nme)\n"
        )
        domain = FINE["domain.yml"] + "entities: [city, name]\n"
        found = warnings(checked({"data/nlu.yml": nlu, "domain.yml": domain}))
        assert [line for line in found if "pipeline" not in line] == [
            "data/nlu.yml:10: warning: the role 'from' of the entity 'city' is annotated, but the "
            "domain does not list it: it does not influence the conversation.",
            "data/nlu.yml:12: warning: the entity 'nme' is annotated, but the domain does not "
            "list it. Did you mean 'name'?",
        ]


class TestComponents:
    @pytest.mark.parametrize(
        ("pipeline", "said"),
        [
            ("[{name: WhitespaceTokeniser}]", "Did you mean 'WhitespaceTokenizer'?"),
            (
                "[{name: WhitespaceTokenizer}, {name: JiebaTokenizer}]",
                "the pipeline has 2 tokenizers, but one is possible",
            ),
            ("[{name: CountVectorsFeaturizer}]", "CountVectorsFeaturizer needs a tokenizer"),
            (
                "[{name: WhitespaceTokenizer}, {name: DIETClassifier}]",
                "DIETClassifier needs a featurizer before it",
            ),
            ("[{name: FallbackClassifier}]", "FallbackClassifier needs an intent classifier"),
            ("[{name: JiebaTokenizer}]", "JiebaTokenizer is for Chinese (zh)"),
            ("[{name: SpacyTokenizer}]", "SpacyTokenizer needs SpacyNLP before it"),
        ],
    )
    def test_a_pipeline_that_cannot_work_is_an_error(
        self, checked: Checked, pipeline: str, said: str
    ) -> None:
        config = f"language: en\npipeline: {pipeline}\npolicies: [{{name: RulePolicy}}]\n"
        found = errors(checked({"config.yml": config}))
        assert found[0].startswith("config.yml:2: error: ")
        assert said in "\n".join(found)

    def test_words_without_blanks_need_another_tokenizer(self, checked: Checked) -> None:
        config = "language: ja\npipeline: [{name: WhitespaceTokenizer}]\n"
        assert "cannot part words" in errors(checked({"config.yml": config}))[0]

    def test_a_component_of_ones_own_may_stand_for_anything(
        self, checked: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "my_own_part.py").write_text("class Tokenizer:\n    pass\n")
        monkeypatch.syspath_prepend(tmp_path)
        config = (
            "language: en\npipeline: [{name: my_own_part.Tokenizer}, {name: DIETClassifier}]\n"
            "policies: [{name: RulePolicy}]\n"
        )
        assert errors(checked({"config.yml": config})) == []

    def test_a_component_of_ones_own_that_is_not_there_is_an_error(self, checked: Checked) -> None:
        config = "language: en\npipeline: [{name: not_there.Tokenizer}]\n"
        (said,) = errors(checked({"config.yml": config}))
        assert said.startswith("config.yml:2: error: ")
        assert "No module named 'not_there'" in said

    def test_data_that_nothing_uses_is_told(self, checked: Checked) -> None:
        nlu = (
            FINE["data/nlu.yml"].replace("- bye\n", '- [bye]{"entity": "x", "role": "r"}\n')
            + "- {synonym: a, examples: '- b'}\n"
            + "- {regex: a, examples: '- b'}\n"
            + "- {lookup: a, examples: '- b'}\n"
        )
        found = warnings(checked({"data/nlu.yml": nlu}))
        unused = [line for line in found if "nothing in the pipeline uses them" in line]
        assert [line.split("add ")[1] for line in unused] == [
            "DIETClassifier.",
            "DIETClassifier.",
            "RegexFeaturizer.",
            "RegexFeaturizer.",
            "EntitySynonymMapper.",
        ]

    def test_policies_must_fit_the_data(self, checked: Checked) -> None:
        head = "language: en\npipeline: [{name: KeywordIntentClassifier}]\n"
        forms = FINE["domain.yml"] + "forms:\n  f: {required_slots: []}\n"
        found = checked({"config.yml": head + "policies: [{name: MemoizationPolicy}]\n"})
        assert warnings(found) == [
            "config.yml: warning: there are rules, but no RulePolicy that follows them: add it."
        ]
        found = checked(
            {"config.yml": head + "policies: [{name: TEDPolicy}]\n", "domain.yml": forms}
        )
        assert errors(found) == [
            "domain.yml:7: error: the form 'f' needs the RulePolicy: add it to the policies.\n"
            "    see also config.yml"
        ]
        found = checked(
            {
                "config.yml": head + "policies:\n- name: RulePolicy\n"
                "  core_fallback_action_name: utter_by\n- {name: TEDPolicy, priority: 4}\n"
            }
        )
        assert errors(found) == [
            "config.yml:4: error: the RulePolicy falls back on 'utter_by', which the domain does "
            "not have. Did you mean 'utter_bye'?"
        ]
        assert warnings(found) == [
            "config.yml:6: warning: RulePolicy and TEDPolicy have the same priority 4: give each "
            "its own.\n    see also config.yml:4"
        ]
        found = checked(
            {"data/rules.yml": "rules: []\n", "config.yml": head + "policies: [{name: RulePol}]\n"}
        )
        assert "there is no policy 'RulePol'. Did you mean 'RulePolicy'?" in errors(found)[0]


class TestConflicts:
    STORIES = """\
        stories:
        - story: long
          steps:
          - intent: greet
          - action: utter_greet
          - intent: bye
          - action: utter_bye
        - story: short
          steps:
          - intent: bye
          - action: utter_greet
        """
    RULES = "rules: []\n"
    CONFIG = (
        "language: en\npipeline: [{name: KeywordIntentClassifier}]\n"
        "policies: [{name: MemoizationPolicy}]\n"
    )

    @pytest.mark.parametrize(("max_history", "count"), [(None, 0), (1, 1), (2, 0)])
    def test_the_past_is_looked_at_as_far_as_one_says(
        self, checked: Checked, max_history: int | None, count: int
    ) -> None:
        files = {
            "data/stories.yml": self.STORIES,
            "data/rules.yml": self.RULES,
            "config.yml": self.CONFIG,
        }
        found = [p for p in checked(files, max_history) if "conflict" in p.text]
        assert len(found) == count

    def test_what_begins_a_conversation_is_no_conflict(self, checked: Checked) -> None:
        stories = """\
            stories:
            - {story: a, steps: [{action: utter_greet}, {intent: bye}, {action: utter_bye}]}
            - {story: b, steps: [{intent: greet}, {action: utter_greet}]}
            """
        found = checked({"data/stories.yml": stories, "config.yml": self.CONFIG})
        assert not any("conflict" in problem.text for problem in found)

    def test_many_stories_are_counted(self, checked: Checked) -> None:
        told = "".join(
            f"- story: s{i}\n  steps:\n  - slot_was_set: [x{i}: 1]\n  - intent: bye\n"
            "  - action: utter_bye\n  - intent: greet\n"
            f"  - action: utter_{'greet' if i else 'bye'}\n"
            for i in range(6)
        )
        domain = (
            FINE["domain.yml"]
            + "slots:\n"
            + "".join(f"  x{i}: {{type: bool, mappings: [{{type: custom}}]}}\n" for i in range(6))
        )
        found = checked(
            {"data/stories.yml": f"stories:\n{told}", "domain.yml": domain, "data/rules.yml": ""}
        )
        assert not any("conflict" in problem.text for problem in found), "slots tell them apart"


def test_every_wrong_option_of_the_configuration_is_told_with_its_line(checked: Checked) -> None:
    found = checked(
        {
            "config.yml": """\
            language: en
            pipeline:
            - name: WhitespaceTokenizer
            - name: CountVectorsFeaturizer
              max_ngrams: 4
            - name: CountVectorsFeaturizer
              analyzer: chars
            - name: KeywordIntentClassifier
            policies:
            - name: RulePolicy
            - name: MemoizationPolicy
              max_history: six
            """
        }
    )
    first, second, third = errors(found)
    assert "config.yml:4: " in first
    assert "Did you mean 'max_ngram'?" in first
    assert "config.yml:6: " in second
    assert "'chars'" in second
    assert "config.yml:11: error: MemoizationPolicy: max_history" in third


@pytest.mark.parametrize(
    ("finds", "after", "warned"),
    [
        ("true", "EntitySynonymMapper", 1),
        ("false", "EntitySynonymMapper", 0),
        ("true", "EntityConflictResolver", 0),
    ],
)
def test_patterns_compete_only_with_a_classifier_that_finds_entities_where_nobody_decides(
    checked: Checked, finds: str, after: str, warned: int
) -> None:
    found = checked(
        {
            "config.yml": f"""\
            language: en
            pipeline:
            - name: WhitespaceTokenizer
            - name: CountVectorsFeaturizer
            - name: DIETClassifier
              entity_recognition: {finds}
            - name: RegexEntityExtractor
            - name: {after}
            policies: [{{name: RulePolicy}}, {{name: MemoizationPolicy}}]
            """,
            "domain.yml": FINE["domain.yml"] + "entities: [code]\n",
            "data/nlu.yml": """\
            nlu:
            - regex: code
              examples: |
                - \\d{5}
            - intent: greet
              examples: |
                - hi
                - hello
            - intent: bye
              examples: |
                - bye [12345](code)
                - so long [54321](code)
            """,
        }
    )
    assert sum("both find code" in warning for warning in warnings(found)) == warned
