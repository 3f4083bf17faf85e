"""`bespeak explain CONVERSATION`: say why the assistant did what it did."""

import argparse
import asyncio
import json

from rich.console import Console
from rich.text import Text

from bespeak.cli.models import endpoints_of, loaded
from bespeak.cli.options import add_endpoints, add_logging, add_model, set_up_lines
from bespeak.data.config import Endpoints
from bespeak.errors import BespeakError
from bespeak.evaluation.explain import explained, told
from bespeak.events import Event
from bespeak.stores.build import DEFAULT, tracker_store
from bespeak.tracker import Tracker

terminal = Console(highlight=False, soft_wrap=True)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("conversation", help="the conversation's id")
    parser.add_argument("--message", help="explain only the turn that this message began (its id)")
    parser.add_argument("--last", type=int, help="explain only the last N turns")
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_model(parser)
    add_endpoints(parser)
    add_logging(parser)


def run(arguments: argparse.Namespace) -> int:
    set_up_lines(arguments, "ERROR")
    endpoints = endpoints_of(arguments)
    assistant = loaded(arguments).assistant
    events = asyncio.run(_events(endpoints, arguments.conversation))
    if not events:
        raise BespeakError(
            f"There is no conversation {arguments.conversation!r} in the tracker store. "
            "Is the right endpoints.yml used (`--endpoints`)?"
        )
    tracker = Tracker.start(arguments.conversation, assistant.domain).record(events)
    turns = explained(tracker, assistant, message_id=arguments.message)
    if arguments.last:
        turns = turns[-arguments.last :]
    if arguments.json:
        terminal.print_json(json.dumps([turn.as_dict() for turn in turns], default=str))
        return 0
    for turn in turns:
        terminal.rule(Text(turn.text))
        terminal.print(told(turn), markup=False)
    return 0


async def _events(endpoints: Endpoints, conversation: str) -> list[Event]:
    section = endpoints.tracker_store
    store = tracker_store({"type": section.type, **section.options} if section else DEFAULT)
    try:
        return list(await store.events(conversation))
    finally:
        await store.close()
