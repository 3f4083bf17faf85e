"""The two engines that are measured: how each is trained and started."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "NO_COLOR": "1"}


@dataclass(frozen=True)
class EngineUnderTest:
    """A program with Rasa's command line, in an environment of its own."""

    name: str
    program: Path
    version: str

    def train(self) -> list[str]:
        return [str(self.program), "train", "--quiet"]

    def run(self, port: int) -> list[str]:
        return [str(self.program), "run", "--enable-api", "-p", str(port), "--quiet"]

    @property
    def ready(self) -> str:
        """The path that answers once a model is loaded."""
        return "/status"


def bespeak() -> EngineUnderTest:
    return EngineUnderTest("Bespeak", Path(sys.executable).parent / "bespeak", "")


def rasa() -> EngineUnderTest | None:
    """Return Rasa 3.6.21 where its environment is: `BESPEAK_RASA_VENV` or `.venv-rasa`."""
    home = Path(os.environ.get("BESPEAK_RASA_VENV", ".venv-rasa"))
    program = home / "bin" / "rasa"
    return (
        EngineUnderTest("Rasa 3.6.21", program.absolute(), "3.6.21") if program.exists() else None
    )


def copied(project: Path, target: Path, *, store: bool = True) -> Path:
    """Copy a project to a folder that may be written to, with a SQLite tracker store.

    The spaCy components of a pipeline are left out: their model package is no part of either.
    """
    shutil.copytree(project, target)
    for path in [target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    config = target / "config.yml"
    lines, skipping = [], False
    for line in config.read_text().splitlines():
        if line.startswith(("  - name:", "- name:")):
            skipping = "Spacy" in line
        elif not line.startswith("    "):
            skipping = False
        if not skipping:
            lines.append(line)
    if not any(line.startswith("assistant_id") for line in lines):
        lines.insert(0, "assistant_id: benchmark")
    config.write_text("\n".join(lines) + "\n")
    if store:
        endpoints = target / "endpoints.yml"
        told = endpoints.read_text() if endpoints.exists() else ""
        sql = "\ntracker_store:\n  type: SQL\n  dialect: sqlite\n  db: conversations.db\n"
        endpoints.write_text(told + sql)
    return target
