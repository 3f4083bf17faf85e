"""NLU files of either format, as one."""

from collections.abc import Sequence
from pathlib import Path

from bespeak.data import examples_json
from bespeak.data.examples import NluFiles, read_yaml
from bespeak.data.files import Files


def read(paths: Sequence[Path], files: Files) -> NluFiles:
    """Read those of the files that hold NLU data; what is wrong is recorded in `files.problems`."""
    found = NluFiles()
    for path in paths:
        if path.suffix == ".json":
            examples_json.read(path, files, found)
        elif files.is_nlu(path):
            content = files.training_content(path)
            if content is not None:
                read_yaml(content, found, files.problems)
    return found
