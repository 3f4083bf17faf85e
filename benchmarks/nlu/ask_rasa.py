"""`python -m benchmarks.nlu.ask_rasa MODEL TEXTS ANSWERS`, in Rasa's own environment."""

import asyncio
import json
import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks.nlu.asking import report


def main() -> None:
    model, texts, answers = sys.argv[1:4]
    began = time.perf_counter()
    agent = import_module("rasa.core.agent").Agent.load(model)
    seconds = time.perf_counter() - began
    loop = asyncio.new_event_loop()
    asked = json.loads(Path(texts).read_text())
    report(Path(answers), asked, lambda t: loop.run_until_complete(agent.parse_message(t)), seconds)


main()
