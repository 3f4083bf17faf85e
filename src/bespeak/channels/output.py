"""One bot message as the parts a channel sends, in the order Rasa's channels send them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bespeak.events import BotUttered


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and the choices under it. `quick` ones vanish once one is taken."""

    text: str | None
    buttons: tuple[Mapping[str, Any], ...] = ()
    quick: bool = False

    @property
    def paragraphs(self) -> list[str]:
        """The text as several messages: one for each block between blank lines."""
        return (self.text or "").strip().split("\n\n")


@dataclass(frozen=True, slots=True)
class Custom:
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Image:
    url: str


@dataclass(frozen=True, slots=True)
class Attachment:
    content: Any


@dataclass(frozen=True, slots=True)
class Elements:
    """Cards, each with `title`, `subtitle`, `buttons` …"""

    cards: tuple[Mapping[str, Any], ...]


Part = Text | Custom | Image | Attachment | Elements


def parts(said: BotUttered) -> list[Part]:
    """Return what is sent for one bot message: text with its choices, then the rest."""
    message = said.message
    found: list[Part] = []
    text = message.get("text")
    if quick := message.get("quick_replies"):
        found.append(Text(text, tuple(quick), quick=True))
    elif buttons := message.get("buttons"):
        found.append(Text(text, tuple(buttons)))
    elif text:
        found.append(Text(text))
    if custom := message.get("custom"):
        found.append(Custom(custom))
    if image := message.get("image"):
        found.append(Image(image))
    if attachment := message.get("attachment"):
        found.append(Attachment(attachment))
    if elements := message.get("elements"):
        found.append(Elements(tuple(elements)))
    return found


def as_json(recipient: str, said: BotUttered) -> list[dict[str, Any]]:
    """Return one bot message as the `rest` and `callback` channels send it."""
    return [
        {"recipient_id": recipient, **content}
        for part in parts(said)
        for content in _contents(part)
    ]


def _contents(part: Part) -> Sequence[dict[str, Any]]:
    match part:
        case Text(buttons=()):
            return [{"text": paragraph} for paragraph in part.paragraphs]
        case Text(text=text, buttons=buttons):
            shown = {"text": text} if text is not None else {}
            return [{**shown, "buttons": list(buttons)}]
        case Custom(payload=payload):
            return [{"custom": payload}]
        case Image(url=url):
            return [{"image": url}]
        case Attachment(content=content):
            return [{"attachment": content}]
        case Elements(cards=cards):
            return [content for card in cards for content in _card(card)]


def _card(card: Mapping[str, Any]) -> list[dict[str, Any]]:
    text = f"{card.get('title', '')} : {card.get('subtitle', '')}"
    return [{"text": text, "buttons": card.get("buttons", [])}]
