"""Ask one text after the other, and write down the answers, the time each took, the memory."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

WARM = 20  # texts before the clock runs


def report(
    target: Path,
    texts: Sequence[str],
    parse: Callable[[str], Mapping[str, Any]],
    load_seconds: float,
) -> None:
    """Parse all texts and write answers and figures to a file; memory is what is resident then."""
    for text in texts[:WARM]:
        parse(text)
    answers, times, busy = [], [], []
    for text in texts:
        began, used = time.perf_counter(), time.process_time()
        answers.append(parse(text))
        busy.append(1000 * (time.process_time() - used))
        times.append(1000 * (time.perf_counter() - began))
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20
    told = {
        "answers": [{key: each[key] for key in ("intent", "entities")} for each in answers],
        "load seconds": round(load_seconds, 2),
        "parse p50 ms": round(median(times), 2),
        "parse CPU p50 ms": round(median(busy), 2),
        "parse p95 ms": round(sorted(times)[int(0.95 * len(times))], 2),
        "serving MB": round(resident),
    }
    target.write_text(json.dumps(told, default=str))
