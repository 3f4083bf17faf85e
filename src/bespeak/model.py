"""The trained archive: written atomically, read after every byte is checked, no pickle anywhere.

`models/<time>-<name>.tar.gz` holds Rasa's `metadata.json` fields, a `manifest.json` with the
sha256 of every member, the project's domain, and a folder for each component and policy. A
manifest may be signed (Ed25519); with trusted keys given, unsigned archives are refused.
"""

import base64
import hashlib
import io
import json
import os
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bespeak.errors import ModelError
from bespeak.version import RASA_VERSION, __version__

FORMAT: Final = 1
ALLOWED: Final = (".json", ".yml", ".npz", ".npy", ".safetensors", ".onnx", ".txt", ".sig")
LARGEST: Final = 2 * 1024**3
"""Bytes that an archive may unpack to."""

ADJECTIVES: Final = "brisk calm clear cosy crisp eager fair gentle keen kind light plain quick warm"
NOUNS: Final = "anchor bridge cedar comet delta ember fjord garden harbor lantern meadow river"


@dataclass(frozen=True)
class Metadata:
    """What an archive says of itself: Rasa's fields, and ours.

    `pipeline`, `policies` are config.yml's entries as they were trained; `fingerprints` name what
    each part was made of, so that the next training can keep it.
    """

    trained_at: str
    model_id: str
    assistant_id: str
    language: str
    training_type: str
    domain: Mapping[str, Any]
    pipeline: Sequence[Mapping[str, Any]] = ()
    policies: Sequence[Mapping[str, Any]] = ()
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    project_fingerprint: str = ""
    rasa_open_source_version: str = RASA_VERSION
    bespeak_version: str = __version__
    format: int = FORMAT
    core_target: str | None = None
    nlu_target: str | None = None
    train_schema: Mapping[str, Any] = field(default_factory=dict)
    predict_schema: Mapping[str, Any] = field(default_factory=dict)
    spaces: Any = None


def name_for(now: datetime, prefix: str = "") -> str:
    """Return an archive's name: `[core-|nlu-]20261120-101500-calm-river`."""
    return f"{prefix}{now:%Y%m%d-%H%M%S}-{_two_words()}"


def assistant_id_for(now: datetime) -> str:
    """Return an assistant id for a project that has none."""
    return f"{now:%Y%m%d-%H%M%S}-{_two_words()}"


def _two_words() -> str:
    return f"{secrets.choice(ADJECTIVES.split())}-{secrets.choice(NOUNS.split())}"


def write(
    folder: Path, metadata: Metadata, target: Path, *, key: Ed25519PrivateKey | None = None
) -> Path:
    """Pack a folder of trained parts into an archive at `target`, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    (folder / "metadata.json").write_text(json.dumps(asdict(metadata), indent=2))
    members = sorted(p for p in folder.rglob("*") if p.is_file())
    manifest = {str(p.relative_to(folder).as_posix()): _sha256(p.read_bytes()) for p in members}
    written = json.dumps({"format": FORMAT, "sha256": manifest}, indent=2).encode()
    extra = {"manifest.json": written}
    if key is not None:
        extra["manifest.sig"] = base64.b64encode(key.sign(written))
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
    try:
        with (
            os.fdopen(handle, "wb") as file,
            tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive,
        ):
            for member, content in extra.items():
                info = tarfile.TarInfo(member)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            for path in members:
                archive.add(path, path.relative_to(folder).as_posix(), recursive=False)
        with open(name, "rb") as written_file:
            os.fsync(written_file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


@contextmanager
def opened(
    path: Path, *, trusted: Sequence[Ed25519PublicKey] = ()
) -> Iterator[tuple[Path, Metadata]]:
    """Unpack an archive into a temporary folder, checked, for as long as the block lasts.

    Raises `ModelError` where it is missing, damaged, tampered with, unsigned although keys are
    trusted, of a newer format, or one of Rasa's own.
    """
    folder = Path(tempfile.mkdtemp(prefix="bespeak-model-"))
    try:
        _unpack(path, folder)
        _check(path, folder, trusted)
        yield folder, _metadata(path, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def described(path: Path) -> Metadata:
    """Return an archive's metadata without unpacking the rest (its hashes are not checked)."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                if PurePosixPath(member.name).name == "metadata.json":
                    content = archive.extractfile(member)
                    return _as_metadata(path, json.load(content) if content else {})
    except (OSError, tarfile.TarError, ValueError) as error:
        raise ModelError(f"{path} is not a model archive: {error}.") from error
    raise ModelError(f"{path} is not a model archive: it has no metadata.json.")


def latest(path: Path) -> Path:
    """Return the archive that `path` means: itself, or the newest one in that folder."""
    if path.is_file():
        return path
    archives = sorted(path.glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)
    if not archives:
        raise ModelError(
            f"There is no model in {str(path)!r}. Train one with `bespeak train`, or name one "
            "with `--model`."
        )
    return archives[-1]


def fingerprint(*parts: Any) -> str:
    """Return a hash of anything that JSON (or `repr`) can tell apart."""
    told = json.dumps(parts, sort_keys=True, default=repr, ensure_ascii=False)
    return _sha256(told.encode())


def utc_now() -> datetime:
    return datetime.now(UTC)


def _unpack(path: Path, folder: Path) -> None:
    try:
        with tarfile.open(path, "r:gz") as archive:
            size = 0
            for member in archive:
                size += member.size
                if size > LARGEST:
                    raise ModelError(f"{path} unpacks to more than {LARGEST} bytes: refused.")
                if member.isdir():
                    continue
                _extract(path, archive, member, folder)
    except FileNotFoundError:
        raise ModelError(
            f"There is no model at {str(path)!r}. Train one with `bespeak train`."
        ) from None
    except (OSError, tarfile.TarError, EOFError) as error:
        raise ModelError(f"{path} cannot be read as a model archive: {error}.") from error


def _extract(path: Path, archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    parts = PurePosixPath(member.name).parts
    if (parts and parts[0] == "components") or member.name.lstrip("./").startswith("components/"):
        raise ModelError(
            f"{path} was trained by Rasa: its components are TensorFlow and pickle files, which "
            "Bespeak does not load. Train the same project with `bespeak train`: it takes seconds."
        )
    if not member.isfile() or member.name.startswith("/") or ".." in parts:
        raise ModelError(
            f"{path} holds {member.name!r}, which is no plain file inside it: refused."
        )
    if PurePosixPath(member.name).suffix not in ALLOWED:
        raise ModelError(
            f"{path} holds {member.name!r}: a model has only files of the kinds "
            f"{', '.join(ALLOWED)}. It may have been tampered with."
        )
    content = archive.extractfile(member)
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        shutil.copyfileobj(content or io.BytesIO(), file)


def _check(path: Path, folder: Path, trusted: Sequence[Ed25519PublicKey]) -> None:
    try:
        written = (folder / "manifest.json").read_bytes()
        manifest = json.loads(written)["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ModelError(f"{path} has no readable manifest: it is no model of Bespeak.") from None
    found = {
        p.relative_to(folder).as_posix(): p
        for p in folder.rglob("*")
        if p.is_file() and p.name not in ("manifest.json", "manifest.sig")
    }
    changed = [n for n, p in found.items() if manifest.get(n) != _sha256(p.read_bytes())]
    wrong = sorted({*changed, *(set(manifest) - set(found))})
    if wrong:
        raise ModelError(
            f"{path} has been tampered with or is damaged: {', '.join(wrong[:3])} "
            "differ(s) from the manifest. Train again, or fetch the archive again."
        )
    if trusted:
        _check_signature(path, folder, written, trusted)


def _check_signature(
    path: Path, folder: Path, written: bytes, trusted: Sequence[Ed25519PublicKey]
) -> None:
    try:
        signature = base64.b64decode((folder / "manifest.sig").read_bytes())
    except OSError:
        raise ModelError(
            f"{path} is not signed, but endpoints.yml lists trusted keys: it is refused. "
            "Sign it with `bespeak train --sign KEY`."
        ) from None
    for key in trusted:
        try:
            key.verify(signature, written)
        except InvalidSignature:
            continue
        return
    raise ModelError(f"{path} is signed by none of the trusted keys of endpoints.yml: refused.")


def _metadata(path: Path, folder: Path) -> Metadata:
    try:
        wire = json.loads((folder / "metadata.json").read_text())
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} has no readable metadata: {error}.") from error
    return _as_metadata(path, wire)


def _as_metadata(path: Path, wire: Mapping[str, Any]) -> Metadata:
    if wire.get("format") is None:
        raise ModelError(
            f"{path} was trained by Rasa {wire.get('rasa_open_source_version', '')}: Bespeak "
            "cannot run its TensorFlow components. Train the same project with `bespeak train`."
        )
    if wire["format"] > FORMAT:
        raise ModelError(
            f"{path} was written by Bespeak {wire.get('bespeak_version')}, which is newer than "
            f"this one ({__version__}). Upgrade, or train again."
        )
    known = {name: wire[name] for name in Metadata.__dataclass_fields__ if name in wire}
    return Metadata(**known)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
