"""`python -m benchmarks.nlu`: how well the engine understands, how fast it learns and answers.

Each data set is learned by the engine's own command in a process of its own, and asked in
another. Rasa 3.6.21 does the same where `BESPEAK_RASA_VENV` names its environment. Writes
`benchmarks/nlu/results.json` and `docs/benchmarks-nlu.md`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import engines, processes
from benchmarks.__main__ import machine
from benchmarks.engines import EngineUnderTest
from benchmarks.nlu import datasets, page
from benchmarks.nlu.datasets import SETS
from benchmarks.nlu.scores import figures
from bespeak.data.project import read_nlu

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
ONE_CORE = {"OMP_NUM_THREADS": "1"}
INSTRUCTIONS = ("avx_vnni", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16")
PRESETS = ("draft", "balanced", "best", "auto")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nlu", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS), help="data sets")
    parser.add_argument("--presets", nargs="+", choices=PRESETS, default=["draft", "balanced"])
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each")
    parser.add_argument("--without-rasa", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS, help="the figures as JSON")
    asked = parser.parse_args()
    if not datasets.SHARED.exists():
        print(f"The data to measure on are not here ({datasets.SHARED}).", file=sys.stderr)
        return 1
    results: dict[str, Any] = json.loads(asked.out.read_text()) if asked.out.exists() else {}
    results["machine"] = machine()
    flags = set(Path("/proc/cpuinfo").read_text().split())
    results["instructions"] = [name for name in INSTRUCTIONS if name in flags]
    results["date"] = datetime.now(UTC).date().isoformat()
    rasa = None if asked.without_rasa else engines.rasa()
    for name in asked.only:
        for preset in asked.presets:
            seeds = 1 if preset == "draft" else asked.seeds  # nothing is random in a draft
            runs = [_ours(name, preset=preset, random_seed=seed) for seed in range(seeds)]
            _keep(results, asked.out, name, f"Bespeak, {preset}", runs)
        if rasa is not None:
            runs = [_rasas(rasa, name, random_seed=seed) for seed in range(asked.seeds)]
            _keep(results, asked.out, name, rasa.name, runs)
    if asked.out == RESULTS:
        page.write(results, HERE.parents[1] / "docs" / "benchmarks-nlu.md")
    return 0


def _keep(
    results: dict[str, Any], out: Path, name: str, who: str, runs: Sequence[Mapping[str, float]]
) -> None:
    results.setdefault("sets", {}).setdefault(name, {})[who] = list(runs)
    out.write_text(json.dumps(results, indent=1) + "\n")


def _ours(name: str, **options: Any) -> dict[str, float]:
    command = [str(Path(sys.executable).parent / "bespeak"), "train", "nlu", "--quiet", "--force"]
    driver = [sys.executable, "-m", "benchmarks.nlu.ask_bespeak"]
    return _measured(name, command, driver, **options)


def _rasas(engine: EngineUnderTest, name: str, **options: Any) -> dict[str, float]:
    command = [str(engine.program), "train", "nlu", "--quiet", "--nlu", "data"]
    driver = [str(engine.program.with_name("python")), "-m", "benchmarks.nlu.ask_rasa"]
    return _measured(name, command, driver, **options)


def _measured(
    name: str, train: Sequence[str], driver: Sequence[str], **options: Any
) -> dict[str, float]:
    """Train on a data set in a fresh folder, then ask what was trained."""
    data = SETS[name]
    known = {entry["intent"] for entry in data.examples()}
    expected = [each for each in read_nlu([data.asked]).examples if each.base_intent in known]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "project"
        datasets.write(data, folder, **options)
        learned = processes.run(train, folder, {**engines.QUIET, **ONE_CORE})
        [model] = (folder / "models").glob("*.tar.gz")
        texts, answers = folder / "texts.json", folder / "answers.json"
        texts.write_text(json.dumps([example.message.text for example in expected]))
        command = [*driver, str(model), str(texts), str(answers)]
        processes.run(command, HERE.parents[1], {**engines.QUIET, **ONE_CORE})
        told = json.loads(answers.read_text())
        size = model.stat().st_size / 2**20
    found = {
        **figures(told.pop("answers"), expected),
        "train seconds": round(learned.seconds, 1),
        "train CPU seconds": round(learned.cpu_seconds, 1),
        "peak MB": round(learned.peak / 2**20),
        "archive MB": round(size, 1),
        **told,
    }
    print(f"{name} {options}: {found}", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
