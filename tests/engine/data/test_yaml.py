from pathlib import Path
from typing import Any

import pytest

from bespeak.data import yaml
from bespeak.data.problems import Problems, ProblemsFound
from bespeak.data.yaml import YamlList, YamlMap


def parsed(text: str, **environment: str) -> YamlMap:
    return yaml.parse(text, "x.yml", Problems(), environment)


def refusal(text: str, **environment: str) -> str:
    with pytest.raises(ProblemsFound) as caught:
        parsed(text, **environment)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", 3),
        ("-1_000", -1000),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        (".inf", float("inf")),
        ("2020-01-01", "2020-01-01"),
        ("12:30", "12:30"),
        ("3.1.4", "3.1.4"),
        ("'true'", "true"),
        ('"1"', "1"),
        ("9" * 500, "9" * 500),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written: str, value: Any) -> None:
    assert parsed(f"key: {written}")["key"] == value
    assert type(parsed(f"key: {written}")["key"]) is type(value)


def test_every_key_and_item_knows_its_line() -> None:
    content = parsed("a: 1\nb:\n  - x\n  -\n    c: |\n      text\n      more\n")
    assert content.at("b").line == 2
    items = content["b"]
    assert isinstance(items, YamlList)
    assert [items.at(i).line for i in range(2)] == [3, 5]
    assert items[1].text_line("c") == 6
    assert str(items[1].at("c")) == "x.yml:5"


def test_variables_in_plain_scalars_come_from_the_environment() -> None:
    content = parsed("a: ${HOST}/x\nb: '${HOST}'\nc: |\n  ${HOST}\nd: $HOST", HOST="there")
    assert dict(content) == {"a": "there/x", "b": "${HOST}", "c": "${HOST}\n", "d": "$HOST"}


def test_an_unresolved_variable_is_named_with_its_line() -> None:
    assert refusal("a: 1\nb: ${TOKEN}") == (
        "x.yml:2: error: the environment variable 'TOKEN' is not set. "
        "Set it, as in: export TOKEN=..."
    )


def test_escapes_in_ascii_documents_are_characters() -> None:
    assert parsed("a: \\u00e9 \\ud83d\\ude42")["a"] == "é 🙂"
    assert parsed("a: ü \\u00e9")["a"] == "ü \\u00e9"
    assert "names no character" in refusal("a: 1\nb: \\u12")


def test_all_duplicate_keys_are_told_at_once_with_both_lines() -> None:
    assert refusal("a: 1\na: 2\nb: {c: 1, c: 2}") == (
        "x.yml:2: error: the key 'a' stands twice in one mapping.\n    see also x.yml:1\n"
        "x.yml:3: error: the key 'c' stands twice in one mapping.\n    see also x.yml:3"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: !!python/object:os.system x", "tags such as 'tag:yaml.org,2002:python/object"),
        ("a: !env x", "tags such as '!env'"),
        ("a: [1", "this is no YAML"),
        ("\tb: 1", "x.yml:1: error: this is no YAML"),
        ("a:\n\t- b", "The line begins with a tab: indent with blanks."),
        ("a: 1\n<<<<<<< HEAD\nb: 1\n", "Line 2 is left from a merge conflict."),
        ("a:\n  steps\n  b: 1\n", "Is a colon missing at the end of line 2?"),
        ("- 1", "expected a mapping at the top, found a list"),
        ("a: 1\n---\nb: 2", "x.yml:2: error: expected one document"),
        ("a: &x [*x]", "the alias '*x' stands inside what it repeats"),
        ("a: *x", "nothing is called '&x'"),
        ("? [1]\n: 2", "expected a name as key, found a list"),
        ("a: " + "[" * 101 + "]" * 101, "nested more than 100 levels"),
        ("<<: 1", "'<<' merges mappings"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(text: str, said: str) -> None:
    assert said in refusal(text)


def test_aliases_that_grow_without_bound_are_refused() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)
    )
    assert "aliases make the document larger" in refusal(bomb)


def test_aliases_and_merges_are_read() -> None:
    content = parsed("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a")
    assert content["b"] == {"y": 3, "x": 1}
    assert content["c"] == {"x": 1, "y": 2}


def test_an_empty_document_is_an_empty_mapping() -> None:
    assert parsed("# nothing\n") == {}


def test_files_that_are_too_large_or_no_utf8_are_refused(tmp_path: Path) -> None:
    large, latin = tmp_path / "large.yml", tmp_path / "latin.yml"
    large.write_bytes(b"a: " + b"x" * 10_000_000)
    latin.write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(ProblemsFound, match="larger than 10 MB"):
        yaml.read_yaml(large)
    with pytest.raises(ProblemsFound, match=r"latin.yml:2: error: byte 0xe9 is not UTF-8"):
        yaml.read_yaml(latin)
    with pytest.raises(ProblemsFound, match="cannot be read"):
        yaml.read_yaml(tmp_path / "missing.yml")


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert yaml.read_yaml(path) == {"a": 1}


def test_a_copy_knows_its_lines_and_a_plain_one_is_plain() -> None:
    content = parsed("a:\n  - b: 1")
    same = yaml.copied(content)
    assert same == content
    assert same is not content
    assert same["a"].at(0).line == 2
    assert type(yaml.plain(content)["a"]) is list
