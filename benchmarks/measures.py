"""What is measured, one function a row of the table. Each returns figures by name."""

import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import engines, processes, projects
from benchmarks.engines import QUIET, EngineUnderTest
from benchmarks.load import post_all

MEGABYTE = 1_000_000

Figures = Mapping[str, float]


def train(engine: EngineUnderTest, project: str, repeats: int = 3) -> Figures:
    """Train a project from nothing: whole process, wall seconds and peak memory (MB)."""
    seconds, peaks = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            home = engines.copied(projects.SHARED / project, Path(folder) / project)
            done = processes.run(engine.train(), home, QUIET)
            seconds.append(done.seconds)
            peaks.append(done.peak / MEGABYTE)
    return {"seconds": statistics.median(seconds), "peak MB": max(peaks)}


def serve(engine: EngineUnderTest, turns: int = 600) -> Figures:
    """Serve moodbot with a SQLite store: time to ready, idle memory, REST turns, parsing."""
    with tempfile.TemporaryDirectory() as folder:
        home = engines.copied(projects.SHARED / "moodbot", Path(folder) / "moodbot")
        processes.run(engine.train(), home, QUIET)
        port = processes.free_port()
        with processes.serving(engine.run(port), home, port, engine.ready, env=QUIET) as server:
            time.sleep(2)
            idle = server.memory() / MEGABYTE
            webhook = f"{server.url}/webhooks/rest/webhook"
            post_all(webhook, _messages("warm", 60), in_flight=4)
            alone = post_all(webhook, _messages("alone", turns // 2))
            busy = post_all(webhook, _messages("busy", turns * 2), in_flight=32)
            parse = post_all(
                f"{server.url}/model/parse",
                [{"text": f"{text} {i}"} for i, text in _texts(turns // 2)],
            )
            after = server.memory() / MEGABYTE
    return {
        "ready seconds": server.ready_after,
        "idle MB": idle,
        "after load MB": after,
        "turn p50 ms": alone.at(0.5),
        "turn p95 ms": alone.at(0.95),
        "messages a second": busy.per_second,
        "busy p50 ms": busy.at(0.5),
        "busy p99 ms": busy.at(0.99),
        "parse p50 ms": parse.at(0.5),
    }


def action(engine: EngineUnderTest, turns: int = 200) -> Figures:
    """Serve a bot whose turns call an action of a rasa-sdk server over HTTP."""
    with tempfile.TemporaryDirectory() as folder:
        action_port = processes.free_port()
        home = projects.action_bot(Path(folder) / "bot", action_port)
        processes.run(engine.train(), home, QUIET)
        actions = [
            sys.executable,
            "-m",
            "rasa_sdk",
            "--actions",
            "actions",
            "--port",
            str(action_port),
        ]
        port = processes.free_port()
        with (
            processes.serving(actions, home, action_port, "/health"),
            processes.serving(engine.run(port), home, port, engine.ready, env=QUIET) as server,
        ):
            bodies = [
                {"sender": f"s{i // 5}", "message": text}
                for i, text in zip(range(turns), itertools.cycle(projects.ACTION_TEXTS))
            ]
            webhook = f"{server.url}/webhooks/rest/webhook"
            post_all(webhook, bodies[:20])
            load = post_all(webhook, bodies[20:])
    return {"turn p50 ms": load.at(0.5), "turn p95 ms": load.at(0.95)}


def assistant(engine: EngineUnderTest, customers: int = 60) -> Figures:
    """Train CloudMart, and serve it with its sandbox: turns that each ask the shop by HTTP."""
    with tempfile.TemporaryDirectory() as folder:
        shop_port, port = processes.free_port(), processes.free_port()
        home = projects.cloudmart(Path(folder) / "cloudmart", shop_port)
        trained = processes.run(engine.train(), home, QUIET)
        shop = [sys.executable, "-m", "sandbox", "--port", str(shop_port), "--db", "shop.db"]
        with (
            processes.serving(shop, home, shop_port, "/livez"),
            processes.serving(engine.run(port), home, port, engine.ready, env=QUIET) as server,
        ):
            webhook = f"{server.url}/webhooks/rest/webhook"
            post_all(webhook, projects.cloudmart_turns("warm", 10))
            turns = projects.cloudmart_turns("asks", customers)
            load = post_all(webhook, turns, check=_names_an_order)
    return {
        "train seconds": trained.seconds,
        "train peak MB": trained.peak / MEGABYTE,
        "turn p50 ms": load.at(0.5),
        "turn p95 ms": load.at(0.95),
    }


def growth(engine: EngineUnderTest, lengths: tuple[int, ...] = (100, 1_000, 5_000, 20_000)) -> Any:
    """Measure a turn in conversations of different lengths (events), one long session each."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = engines.copied(projects.SHARED / "moodbot", Path(folder) / "moodbot")
        processes.run(engine.train(), home, QUIET)
        port = processes.free_port()
        with processes.serving(engine.run(port), home, port, engine.ready, env=QUIET) as server:
            webhook = f"{server.url}/webhooks/rest/webhook"
            for length in lengths:
                turns = [
                    {"sender": f"long{length}", "message": text} for _, text in _texts(length // 5)
                ]
                post_all(webhook, turns)
                load = post_all(webhook, turns[:60] if len(turns) > 60 else turns)
                figures[f"{length} events, p50 ms"] = load.at(0.5)
        port = processes.free_port()
        with processes.serving(engine.run(port), home, port, engine.ready, env=QUIET) as server:
            webhook = f"{server.url}/webhooks/rest/webhook"
            post_all(webhook, [{"sender": "warm", "message": "hello"}] * 5)
            for length in lengths:  # the first turn after a restart: nothing is in memory
                load = post_all(webhook, [{"sender": f"long{length}", "message": "hello"}])
                figures[f"{length} events, first after restart ms"] = load.at(0.5)
    return figures


def install() -> Figures:
    """Install Bespeak and the encoder's weights into a new environment: seconds and size."""
    with tempfile.TemporaryDirectory() as folder:
        venv = Path(folder) / "venv"
        began = time.perf_counter()
        processes.run([sys.executable, "-m", "venv", str(venv)], Path(folder))
        root = Path(__file__).parents[1]
        pip = [str(venv / "bin" / "pip"), "install", "--quiet", "--no-compile"]
        processes.run([*pip, str(root)], Path(folder))
        cache = {"BESPEAK_CACHE": str(Path(folder) / "cache")}
        processes.run([str(venv / "bin" / "bespeak"), "encoder", "install"], Path(folder), cache)
        seconds = time.perf_counter() - began
        size = sum(p.lstat().st_size for p in Path(folder).rglob("*") if p.is_file())
    return {"seconds": seconds, "MB": size / MEGABYTE}


def _names_an_order(answers: Any) -> bool:
    """Say whether the shop was asked, and answered."""
    return any("CM-" in answer.get("text", "") for answer in answers)


def _messages(prefix: str, count: int) -> list[dict[str, str]]:
    """Conversations of six turns each, in natural words, no text twice the same way in a row."""
    return [{"sender": f"{prefix}-{i // 6}", "message": text} for i, text in _texts(count)]


def _texts(count: int) -> list[tuple[int, str]]:
    return list(zip(range(count), itertools.cycle(projects.MOOD_TEXTS)))
