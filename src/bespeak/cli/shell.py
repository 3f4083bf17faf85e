"""`bespeak shell`: talk to the assistant; `bespeak shell nlu`: see what it understands."""

import argparse
import asyncio
import json
import sys
import threading
import uuid
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console as Terminal

from bespeak.assistant import Assistant
from bespeak.channels.console import Console
from bespeak.cli.models import endpoints_of, loaded
from bespeak.cli.options import add_endpoints, add_logging, add_model, set_up_lines
from bespeak.engine import Engine, Upkeep
from bespeak.errors import ModelError
from bespeak.evaluation.explain import explained, told
from bespeak.events import BotUttered
from bespeak.message import UserMessage
from bespeak.stores.build import tracker_store

STOP = "/stop"

T = TypeVar("T")

terminal = Terminal(highlight=False, soft_wrap=True)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", metavar="nlu", help="show parse data only")
    parser.add_argument("model_as_positional", nargs="?", help=argparse.SUPPRESS)
    add_model(parser)
    parser.add_argument("--conversation-id", help="go on with this conversation")
    parser.add_argument("--explain", action="store_true", help="say why after each turn")
    parser.add_argument("--credentials", help=argparse.SUPPRESS)
    parser.add_argument("-p", "--port", help=argparse.SUPPRESS)
    add_endpoints(parser)
    add_logging(parser)


def run(arguments: argparse.Namespace) -> int:
    set_up_lines(arguments, "ERROR")
    what, model = _meant(arguments)
    endpoints = endpoints_of(arguments)
    ready = loaded(arguments, Path(model))
    assistant = ready.assistant
    if what == "nlu" or not assistant.policies:
        return _understand(assistant, ready.path.name)
    section = endpoints.tracker_store
    store = tracker_store(None if section is None else {"type": section.type, **section.options})
    channel = Console(lambda text: terminal.print(text, style="cyan", markup=False))
    channel.pushes = True  # it is there as long as the shell is: reminders are heard
    engine = Engine(assistant, store, channels={channel.name: channel})
    conversation = arguments.conversation_id or uuid.uuid4().hex
    _greet(ready.path.name)
    _talk(engine, channel, conversation, explain=arguments.explain)
    return 0


def _meant(arguments: argparse.Namespace) -> tuple[str | None, str]:
    """Tell `shell nlu` from `shell models/mine.tar.gz`."""
    what, model = arguments.what, arguments.model_as_positional
    if what not in (None, "nlu"):
        what, model = None, what
    return what, model or arguments.model


def _greet(model: str) -> None:
    if sys.stdin.isatty():
        terminal.print(
            f"{model} is ready. Type a message and press enter; {STOP} ends.", style="dim"
        )


def _talk(engine: Engine, channel: Console, conversation: str, *, explain: bool) -> None:
    """Read messages here, where Ctrl-C arrives; the engine and its upkeep run beside."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="engine", daemon=True)
    thread.start()

    def wait_for(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    async def deliver(said: BotUttered) -> None:
        await channel.send(conversation, said)

    async def explanation() -> str:
        tracker = await engine.tracker(conversation)
        turns = explained(tracker, engine.ready)
        return told(turns[-1]) if turns else ""

    upkeep = Upkeep(engine)
    wait_for(upkeep.__aenter__())
    try:
        while (text := _typed()) is not None:
            meant = channel.chosen(text)
            wait_for(engine.handle(UserMessage(conversation, meant, channel.name), deliver))
            if explain:
                terminal.print(wait_for(explanation()), style="dim", markup=False)
    finally:
        wait_for(upkeep.__aexit__())
        wait_for(engine.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _understand(assistant: Assistant, model: str) -> int:
    """Print the parse data of each line."""
    if assistant.pipeline is None:
        raise ModelError(
            f"{model} has no NLU part: train one with `bespeak train` or `bespeak train nlu`."
        )
    _greet(model)
    while (text := _typed()) is not None:
        [parse_data] = assistant.parse([UserMessage("", text)])
        terminal.print_json(json.dumps(parse_data, default=str))
    return 0


def _typed() -> str | None:
    """Return the next line, None at its end."""
    try:
        text = input("Your input ->  " if sys.stdin.isatty() else "")
    except (EOFError, KeyboardInterrupt):
        return None
    return None if text.strip() == STOP else text.strip()
