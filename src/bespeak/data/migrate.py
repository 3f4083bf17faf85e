"""`data migrate`: write the domain of Rasa 2 in the format of Rasa 3, and keep the original."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from bespeak.data import migration, writer
from bespeak.data.files import FORMAT_VERSION, YAML_SUFFIXES, Files
from bespeak.data.problems import Place, Problems, shown
from bespeak.data.yaml import YamlMap
from bespeak.errors import ProjectError


@dataclass(frozen=True)
class Migrated:
    """Where the migrated domain and the original are now; `diff` is what was changed."""

    out: Path
    backup: Path
    diff: str


def migrate(domain: str | Path, out: str | Path | None = None) -> Migrated:
    """Migrate a domain file, or the domain files of a folder.

    The original is copied to `original_domain.yml` (or the folder `original_domain`) beside it,
    the result goes to `out`, by default `new_domain.yml` (or `new_domain`). Raises `ProjectError`
    where that is taken, or where there is nothing to migrate; then nothing is written.
    """
    source = Path(domain)
    suffix = "" if source.is_dir() else ".yml"
    backup = source.parent / f"original_domain{suffix}"
    target = Path(out) if out is not None else source.parent / f"new_domain{suffix}"
    problems = Problems()
    if not source.exists():
        problems.fail(Place(str(source)), "there is no such file or folder.")
    if backup.exists():
        raise ProjectError(f"{backup} exists already: move it away, it would be overwritten.")
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise ProjectError(f"{target} exists already: move it away, or name another with --out.")
    files = Files(problems)
    paths = _domain_files(source, files)
    contents = [content for path in paths if (content := files.content(path)) is not None]
    problems.raise_errors()
    _refuse_migrated(contents, problems)
    done = migration.migrate(contents)
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, backup)
    else:
        shutil.copyfile(source, backup)
    for path, content in zip(paths, done.contents, strict=True):
        file = target / path.name if source.is_dir() else target
        file.write_text(writer.dumped({**content, "version": FORMAT_VERSION}), encoding="utf-8")
    return Migrated(target, backup, done.diff)


def _domain_files(source: Path, files: Files) -> list[Path]:
    if not source.is_dir():
        return [source]
    found = [
        path
        for path in sorted(source.iterdir())
        if path.suffix in YAML_SUFFIXES and files.is_domain(path)
    ]
    files.problems.raise_errors()
    if not found:
        raise ProjectError(f"There is no domain file in {shown(source)}.")
    return found


def _refuse_migrated(contents: list[YamlMap], problems: Problems) -> None:
    for content in contents:
        if content.get("version") == FORMAT_VERSION:
            problems.error(
                content.at("version"),
                f"the file is in format {FORMAT_VERSION} already: there is nothing to migrate.",
            )
    problems.raise_errors()
    if not any("slots" in content or "forms" in content for content in contents):
        place = contents[0].place if contents else Place()
        problems.fail(place, "the domain has neither slots nor forms: there is nothing to migrate.")
