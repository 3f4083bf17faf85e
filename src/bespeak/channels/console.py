"""The terminal as a channel: what the assistant says is printed, buttons become a menu."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.routing import BaseRoute

from bespeak.channels.channel import Receive
from bespeak.channels.output import Attachment, Custom, Elements, Image, Text, parts
from bespeak.events import BotUttered


@dataclass
class Console:
    """Prints by `show`, and remembers the choices that the last message offered."""

    show: Callable[[str], None]
    choices: list[Mapping[str, Any]] = field(default_factory=list)

    name = "cmdline"
    output_name = "cmdline"
    pushes = False

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        return []

    async def send(self, recipient: str, said: BotUttered) -> None:
        for part in parts(said):
            match part:
                case Text():
                    self._say(part)
                case Custom(payload=payload):
                    self.show(json.dumps(payload, indent=2, ensure_ascii=False))
                case Image(url=url):
                    self.show(f"Image: {url}")
                case Attachment(content=content):
                    self.show(f"Attachment: {content}")
                case Elements(cards=cards):
                    for card in cards:
                        self.show(f"{card.get('title', '')} : {card.get('subtitle', '')}")
                        self._offer(card.get("buttons", []))

    def chosen(self, typed: str) -> str:
        """Return what the user means by what they typed: a number picks a choice."""
        choices, self.choices = self.choices, []
        if typed.strip().isdigit() and 1 <= int(typed) <= len(choices):
            choice = choices[int(typed) - 1]
            return str(choice.get("payload") or choice.get("title") or "")
        return typed

    def _say(self, text: Text) -> None:
        if text.text:
            for paragraph in text.paragraphs:
                self.show(paragraph)
        self._offer(text.buttons)

    def _offer(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        for button in buttons:
            self.choices.append(button)
            self.show(f"  {len(self.choices)}: {button.get('title', '')}")
