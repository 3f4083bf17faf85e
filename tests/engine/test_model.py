"""Archives: whole or not at all, and refused when touched."""

import io
import json
import tarfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bespeak import model
from bespeak.errors import ModelError


def metadata(**changes: object) -> model.Metadata:
    told = {
        "trained_at": "2026-11-20T10:00:00+00:00",
        "model_id": "m1",
        "assistant_id": "a1",
        "language": "en",
        "training_type": "both",
        "domain": {},
    }
    return model.Metadata(**{**told, **changes})  # type: ignore[arg-type]


def packed(tmp_path: Path, *, key: Ed25519PrivateKey | None = None) -> Path:
    folder = tmp_path / "parts"
    (folder / "nlu" / "00-Keyword").mkdir(parents=True)
    (folder / "nlu" / "00-Keyword" / "keywords.json").write_text('{"hi": "greet"}')
    return model.write(folder, metadata(), tmp_path / "models" / "one.tar.gz", key=key)


def repacked(path: Path, changes: dict[str, bytes | None]) -> Path:
    """Write the archive again with other contents: what somebody who tampers would do."""
    target = path.with_name("touched.tar.gz")
    with tarfile.open(path) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            content = old.extractfile(member)
            data = changes.pop(member.name, content.read() if content else b"")
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
        for name, data in changes.items():
            info = tarfile.TarInfo(name)
            info.size = len(data or b"")
            new.addfile(info, io.BytesIO(data or b""))
    return target


def test_an_archive_comes_back_as_it_was_written(tmp_path: Path) -> None:
    with model.opened(packed(tmp_path)) as (folder, told):
        assert told == metadata(pipeline=[], policies=[])
        assert (folder / "nlu/00-Keyword/keywords.json").read_text() == '{"hi": "greet"}'
    assert not folder.exists()
    assert model.described(tmp_path / "models" / "one.tar.gz").model_id == "m1"


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    target = tmp_path / "models" / "one.tar.gz"
    target.mkdir(parents=True)  # so that the last step fails
    with pytest.raises(OSError):
        model.write(folder, metadata(), target)
    assert [path.name for path in target.parent.iterdir()] == ["one.tar.gz"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"nlu/00-Keyword/keywords.json": b'{"hi": "evil"}'}, "tampered"),
        ({"nlu/00-Keyword/keywords.json": None}, "tampered"),
        ({"nlu/extra.json": b"{}"}, "tampered"),
        ({"nlu/model.pkl": b"cos\nsystem"}, "files of the kinds"),
        ({"../outside.json": b"{}"}, "no plain file inside"),
        ({"/etc/outside.json": b"{}"}, "no plain file inside"),
        ({"manifest.json": None}, "no readable manifest"),
        ({"components/run_DIET/model.json": b"{}"}, "trained by Rasa"),
    ],
)
def test_a_touched_archive_is_refused(
    tmp_path: Path, changes: dict[str, bytes | None], told: str
) -> None:
    with (
        pytest.raises(ModelError, match=told),
        model.opened(repacked(packed(tmp_path), dict(changes))),
    ):
        pass


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path)
    with tarfile.open(tmp_path / "link.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("metadata.json")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(ModelError, match="no plain file"), model.opened(tmp_path / "link.tar.gz"):
        pass
    assert path.exists()


def test_with_trusted_keys_an_archive_must_be_signed_by_one(tmp_path: Path) -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    unsigned = packed(tmp_path / "a")
    signed = packed(tmp_path / "b", key=key)
    with model.opened(signed, trusted=[other.public_key(), key.public_key()]) as (_, told):
        assert told.model_id == "m1"
    with (
        pytest.raises(ModelError, match="not signed"),
        model.opened(unsigned, trusted=[key.public_key()]),
    ):
        pass
    with (
        pytest.raises(ModelError, match="none of the trusted keys"),
        model.opened(signed, trusted=[other.public_key()]),
    ):
        pass


def test_an_archive_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    path = model.write(folder, metadata(format=99), tmp_path / "new.tar.gz")
    with pytest.raises(ModelError, match="newer"), model.opened(path):
        pass


def test_the_latest_model_of_a_folder_is_the_one_changed_last(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="bespeak train"):
        model.latest(tmp_path / "models")
    first = packed(tmp_path)
    assert model.latest(first.parent) == first
    assert model.latest(first) == first


def test_what_is_no_archive_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "text.tar.gz"
    path.write_text("hello")
    with pytest.raises(ModelError, match="cannot be read as a model archive"), model.opened(path):
        pass
    with pytest.raises(ModelError, match="is not a model archive"):
        model.described(path)
    with pytest.raises(ModelError, match="no model at"), model.opened(tmp_path / "none.tar.gz"):
        pass


def test_a_manifest_names_every_file(tmp_path: Path) -> None:
    with tarfile.open(packed(tmp_path)) as archive:
        content = archive.extractfile("manifest.json")
        assert content is not None
        named = json.load(content)["sha256"]
        assert set(named) == set(archive.getnames()) - {"manifest.json"}
