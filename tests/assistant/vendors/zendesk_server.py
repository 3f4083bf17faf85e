"""A Zendesk account's Support API, as far as tickets go.

Written from:
- https://developer.zendesk.com/api-reference/introduction/security-and-auth/ (API tokens)
- https://developer.zendesk.com/api-reference/introduction/rate-limits/ (429, Retry-After)
- https://developer.zendesk.com/api-reference/introduction/pagination/ (cursors)
- https://developer.zendesk.com/api-reference/ticketing/introduction/ (idempotency keys, errors)
- https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ (JSON, create, show)
- https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/ (list)
- https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.assistant.vendors.server import SECRET, Request, Response, Vendor

Json = dict[str, object]
AGENT = "desk@shop.example"
AGENT_ID = 1


@dataclass
class Comment:
    """Something said in a ticket, by the user with this id."""

    author: int
    body: str
    public: bool = True


@dataclass
class Ticket:
    """A ticket of an account."""

    id: int
    requester: int
    subject: str
    comments: list[Comment]
    status: str = "new"
    priority: str | None = None
    tags: list[str] = field(default_factory=list)
    external_id: str | None = None


class ZendeskServer(Vendor):
    """One account, with one agent."""

    def __init__(self) -> None:
        super().__init__()
        self.users: dict[int, str] = {AGENT_ID: AGENT}
        self.tickets: dict[int, Ticket] = {}
        self.answered: dict[str, tuple[bytes, Response]] = {}

    def handle(self, request: Request) -> Response:
        """One call: who asks, then what."""
        if request.basic() != (f"{AGENT}/token", SECRET):
            return Response(401, {"error": "Couldn't authenticate you"})
        if request.headers.get("accept") != "application/json":
            return Response(406, {"error": "NotAcceptable"})
        match request.method, request.path.removesuffix(".json").strip("/").split("/")[2:]:
            case "GET", ["tickets"]:
                wanted = request.query.get("external_id")
                found = [one for one in self.tickets.values() if wanted in (None, one.external_id)]
                return Response(200, {"tickets": [shown(one) for one in found]})
            case "POST", ["tickets"]:
                return self._once(request)
            case "GET", ["tickets", id] if id.isdecimal():
                return self._show(int(id), request)
            case "GET", ["tickets", id, "comments"] if id.isdecimal():
                return self._comments(int(id), request)
        return Response(404, {"error": "InvalidEndpoint", "description": "Not found"})

    def _once(self, request: Request) -> Response:
        key = request.headers.get("idempotency-key", "")
        if key in self.answered:
            body, answer = self.answered[key]
            if body != request.body:
                text = "The request parameters do not match those of the first request."
                return Response(400, {"error": "IdempotentRequestError", "description": text})
            return Response(answer.status, answer.body, {"x-idempotency-lookup": "hit"})
        answer = self._create(request)
        if key and answer.status == 201:
            self.answered[key] = (request.body, answer)
        return Response(answer.status, answer.body, {"x-idempotency-lookup": "miss"})

    def _create(self, request: Request) -> Response:
        ticket = request.json().get("ticket")
        if not isinstance(ticket, dict) or not isinstance(ticket.get("comment"), dict):
            text = "Request parameter 'ticket' is missing or has no comment."
            return Response(400, {"error": "RequiredParameterMissing", "description": text})
        unknown = ticket.keys() - {
            "subject",
            "comment",
            "requester",
            "priority",
            "tags",
            "external_id",
            "type",
            "status",
        }
        assert not unknown, f"the reference has no {unknown}"
        if not ticket["comment"].get("body"):
            return invalid("comment", "Description: cannot be blank")
        requester = ticket.get("requester") or {"email": AGENT}
        email = str(requester.get("email", ""))
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", email, re.IGNORECASE):
            return invalid("requester", f"Requester: Email:  {email} is not properly formatted")
        if ticket.get("priority") not in (None, "urgent", "high", "normal", "low"):
            return invalid("priority", "Priority: is invalid")
        user = self._user(email)
        new = Ticket(
            len(self.tickets) + 35,
            user,
            ticket.get("subject", ""),
            [Comment(user, ticket["comment"]["body"])],
            priority=ticket.get("priority"),
            tags=[tag.lower() for tag in ticket.get("tags", [])],
            external_id=ticket.get("external_id"),
        )
        self.tickets[new.id] = new
        return Response(201, {"ticket": shown(new), "audit": {"id": 1, "events": []}})

    def _user(self, email: str) -> int:
        for id, known in self.users.items():
            if known.casefold() == email.casefold():
                return id
        self.users[len(self.users) + 1] = email.lower()
        return len(self.users)

    def _show(self, id: int, request: Request) -> Response:
        if id not in self.tickets:
            return Response(404, {"error": "RecordNotFound", "description": "Not found"})
        answer: Json = {"ticket": shown(self.tickets[id])}
        if "users" in request.query.get("include", "").split(","):
            ids = {self.tickets[id].requester, AGENT_ID}
            answer["users"] = [{"id": one, "email": self.users[one], "name": "x"} for one in ids]
        return Response(200, answer)

    def _comments(self, id: int, request: Request) -> Response:
        if id not in self.tickets:
            return Response(404, {"error": "RecordNotFound", "description": "Not found"})
        size, start = int(request.query["page[size]"]), int(request.query.get("page[after]", 0))
        assert 1 <= size <= 100
        comments = self.tickets[id].comments
        more = start + size < len(comments)
        page = [
            {
                "id": start + place,
                "type": "Comment",
                "author_id": one.author,
                "body": one.body,
                "html_body": f"<p>{one.body}</p>",
                "plain_body": one.body,
                "public": one.public,
                "created_at": moment(start + place),
            }
            for place, one in enumerate(comments[start : start + size])
        ]
        meta = {"has_more": more, "after_cursor": str(start + size), "before_cursor": str(start)}
        return Response(200, {"comments": page, "meta": meta, "links": {"next": None}})


def moment(seconds: int) -> str:
    """So many seconds after ten o'clock."""
    return (datetime(2026, 11, 20, 10, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()


def invalid(name: str, description: str) -> Response:
    """A record that does not hold, in Zendesk's shape."""
    details = {name: [{"description": description, "error": "InvalidValue"}]}
    text = "Record validation errors"
    return Response(422, {"error": "RecordInvalid", "description": text, "details": details})


def shown(ticket: Ticket) -> Json:
    """A ticket's JSON."""
    return {
        "id": ticket.id,
        "url": f"https://shop.zendesk.com/api/v2/tickets/{ticket.id}.json",
        "external_id": ticket.external_id,
        "subject": ticket.subject,
        "description": ticket.comments[0].body,
        "status": ticket.status,
        "priority": ticket.priority,
        "tags": ticket.tags,
        "requester_id": ticket.requester,
        "submitter_id": AGENT_ID,
        "created_at": "2026-11-20T09:30:00Z",
        "updated_at": "2026-11-20T09:30:00Z",
    }
