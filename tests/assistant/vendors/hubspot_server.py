"""A HubSpot account's API, as far as contacts and their subscriptions go.

Written from:
- https://developers.hubspot.com/docs/api-reference/2026-03/overview (versions by date)
- https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/contacts (batch, update)
- https://developers.hubspot.com/docs/api-reference/legacy/crm/objects/contacts/gdpr
- https://developers.hubspot.com/docs/api-reference/2026-03/communication-preferences/status
- https://developers.hubspot.com/docs/api-reference/error-handling (errors, 429)
"""

import re
from dataclasses import dataclass, field

from tests.assistant.vendors.server import SECRET, Request, Response, Vendor

Json = dict[str, object]
KNOWN = {
    "email",
    "firstname",
    "lastname",
    "phone",
    "address",
    "city",
    "zip",
    "state",
    "country",
    "shop_customer_id",
}
NEWSLETTER = 4711


@dataclass
class Contact:
    """A contact of the account."""

    id: int
    properties: dict[str, str] = field(default_factory=dict)


class HubSpotServer(Vendor):
    """One account. `subscribed` and `opted_out` hold addresses for the one subscription type."""

    def __init__(self) -> None:
        super().__init__()
        self.contacts: dict[int, Contact] = {}
        self.subscribed: set[str] = set()
        self.opted_out: set[str] = set()
        self.blocked: set[str] = set()

    def handle(self, request: Request) -> Response:
        """One call: who asks, then what."""
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            text = "Authentication credentials not found."
            return failed(401, "INVALID_AUTHENTICATION", text)
        body = request.json()
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["crm", "objects", "2026-03", "contacts", "batch", "read"]:
                return self._read(body)
            case "PATCH", ["crm", "objects", "2026-03", "contacts", id] if id.isdecimal():
                return self._update(int(id), body)
            case "POST", ["crm", "v3", "objects", "contacts", "gdpr-delete"]:
                return self._forget(body)
            case "POST", ["communication-preferences", "2026-03", "statuses", "batch", what]:
                return self._statuses(what, body, request)
        return failed(404, "OBJECT_NOT_FOUND", "resource not found")

    def _read(self, body: Json) -> Response:
        assert body.get("idProperty") == "email"
        properties, inputs = body["properties"], body["inputs"]
        assert isinstance(properties, list) and isinstance(inputs, list)
        results, missing = [], []
        for wanted in inputs:
            found = [
                one
                for one in self.contacts.values()
                if one.properties["email"].casefold() == str(wanted["id"]).casefold()
            ]
            results += [self._shown(one, properties) for one in found]
            missing += [] if found else [str(wanted["id"])]
        answer: Json = {"status": "COMPLETE", "results": results}
        if not missing:
            return Response(200, answer)
        error = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some CONTACT objects, they may be deleted or not exist.",
            "context": {"ids": missing},
        }
        return Response(207, {**answer, "numErrors": 1, "errors": [error]})

    def _shown(self, contact: Contact, properties: list[str]) -> Json:
        told = {name: contact.properties.get(name) for name in properties if name in KNOWN}
        return {
            "id": str(contact.id),
            "properties": {**told, "hs_object_id": str(contact.id)},
            "createdAt": "2024-05-01T08:00:00.000Z",
            "updatedAt": "2026-11-20T08:00:00.000Z",
            "archived": False,
        }

    def _update(self, id: int, body: Json) -> Response:
        if id not in self.contacts:
            return failed(404, "OBJECT_NOT_FOUND", "resource not found")
        properties = body.get("properties")
        if not isinstance(properties, dict):
            return failed(400, "VALIDATION_ERROR", "Invalid input JSON")
        for name, value in properties.items():
            if name not in KNOWN:
                return failed(400, "VALIDATION_ERROR", "no such property", "PROPERTY", name)
            if name == "phone" and not re.fullmatch(r"\+?[\d ()-]{5,}", str(value)):
                return failed(400, "VALIDATION_ERROR", "not valid", "INVALID_PHONE", name)
        self.contacts[id].properties |= properties
        return Response(200, self._shown(self.contacts[id], list(properties)))

    def _forget(self, body: Json) -> Response:
        id = str(body.get("objectId", ""))
        if body.get("idProperty") == "email":
            self.blocked.add(id)
            return Response(204, "")
        if not id.isdecimal() or int(id) not in self.contacts:
            return failed(404, "OBJECT_NOT_FOUND", "resource not found")
        self.blocked.add(self.contacts.pop(int(id)).properties["email"])
        return Response(204, "")

    def _statuses(self, what: str, body: Json, request: Request) -> Response:
        inputs = body.get("inputs")
        if not isinstance(inputs, list) or not inputs:
            return failed(400, "VALIDATION_ERROR", "inputs: may not be empty")
        if what == "read":
            if request.query.get("channel") != "EMAIL":
                return failed(400, "VALIDATION_ERROR", "channel is required")
            results = [
                {"subscriberIdString": email, "statuses": [self._status(email)]} for email in inputs
            ]
            return Response(200, {"status": "COMPLETE", "results": results})
        for one in inputs:
            email = one["subscriberIdString"].casefold()
            assert (one["channel"], one["subscriptionId"]) == ("EMAIL", NEWSLETTER)
            match one["statusState"]:
                case "SUBSCRIBED":
                    self.subscribed.add(email)
                    self.opted_out.discard(email)
                case "UNSUBSCRIBED":
                    self.subscribed.discard(email)
                    self.opted_out.add(email)
                case _:
                    return failed(400, "VALIDATION_ERROR", "statusState is invalid")
        results = [self._status(one["subscriberIdString"]) for one in inputs]
        return Response(200, {"status": "COMPLETE", "results": results})

    def _status(self, email: str) -> Json:
        status = "NOT_SPECIFIED"
        if email.casefold() in self.subscribed:
            status = "SUBSCRIBED"
        elif email.casefold() in self.opted_out:
            status = "UNSUBSCRIBED"
        return {
            "channel": "EMAIL",
            "subscriberIdString": email,
            "subscriptionId": NEWSLETTER,
            "subscriptionName": "Newsletter",
            "status": status,
            "source": "API",
            "timestamp": "2026-11-20T08:00:00Z",
        }


def failed(status: int, category: str, message: str, code: str = "", name: str = "") -> Response:
    """An error in HubSpot's shape."""
    error: Json = {
        "status": "error",
        "message": message,
        "correlationId": "a43683b0-5717-4ceb-80b4-104d02915d8c",
        "category": category,
    }
    if code:
        context = {"propertyName": [name]}
        error["errors"] = [{"message": message, "code": code, "context": context}]
    return Response(status, error)
