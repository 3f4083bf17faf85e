"""Every command, as a process of its own, on a small project."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import at_terminal, bespeak
from tests.engine.evaluation.projects import FILES

TESTS = """\
version: "3.1"
stories:
- story: a trip
  steps:
  - user: travel to [Oslo](city)
    intent: book
  - slot_was_set:
    - city: Oslo
  - action: trip
  - active_loop: trip
- story: a greeting
  steps:
  - user: hello
    intent: greet
  - action: utter_greet
"""

ENDPOINTS = """\
tracker_store:
  type: SQL
  dialect: sqlite
  db: conversations.db
event_broker:
  type: file
  path: events.log
"""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a model."""
    folder = tmp_path_factory.mktemp("trained")
    write(folder, {**FILES, "tests/test_stories.yml": TESTS, "endpoints.yml": ENDPOINTS})
    done = bespeak(folder, "train")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(trained, tmp_path / "project"))


# --- all commands -----------------------------------------------------------------------------


def test_help_lists_the_commands_and_is_quick_to_import() -> None:
    done = bespeak(Path(), "--help")
    assert done.returncode == 0
    for name in ("init", "train", "run", "shell", "test", "data", "visualize", "export"):
        assert re.search(rf"^  {name}\b", done.stdout, re.MULTILINE)


def test_without_a_command_help_is_shown_and_the_exit_code_says_so() -> None:
    done = bespeak(Path())
    assert (done.returncode, "commands:" in done.stdout) == (1, True)


def test_the_version_tells_the_format_too() -> None:
    done = bespeak(Path(), "--version")
    assert re.fullmatch(r"Bespeak \S+ \(formats and protocols of Rasa 3\.6\.21\)\n", done.stdout)


def test_words_that_mean_nothing_are_told_with_what_is_known() -> None:
    unknown = bespeak(Path(), "trian")
    assert (unknown.returncode, "there is no command 'trian'" in unknown.stderr) == (2, True)
    option = bespeak(Path(), "train", "--nonsense")
    assert (option.returncode, "--nonsense" in option.stderr) == (2, True)


def test_an_error_is_a_sentence_and_no_stack(tmp_path: Path) -> None:
    done = bespeak(tmp_path, "shell")
    assert done.returncode == 1
    assert done.stderr.startswith("ModelError: There is no model in 'models'. Train one")
    assert "Traceback" not in done.stderr


def test_a_stack_is_shown_when_everything_is_asked_for(tmp_path: Path) -> None:
    assert "Traceback" in bespeak(tmp_path, "shell", "-vv").stderr


def test_a_folder_that_cannot_be_written_is_an_error_and_no_crash(project: Path) -> None:
    (project / "taken").write_text("a file")
    done = bespeak(project, "train", "--force", "--out", "taken/models")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "taken" in done.stderr


def test_a_reader_that_has_read_enough_is_no_error(trained: Path) -> None:
    command = f"{sys.executable} -m bespeak data validate --help | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=trained,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_logging_can_be_configured_by_a_file(project: Path) -> None:
    write(
        project,
        {
            "logging.yml": "version: 1\nhandlers:\n  file:\n    class: logging.FileHandler\n"
            "    filename: all.log\nroot:\n  level: INFO\n  handlers: [file]\n"
        },
    )
    done = bespeak(project, "train", "--num-threads", "2", "--logging-config-file", "logging.yml")
    assert done.returncode == 0
    assert "--num-threads has no effect" in (project / "all.log").read_text()
    assert "--num-threads" not in done.stderr
    write(project, {"logging.yml": "root: {}\n"})
    done = bespeak(project, "train", "--logging-config-file", "logging.yml")
    assert (done.returncode, "does not configure logging" in done.stderr) == (1, True)


# --- train ------------------------------------------------------------------------------------


def test_training_again_keeps_the_model_and_says_so(project: Path) -> None:
    done = bespeak(project, "train")
    assert (done.returncode, "Nothing has changed" in done.stderr) == (0, True)
    assert len(list((project / "models").iterdir())) == 1
    assert done.stdout == ""


def test_a_dry_run_says_by_its_exit_code_what_would_be_done(project: Path) -> None:
    assert bespeak(project, "train", "--dry-run").returncode == 0
    assert bespeak(project, "train", "--dry-run", "--force").returncode == 8
    domain = project / "domain.yml"
    domain.write_text(domain.read_text().replace("Hello!", "Good day!"))
    only_words = bespeak(project, "train", "--dry-run")
    assert (only_words.returncode, "Only the domain has changed" in only_words.stderr) == (0, True)
    stories = project / "data/stories.yml"
    stories.write_text(stories.read_text().replace("utter_welcome", "utter_hours"))
    changed = bespeak(project, "train", "--dry-run")
    assert changed.returncode == 1
    assert "would be trained: policies/00-MemoizationPolicy" in changed.stderr
    assert "would be kept:    nlu/00-WhitespaceTokenizer" in changed.stderr
    assert len(list((project / "models").iterdir())) == 1


def test_halves_are_trained_by_name(project: Path) -> None:
    assert bespeak(project, "train", "nlu", "-u", "data/nlu.yml", "--out", "a").returncode == 0
    assert bespeak(project, "train", "core", "-s", "data", "--out", "b").returncode == 0
    assert [path.name[:4] for path in (project / "a").iterdir()] == ["nlu-"]
    assert [path.name[:5] for path in (project / "b").iterdir()] == ["core-"]


def test_problems_end_the_training_all_at_once_with_file_and_line(project: Path) -> None:
    rules = project / "data/rules.yml"
    rules.write_text(rules.read_text().replace("utter_hours", "utter_huors"))
    domain = project / "domain.yml"
    domain.write_text(domain.read_text().replace("entity: city", "entity: town"))
    done = bespeak(project, "train")
    assert done.returncode == 1
    assert "ProjectError: 1 problem in the project:\n" in done.stderr
    assert re.search(r"data/rules\.yml:\d+: error: .*utter_huors", done.stderr)
    assert bespeak(project, "train", "--skip-validation", "--dry-run").returncode in (0, 1)


def test_warnings_end_the_training_where_that_was_asked_for(project: Path) -> None:
    assert bespeak(project, "train", "--force").returncode == 0
    done = bespeak(project, "train", "--fail-on-validation-warnings")
    assert done.returncode == 1
    assert "and --fail-on-validation-warnings was given" in done.stderr


def test_a_model_can_be_named_signed_and_forced(project: Path) -> None:
    key = "openssl genpkey -algorithm ed25519 -out key.pem"
    if subprocess.run(key, shell=True, cwd=project, capture_output=True, check=False).returncode:
        pytest.skip("openssl is not installed")
    words = ("--fixed-model-name", "mine", "--sign", "key.pem", "--force")
    assert bespeak(project, "train", *words).returncode == 0
    assert (project / "models/mine.tar.gz").exists()
    missing = bespeak(project, "train", "--sign", "nowhere.pem")
    assert (missing.returncode, "nowhere.pem" in missing.stderr) == (1, True)


def test_configurations_are_compared(project: Path) -> None:
    config = (project / "config.yml").read_text()
    write(project, {"a.yml": config, "b.yml": config.replace("  - name: MemoizationPolicy\n", "")})
    done = bespeak(project, "train core -c a.yml b.yml --percentages 0 50 --runs 1 --out cmp")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (project / "cmp/run_1").iterdir()) == [
        f"{name}__percentage__{percentage}.tar.gz" for name in "ab" for percentage in (0, 50)
    ]
    done = bespeak(project, "test core -m cmp --evaluate-model-directory --no-plot")
    assert done.returncode == 0, done.stderr
    assert json.loads((project / "results/results.json").read_text()) == {
        "a": [[2, 2]],
        "b": [[2, 2]],
    }
    assert bespeak(project, "train", "-c", "a.yml", "b.yml").returncode == 1


# --- data -------------------------------------------------------------------------------------


def test_validate_tells_warnings_and_fails_on_them_if_asked(project: Path) -> None:
    done = bespeak(project, "data", "validate")
    assert done.returncode == 0
    assert "warning: the intent 'cancel' is not used" in done.stderr
    assert "The project fits together." in done.stderr
    assert bespeak(project, "data", "validate", "--fail-on-warnings").returncode == 1
    assert bespeak(project, "data", "validate", "stories", "--fail-on-warnings").returncode == 0


def test_data_are_parted_the_same_way_by_the_same_seed(project: Path) -> None:
    for out in ("one", "two"):
        words = ("data", "split", "nlu", "--random-seed", "3", "--out", out)
        assert bespeak(project, *words).returncode == 0
    one, two = (project / out / "training_data.yml" for out in ("one", "two"))
    assert one.read_text() == two.read_text()
    assert (project / "one/test_data.yml").exists()
    stories = bespeak(project, "data", "split", "stories", "--out", "parts")
    assert (stories.returncode, (project / "parts/test_stories.yml").exists()) == (0, True)
    wrong = bespeak(project, "data", "split", "nlu", "--training-fraction", "2")
    assert (wrong.returncode, "between 0 and 1" in wrong.stderr) == (1, True)


def test_data_are_converted_to_json_and_back(project: Path) -> None:
    assert bespeak(project, "data convert nlu -f json --out nlu.json").returncode == 0
    assert json.loads((project / "nlu.json").read_text())["rasa_nlu_data"]["common_examples"]
    words = "data convert nlu -f yaml --data nlu.json --out back"
    assert bespeak(project, words).returncode == 0
    assert "[Oslo](city)" in (project / "back/converted_nlu.yml").read_text()
    missing = bespeak(project, "data convert nlu --data nowhere")
    assert (missing.returncode, "nowhere" in missing.stderr) == (1, True)


def test_variants_of_examples_are_proposed_outside_of_the_data_and_never_overwritten(
    project: Path,
) -> None:
    before = (project / "data/nlu.yml").read_text()
    done = bespeak(project, "data augment --count 3 --seed 1")
    assert done.returncode == 0, done.stderr
    proposed = (project / "proposals.yml").read_text()
    assert proposed.startswith("# PROPOSALS, FOR REVIEW.")
    again = bespeak(project, "data augment --count 3 --seed 1")
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert bespeak(project, "data augment --count 3 --seed 1 --out same.yml").returncode == 0
    assert (project / "same.yml").read_text() == proposed
    asked = bespeak(project, "data augment --model models --intents book --out wrong.yml")
    assert asked.returncode == 0, asked.stderr
    assert "- intent: book" in (project / "wrong.yml").read_text()
    assert "- intent: greet" not in (project / "wrong.yml").read_text()
    within = bespeak(project, "data augment --out data/proposals.yml")
    assert (within.returncode, "without a review" in within.stderr) == (1, True)
    unknown = bespeak(project, "data augment --intents boook --out no.yml")
    assert (unknown.returncode, "Did you mean 'book'?" in unknown.stderr) == (1, True)
    assert (project / "data/nlu.yml").read_text() == before
    assert "would be kept" in bespeak(project, "train --dry-run").stderr


def test_a_domain_of_rasa_2_is_migrated_and_the_difference_shown(tmp_path: Path) -> None:
    old = (
        'version: "2.0"\nintents: [greet]\nentities: [city]\n'
        "slots:\n  city:\n    type: text\n"
        "forms:\n  trip:\n    required_slots:\n      city:\n      - type: from_entity\n"
        "        entity: city\n"
    )
    write(tmp_path, {"domain.yml": old})
    done = bespeak(tmp_path, "data", "migrate", "--out", "new.yml")
    assert done.returncode == 0, done.stderr
    assert "mappings:" in (tmp_path / "new.yml").read_text()
    assert (tmp_path / "original_domain.yml").read_text() == old
    assert "mappings" in done.stderr


# --- test -------------------------------------------------------------------------------------


def test_stories_and_understanding_are_tested_with_reports_and_pictures(project: Path) -> None:
    done = bespeak(project, "test", "--successes")
    assert done.returncode == 0, done.stderr
    assert "2 of 2 test stories passed, understanding included" in done.stderr
    assert "of 5 rules: 'Greet somebody important'" in done.stderr
    written = {path.name for path in (project / "results").iterdir()}
    assert written >= {
        "story_report.json",
        "story_coverage.json",
        "story_confusion_matrix.png",
        "failed_test_stories.yml",
        "successful_test_stories.yml",
        "stories_with_warnings.yml",
        "intent_report.json",
        "intent_errors.json",
        "intent_confusion_matrix.png",
        "intent_histogram.png",
        "intent_reliability.png",
        "nlu.html",
        "entity_spans.json",
        "RegexEntityExtractor_report.json",
    }


def test_a_failed_story_is_told_and_fails_the_command_if_asked(project: Path) -> None:
    tests = project / "tests/test_stories.yml"
    tests.write_text(TESTS.replace("utter_greet", "utter_bye"))
    words = ("test", "core", "--no-plot")
    done = bespeak(project, *words)
    assert done.returncode == 0
    assert "1 of 2 test stories passed" in done.stderr
    assert "line 15: expected utter_bye, predicted utter_greet (RulePolicy 1.00)" in done.stderr
    failed = (project / "results/failed_test_stories.yml").read_text()
    assert "- action: utter_bye  # predicted: utter_greet" in failed
    assert bespeak(project, *words, "--fail-on-prediction-errors").returncode == 1


def test_with_e2e_what_users_say_counts(project: Path) -> None:
    tests = project / "tests/test_stories.yml"
    tests.write_text(TESTS.replace("user: hello", "user: bye"))
    words = ("test", "core", "--no-plot", "--fail-on-prediction-errors")
    assert bespeak(project, *words).returncode == 0
    done = bespeak(project, *words, "--e2e")
    assert done.returncode == 1
    assert "'bye': expected intent greet, understood bye" in done.stderr


def test_test_stories_that_are_not_there_are_missed_only_if_asked_for(project: Path) -> None:
    shutil.rmtree(project / "tests")
    assert bespeak(project, "test", "--no-plot").returncode == 0
    done = bespeak(project, "test", "core")
    assert (done.returncode, "There are no test stories" in done.stderr) == (1, True)
    done = bespeak(project, "test", "core", "-s", "data", "--no-plot")
    assert (done.returncode, "1 of 1 test stories passed" in done.stderr) == (0, True)


def test_half_a_model_is_tested_as_far_as_it_goes(project: Path) -> None:
    shutil.rmtree(project / "models")
    bespeak(project, "train", "core")
    done = bespeak(project, "test", "--no-plot")
    assert (done.returncode, "2 of 2 test stories passed;" in done.stderr) == (0, True)
    assert "no NLU part: understanding is not tested" in done.stderr
    assert bespeak(project, "test", "core", "--e2e").returncode == 1
    shutil.rmtree(project / "models")
    bespeak(project, "train", "nlu")
    done = bespeak(project, "test", "--no-plot")
    assert (done.returncode, "Intent accuracy 100.0%" in done.stderr) == (0, True)
    assert bespeak(project, "test", "core").returncode == 1


def test_understanding_is_cross_validated_without_a_model(project: Path) -> None:
    shutil.rmtree(project / "models")
    done = bespeak(project, "test nlu --cross-validation -f 2 --no-plot")
    assert done.returncode == 0, done.stderr
    assert "±" in done.stderr
    assert "Under noise: typos" in done.stderr
    assert "Begin with results/nlu.html" in done.stderr
    assert "Cross-validated in 2 folds, seed 42" in (project / "results/nlu.html").read_text()
    for name in ("intent_report", "nlu_advice", "nlu_robustness", "intent_calibration"):
        assert json.loads((project / f"results/{name}.json").read_text())
    clean = bespeak(project, "test nlu --cross-validation -f 2 --no-plot --no-noise --out clean")
    assert "Under noise" not in clean.stderr
    assert not (project / "clean/nlu_robustness.json").exists()
    wrong = bespeak(project, "test nlu --cross-validation -f 1")
    assert (wrong.returncode, "at least 2" in wrong.stderr) == (1, True)


def test_pipelines_are_compared(project: Path) -> None:
    config = (project / "config.yml").read_text()
    write(project, {"a.yml": config, "b.yml": config.replace("false", "true")})
    words = "test nlu -c a.yml b.yml -p 0 50 -r 1 --out cmp"
    done = bespeak(project, words)
    assert done.returncode == 0, done.stderr
    results = json.loads((project / "cmp/results.json").read_text())
    assert {name: [len(run) for run in runs] for name, runs in results.items()} == {
        "a": [2],
        "b": [2],
    }
    assert (project / "cmp/nlu_model_comparison_graph.pdf").read_bytes()[:4] == b"%PDF"


def test_whole_conversations_are_held(project: Path) -> None:
    steps = "  - user: hello\n  - bot: Hello!\n"
    write(project, {"talks/a.yml": f"conversations:\n- conversation: one\n  steps:\n{steps}"})
    done = bespeak(project, "test", "e2e", "-s", "talks")
    assert (done.returncode, "1 of 1 conversations passed" in done.stderr) == (0, True)
    talk = project / "talks/a.yml"
    talk.write_text(talk.read_text().replace("Hello!", "Good day!"))
    done = bespeak(project, "test", "e2e", "-s", "talks")
    assert done.returncode == 1
    assert "line 5: expected 'Good day!'; was said 'Hello!'" in done.stderr


# --- shell, explain, export, visualize ----------------------------------------------------------


def test_explain_looks_where_the_server_keeps_conversations(project: Path) -> None:
    bespeak(project, "shell", "--conversation-id", "ann", typed="hello\n")
    (project / "endpoints.yml").write_text("")  # the file is what the server takes without it
    why = bespeak(project, "explain", "ann")
    assert (why.returncode, "hello" in why.stdout) == (0, True)


def test_a_conversation_in_a_pipe_is_kept_explained_and_exported(project: Path) -> None:
    talk = bespeak(project, "shell", "--conversation-id", "ann", typed="hello\ntravel to Oslo\n")
    assert (talk.returncode, talk.stdout) == (0, "Hello!\nHow many?\n")
    why = bespeak(project, "explain", "ann")
    assert why.returncode == 0
    assert "rule 'Open the form' (data/rules.yml:" in why.stdout
    assert "city = 'Oslo': entity 'city' gives it" in why.stdout
    [last] = json.loads(bespeak(project, "explain", "ann", "--json", "--last", "1").stdout)
    assert last["intent"]["name"] == "book"
    unknown = bespeak(project, "explain", "bob")
    assert (unknown.returncode, "no conversation 'bob'" in unknown.stderr) == (1, True)

    done = bespeak(project, "export")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in (project / "events.log").read_text().splitlines()]
    assert [event["text"] for event in events if event["event"] == "user"] == [
        "hello",
        "travel to Oslo",
    ]
    assert {event["sender_id"] for event in events} == {"ann"}
    late = bespeak(project, "export", "--minimum-timestamp", "99999999999")
    assert (late.returncode, "no events" in late.stderr) == (1, True)
    nobody = bespeak(project, "export", "--conversation-ids", "bob")
    assert (nobody.returncode, "bob" in nobody.stderr) == (1, True)


def test_the_shell_at_a_terminal_greets_answers_explains_and_ends(project: Path) -> None:
    code, seen = at_terminal(project, ["shell", "--explain"], ["hello", "/stop"])
    assert code == 0
    assert "is ready" in seen
    assert "Hello!" in seen
    assert "Understood as greet (1.00)" in seen
    assert "\x1b[" in seen  # colours at a terminal


def test_control_c_ends_the_shell(project: Path) -> None:
    code, seen = at_terminal(project, ["shell"], ["hello", "^C"])
    assert (code, "Hello!" in seen, "Traceback" in seen) == (0, True, False)


REMIND = """
from datetime import datetime, timedelta

from rasa_sdk import Action
from rasa_sdk.events import ReminderScheduled


class ActionRemind(Action):
    def name(self):
        return "action_remind"

    async def run(self, dispatcher, tracker, domain):
        soon = datetime.now() + timedelta(seconds=1)
        return [ReminderScheduled("greet", soon, name="again")]
"""


def test_a_reminder_is_heard_while_the_shell_waits(project: Path) -> None:
    write(project, {"actions/__init__.py": REMIND})
    (project / "endpoints.yml").write_text("action_endpoint:\n  module: actions\n")
    domain, rules = project / "domain.yml", project / "data/rules.yml"
    domain.write_text(domain.read_text() + "actions: [action_remind]\n")
    rules.write_text(rules.read_text().replace("- action: utter_hours", "- action: action_remind"))
    assert bespeak(project, "train").returncode == 0
    code, seen = at_terminal(project, ["shell"], ["open", "… Hello!", "/stop"])
    assert (code, "Hello!" in seen) == (0, True)


def test_shell_nlu_shows_parse_data(project: Path) -> None:
    done = bespeak(project, "shell", "nlu", typed="travel to Oslo\n")
    assert done.returncode == 0
    parsed = json.loads(done.stdout)
    assert (parsed["intent"]["name"], parsed["entities"][0]["value"]) == ("book", "Oslo")
    code, seen = at_terminal(project, ["shell", "nlu"], ["hello", "^C"])
    assert (code, '"greet"' in re.sub(r"\x1b\[[0-9;]*m", "", seen)) == (0, True)


def test_the_shell_takes_a_model_as_its_last_word(project: Path) -> None:
    assert bespeak(project, "train", "nlu", "--fixed-model-name", "only").returncode == 0
    done = bespeak(project, "shell", "models/only.tar.gz", typed="hello\n")
    assert json.loads(done.stdout)["intent"]["name"] == "greet"  # it understands, no more
    bespeak(project, "train", "core", "--fixed-model-name", "decides")
    done = bespeak(project, "shell", "nlu", "-m", "models/decides.tar.gz", typed="hello\n")
    assert (done.returncode, "has no NLU part" in done.stderr) == (1, True)


def test_stories_are_drawn(project: Path) -> None:
    done = bespeak(project, "visualize", "--out", "picture.html")
    assert done.returncode == 0
    assert "utter_welcome" in (project / "picture.html").read_text()


def test_nothing_is_coloured_outside_a_terminal(project: Path) -> None:
    done = bespeak(project, "data", "validate")
    assert "\x1b[" not in done.stdout + done.stderr


def test_telemetry_is_accepted_and_does_nothing(tmp_path: Path) -> None:
    done = bespeak(tmp_path, "telemetry", "disable")
    assert (done.returncode, list(tmp_path.iterdir())) == (0, [])
