"""`python -m benchmarks.nlu.ask_bespeak MODEL TEXTS ANSWERS`: load a model, parse, measure."""

import json
import sys
import time
from pathlib import Path

from benchmarks.nlu.asking import report
from bespeak.data.config import Endpoints
from bespeak.loading import load
from bespeak.message import Message


def main() -> None:
    model, texts, answers = map(Path, sys.argv[1:4])
    began = time.perf_counter()
    pipeline = load(model, Endpoints()).assistant.pipeline
    seconds = time.perf_counter() - began
    if pipeline is None:
        raise SystemExit(f"{str(model)!r} understands nothing: it was trained without NLU data.")
    asked = json.loads(texts.read_text())
    report(answers, asked, lambda text: pipeline.process([Message(text)])[0].to_dict(), seconds)


main()
