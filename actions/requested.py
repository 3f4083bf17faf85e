"""What a customer asks for, with which a conversation goes on as if it had just been said.

That may be half of a message: where it says two things, each is taken by itself, questions first.
The pipeline's MessageSplitter leaves both under `clauses`. `QUESTIONS` are answered at once, by
rules that end in `action_next_request`. Of two topics one is opened, and the other one waits in
`paused_topic`, its own words in `paused_request`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, EventType, UserUttered
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.turn import intent_of

QUESTIONS = frozenset(
    {
        "ask_price",
        "ask_size",
        "ask_stock",
        "check_payment_methods",
        "check_refund_policy",
        "compare_products",
        "contact_customer_service",
        "delivery_options",
        "delivery_period",
        "faq",
        "store_hours",
    }
)
"""The intents that are answered at once, whatever else is going on."""

OF_BOTH = ("order_id", "email")
"""What one half of a message says for the other one, too, unless that has its own."""


@dataclass(frozen=True)
class Request:
    """What a customer asks for, in words that they said, or could have said.

    `response` is the one that answers it, for a question whose intent has several
    (`faq/gift_cards`). `then` is what the same message asks for beside it.
    """

    text: str
    intent: str
    entities: tuple[Mapping[str, Any], ...] = ()
    response: str = ""
    then: tuple["Request", ...] = field(default=())

    @classmethod
    def of(cls, intent: str, said: Mapping[str, Any] | None = None) -> "Request":
        """Nothing but an intent, and values of entities: what a button says."""
        values = (said or {}).items()
        entities = tuple({"entity": name, "value": value} for name, value in values)
        return cls(f"/{intent}", intent, entities)

    @classmethod
    def read(cls, wire: Mapping[str, Any]) -> "Request":
        """From a clause as `wire` writes it."""
        intent = wire.get("intent") or {}
        return cls(
            wire.get("text") or "",
            intent.get("name") or "",
            tuple(wire.get("entities") or ()),
            intent.get("full_retrieval_intent_name") or "",
        )

    @property
    def wire(self) -> dict[str, Any]:
        """As the parse data of a message that says nothing else."""
        intent = {"name": self.intent, "confidence": 1.0}
        parse: dict[str, Any] = {
            "text": self.text,
            "intent": intent,
            "entities": list(self.entities),
            "clauses": [other.wire for other in self.then],
        }
        if self.response:
            intent["full_retrieval_intent_name"] = self.response
            answer = {"response": {"utter_action": f"utter_{self.response}"}}
            parse["response_selector"] = {self.intent: answer}
        return parse

    def said(self, tracker: Tracker) -> list[EventType]:
        """The events after which the conversation goes on as if the customer had just said it."""
        heard: dict[str, Any] = UserUttered(self.text, self.wire)
        heard["metadata"] = tracker.latest_message.get("metadata") or {}
        return [ActionExecuted("action_listen"), heard]


class ActionNextRequest(Action):
    """Go on with what the message asks for beside the question that was just answered, if any."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_next_request"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Says nothing itself."""
        asked = intent_of(tracker)
        rest = [one for one in requests(tracker, domain) if one.intent != asked]
        return rest[0].said(tracker) if rest else []


def requests(tracker: Tracker, domain: DomainDict) -> list[Request]:
    """The topics and questions among the clauses of the latest message, questions first.

    Bare facts beside one of them belong to it.
    """
    message = tracker.latest_message
    known = topics_of(domain) | QUESTIONS
    clauses = message.get("clauses") or []
    if any((clause.get("intent") or {}).get("name") == "inform" for clause in clauses):
        whole = {"text": message.get("text"), "entities": message.get("entities")}
        clauses = [{"intent": clause.get("intent"), **whole} for clause in clauses]
    found = [_request(clause, message) for clause in clauses]
    asked = [one for one in found if one.intent in known and (one.intent != "faq" or one.response)]
    return sorted(asked, key=lambda one: one.intent not in QUESTIONS)


def first_request(tracker: Tracker, domain: DomainDict) -> Request | None:
    """The one to begin with where the latest message asks for two things, the other one after it.

    That is a question, else the one that was said first.
    """
    both = requests(tracker, domain)
    if len(both) < 2:
        return None
    first, *rest = both
    return replace(first, then=tuple(rest))


def topics_of(domain: DomainDict) -> set[str]:
    """The names that `topic` may have."""
    return set(domain["slots"]["topic"]["values"])


def _request(clause: Mapping[str, Any], message: Mapping[str, Any]) -> Request:
    """A clause with the entities that stand in it, and what the message says for both."""
    if "start" not in clause:
        return Request.read(clause)
    heard = message.get("entities") or []
    own = [one for one in heard if clause["start"] <= (one.get("start") or 0) < clause["end"]]
    named = {one.get("entity") for one in own}
    shared = [
        one for one in heard if one.get("entity") in OF_BOTH and one.get("entity") not in named
    ]
    return Request.read({**clause, "entities": [*own, *shared]})
