import sys
from pathlib import Path

import pytest

from bespeak.errors import ExtensionError
from bespeak.extend import build, find, load, load_module

BUILTIN = {"Fraction": "fractions.Fraction", "Logger": "logging.Logger"}


def test_a_name_of_the_table_is_built_with_the_rest_of_its_entry() -> None:
    half = build("nlu", BUILTIN, {"name": "Fraction", "numerator": 1, "denominator": 2})
    assert half == load("fractions.Fraction")(1, 2)


def test_the_entry_is_left_as_it_was() -> None:
    entry = {"name": "Fraction"}
    build("nlu", BUILTIN, entry)
    assert entry == {"name": "Fraction"}


def test_an_unknown_name_is_answered_with_the_nearest_and_all_known_ones() -> None:
    with pytest.raises(ExtensionError) as caught:
        find("nlu", BUILTIN, "Fracton")
    assert str(caught.value) == (
        "No nlu extension is called 'Fracton'. Did you mean 'Fraction'? Known: Fraction, Logger. "
        "Your own is named by its module path, as in 'connectors.whatsapp.WhatsApp'."
    )


def test_an_option_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(ExtensionError) as caught:
        build("nlu", BUILTIN, {"name": "Logger", "name_": "x", "levle": 3})
    assert "'Logger' cannot be built: " in str(caught.value)
    assert str(caught.value).endswith("Its options are: name, level.")


def test_a_mistyped_option_is_answered_with_the_nearest() -> None:
    with pytest.raises(ExtensionError, match="Did you mean 'denominator'"):
        build("nlu", BUILTIN, {"name": "Fraction", "denominatr": 2})


@pytest.mark.parametrize("entry", [{}, {"name": None}, {"name": 3}, {"name": ""}])
def test_an_entry_without_a_name_is_refused(entry: dict[str, object]) -> None:
    with pytest.raises(ExtensionError, match="needs a 'name'"):
        build("nlu", BUILTIN, entry)


def test_rasas_full_module_path_means_our_class_of_that_name() -> None:
    path = "rasa.nlu.classifiers.diet_classifier.Fraction"
    assert find("nlu", BUILTIN, path) is load("fractions.Fraction")


def test_a_rasa_path_we_do_not_have_is_answered_with_the_nearest() -> None:
    with pytest.raises(ExtensionError, match=r"called 'rasa\.nlu\.x\.Fractin'. Did you mean"):
        find("nlu", BUILTIN, "rasa.nlu.x.Fractin")


def test_a_module_path_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_own_component.py").write_text("class Mine: pass")
    monkeypatch.syspath_prepend(tmp_path)
    assert type(build("nlu", BUILTIN, {"name": "my_own_component.Mine"})).__name__ == "Mine"
    del sys.modules["my_own_component"]


def test_a_module_that_is_not_there_says_so() -> None:
    with pytest.raises(ExtensionError, match=r"'nowhere\.at' cannot be imported: No module named"):
        find("nlu", BUILTIN, "nowhere.at.All")


def test_a_class_that_its_module_does_not_have_is_answered_with_the_nearest() -> None:
    with pytest.raises(ExtensionError, match=r"has no 'Fractoin'\. Did you mean 'Fraction'\?"):
        load("fractions.Fractoin")


def test_a_module_with_a_syntax_error_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_broken_component.py").write_text("class Mine:")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ExtensionError, match="'my_broken_component' cannot be imported"):
        find("nlu", BUILTIN, "my_broken_component.Mine")


def test_a_missing_optional_dependency_names_the_line_that_installs_it() -> None:
    with pytest.raises(ExtensionError, match=r"pip install 'bespeak\[spacy\]'"):
        load_module("a_module_that_nobody_has", extra="spacy")


def test_an_installed_entry_point_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "parrot.py").write_text("class Parrot: pass")
    about = tmp_path / "parrot-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: parrot\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[bespeak.nlu]\nParrot = parrot:Parrot\nGone = parrot:Gone\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert find("nlu", BUILTIN, "Parrot").__name__ == "Parrot"
    with pytest.raises(ExtensionError, match="'Gone' of the package 'parrot' cannot be imported"):
        find("nlu", BUILTIN, "Gone")
    with pytest.raises(ExtensionError, match="No policies extension is called 'Parrot'"):
        find("policies", BUILTIN, "Parrot")
    del sys.modules["parrot"]


@pytest.mark.parametrize("path", ["math.pi", "builtins.dict"])
def test_what_has_no_constructor_we_can_read_cannot_be_built(path: str) -> None:
    with pytest.raises(ExtensionError, match=f"'{path}' cannot be built"):
        build("nlu", BUILTIN, {"name": path})
