"""Projects made of several: `MultiProjectImporter` and the `imports` of config.yml."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bespeak.data import config as configs
from bespeak.data.config import Config
from bespeak.data.files import DATA_SUFFIXES, Files, below
from bespeak.data.problems import Place, shown

_OWN_FILES: Final = "RasaFileImporter"
_MULTI_PROJECT: Final = "MultiProjectImporter"
_CONFIG_NAMES: Final = ("config.yml", "config.yaml")


@dataclass
class Imported:
    """The files of imported projects, by what is in them."""

    domains: list[Path] = field(default_factory=list)
    data: list[Path] = field(default_factory=list)


def gather(config: Config, path: Path | None, files: Files) -> Imported:
    """Return what the importers of config.yml add to the project's own files.

    Each imported folder is searched for domains, NLU data and stories (not for tests), and for a
    config.yml with imports of its own; its pipeline and policies do not count.
    """
    found = Imported()
    names = [entry.name for entry in config.importers]
    for entry in config.importers:
        if entry.name not in (_OWN_FILES, _MULTI_PROJECT):
            files.problems.error(
                Place(config.path, entry.line),
                f"the importer {entry.name!r} is written for Rasa and cannot run here. Let it "
                f"write its data to files below data/; known here: {_OWN_FILES}, {_MULTI_PROJECT}.",
            )
    if path is not None and _MULTI_PROJECT in names:
        _follow(config, path.resolve().parent, files, found, set())
    elif config.imports:
        files.problems.warning(
            Place(config.path),
            f"'imports' has no effect without importers: [{{name: {_MULTI_PROJECT}}}].",
        )
    return found


def _follow(config: Config, folder: Path, files: Files, found: Imported, seen: set[Path]) -> None:
    for name in config.imports:
        target = (folder / name).resolve()
        if target in seen:
            continue
        seen.add(target)
        if target.is_file() and target.name in _CONFIG_NAMES:
            _follow(configs.configuration(target, files), target.parent, files, found, seen)
        elif target.is_dir():
            _add(target, files, found, seen)
        else:
            files.problems.error(
                Place(config.path), f"'imports' names {name!r}: there is no {shown(target)}."
            )


def _add(folder: Path, files: Files, found: Imported, seen: set[Path]) -> None:
    for path in below([folder], DATA_SUFFIXES):
        if path in seen:
            continue
        seen.add(path)
        if files.is_tests(path):
            continue
        if files.is_domain(path):
            found.domains.append(path)
        elif files.is_nlu(path) or files.is_stories(path):
            found.data.append(path)
        elif path.name in _CONFIG_NAMES:
            _follow(configs.configuration(path, files), path.parent, files, found, seen)
