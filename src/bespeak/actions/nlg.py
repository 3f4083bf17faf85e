"""Where the words of a response come from: the domain, an NLG server, or code of the project."""

import logging
import random
from collections.abc import Mapping
from typing import Any, Final, Protocol

import orjson

from bespeak.actions.endpoint import Endpoint, Unreachable
from bespeak.actions.wire import Scope, tracker_state
from bespeak.dialogue.responses import channel_names, chosen, filled, variation_id
from bespeak.domain import Domain
from bespeak.errors import ActionError, ExtensionError
from bespeak.extend import build
from bespeak.tracker import Tracker

log = logging.getLogger(__name__)


class Generator(Protocol):
    """Puts a response into words."""

    async def generate(
        self, response: str, tracker: Tracker, domain: Domain, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """Return the message (`text`, `buttons`, `image` … and what else it carries).

        `arguments` are what the action gave along, besides the slots. None where there is nothing
        to say: the response is unknown, or no variation fits. Raises `ActionError` on failure.
        """
        ...

    async def close(self) -> None: ...


class DomainResponses:
    """Takes the words from the domain's variations.

    `unset` is what a slot without a value reads (None: the word `None`, as in Rasa). `seed` makes
    the choice among variations repeatable.
    """

    def __init__(
        self, *, unset: str | None = None, seed: int | None = None, rng: random.Random | None = None
    ) -> None:
        self.unset = unset
        self.rng = rng or random.Random(seed)

    async def generate(
        self, response: str, tracker: Tracker, domain: Domain, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        variations = domain.responses.get(response)
        if variations is None:
            return None
        channels = channel_names(tracker.output_channel)
        variation = chosen(variations, tracker.slots, channels, self.rng)
        if variation is None:
            return None
        return filled(variation, {**tracker.slots, **arguments}, unset=self.unset)

    async def close(self) -> None:
        pass  # nothing is open


class NlgServer:
    """Asks an NLG server for the words (`nlg: url:` in endpoints.yml).

    The options are an endpoint's; `events` as for the action server.
    """

    def __init__(self, *, url: str, events: str = Scope.SESSION, **options: Any) -> None:
        self.scope = Scope(events)
        self.endpoint = Endpoint("nlg", url, **options)

    async def generate(
        self, response: str, tracker: Tracker, domain: Domain, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        body = {
            "response": response,
            # Rasa chooses none for what a custom action says, which comes with arguments.
            "id": None if arguments else _variation_id(response, tracker, domain),
            "arguments": dict(arguments),
            "tracker": tracker_state(tracker, self.scope),
            "channel": {"name": tracker.output_channel},
        }
        try:
            answer = await self.endpoint.post(orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS))
        except Unreachable as error:
            raise ActionError(f"No words for {response!r}: {error}", action=response) from error
        if answer.is_error:
            raise ActionError(
                f"No words for {response!r}: {self.endpoint.url} answered {answer.status_code}.",
                action=response,
            )
        return _checked(response, answer.content)

    async def close(self) -> None:
        await self.endpoint.close()


_BUILTIN: Final = {
    "response": "bespeak.actions.nlg.DomainResponses",
    "callback": "bespeak.actions.nlg.NlgServer",
}


def generator_from(
    section: Mapping[str, Any] | None = None, *, rng: random.Random | None = None
) -> Generator:
    """Build what the section `nlg` of endpoints.yml describes; without one, the domain speaks.

    `type` is `response`, `callback` (the default where there is a section) or the path of a class
    of the project with the methods of `Generator`. Raises `ExtensionError` where it leads nowhere.
    """
    if not section:
        return DomainResponses(rng=rng)
    options = dict(section)
    kind = options.pop("type", None) or options.pop("store_type", None) or "callback"
    kind = kind.lower() if kind.lower() in _BUILTIN else kind
    if kind == "response":
        options = {"unset": options.get("unset"), "seed": options.get("seed"), "rng": rng}
    built = build("nlg", _BUILTIN, {"name": kind, **options})
    missing = [name for name in ("generate", "close") if not callable(getattr(built, name, None))]
    if missing:
        raise ExtensionError(f"endpoints.yml, nlg: {kind!r} has no method {missing[0]!r}.")
    generator: Generator = built
    return generator


def _variation_id(response: str, tracker: Tracker, domain: Domain) -> str | None:
    channels = channel_names(tracker.output_channel)
    return variation_id(domain.responses.get(response, ()), tracker.slots, channels)


_KINDS: Final[Mapping[str, tuple[str, tuple[type, ...]]]] = {
    "text": ("a text", (str,)),
    "id": ("a text or null", (str, type(None))),
    "buttons": ("a list of objects or null", (list, type(None))),
    "elements": ("a list of objects or null", (list, type(None))),
    "attachment": ("an object or null", (dict, type(None))),
    "image": ("a text or null", (str, type(None))),
    "custom": ("an object", (dict,)),
}


def _checked(response: str, body: bytes) -> Mapping[str, Any]:
    def wrong(what: str) -> ActionError:
        return ActionError(f"The NLG server's words for {response!r}: {what}.", action=response)

    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise wrong(f"they are no JSON ({error})") from None
    if not isinstance(message, dict):
        raise wrong(f"an object is expected, not {message!r}")
    for key, (expected, kinds) in _KINDS.items():
        value = message.get(key, kinds[0]())
        items = value if isinstance(value, list) else ()
        if not isinstance(value, kinds) or not all(isinstance(item, dict) for item in items):
            raise wrong(f"{key!r} must be {expected}")
    return message
