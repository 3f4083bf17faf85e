"""Tickets in Zendesk, against an account that follows its Support API."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from actions.services.adapters.zendesk import ZendeskTickets
from actions.services.errors import Reason, ServiceUnavailable
from actions.services.retries import ATTEMPTS, LONGEST_PAUSE
from actions.services.settings import ServiceSettings
from actions.services.tickets import (
    CannotOpen,
    NewTicket,
    TicketKind,
    TicketNotFound,
    TicketState,
)
from tests.assistant.contracts import TicketServiceContract
from tests.assistant.vendors.contract import Ask, VendorContract
from tests.assistant.vendors.server import GARBAGE, SECRET, Lost, Response, Silence, serving
from tests.assistant.vendors.zendesk_server import AGENT, AGENT_ID, Comment, ZendeskServer

ANA = "ana.morales@example.com"
COMPLAINT = NewTicket(
    kind=TicketKind.COMPLAINT,
    subject="Broken lamp",
    text="It came in two pieces.",
    email=ANA,
    order_number="CM-10412",
    product="Iris lamp",
    phone="+34600123456",
    urgent=True,
)


@pytest.fixture
def desk() -> Iterator[ZendeskServer]:
    desk = ZendeskServer()
    with serving(desk):
        yield desk


def connect(desk: ZendeskServer, *, token: str = SECRET, timeout: float = 5.0) -> ZendeskTickets:
    settings = ServiceSettings("zendesk", desk.url, token, timeout)
    return ZendeskTickets(settings, lambda _: None, user=AGENT)


class TestZendeskTickets(TicketServiceContract):
    @pytest.fixture
    def service(self, desk: ZendeskServer) -> ZendeskTickets:
        return connect(desk)


def test_a_ticket_is_the_customers_own_and_says_all(desk: ZendeskServer) -> None:
    opened = connect(desk).open(COMPLAINT, key="key-1")
    [ticket] = desk.tickets.values()
    assert (opened.number, opened.kind, opened.state) == (
        str(ticket.id),
        TicketKind.COMPLAINT,
        TicketState.OPEN,
    )
    assert opened.created_at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert desk.users[ticket.requester] == ANA
    assert (ticket.priority, ticket.tags) == ("urgent", ["cloudmart_complaint"])
    assert ticket.comments[0].body == (
        "It came in two pieces.\n\nOrder: CM-10412\nProduct: Iris lamp\nPhone: +34600123456"
    )


def test_a_review_tells_its_stars(desk: ZendeskServer) -> None:
    review = NewTicket(kind=TicketKind.REVIEW, subject="Good", text="Fine.", email=ANA, rating=4)
    connect(desk).open(review, key="key-1")
    [ticket] = desk.tickets.values()
    assert ticket.comments[0].body == "Fine.\n\nRating: 4 of 5"
    assert ticket.priority == "normal"


def test_a_ticket_whose_answer_is_lost_is_one_ticket(desk: ZendeskServer) -> None:
    desk.lose("Broken lamp")
    connect(desk).open(COMPLAINT, key="key-1")
    assert len(desk.tickets) == 1


def test_a_ticket_is_known_after_zendesk_forgot_the_key(desk: ZendeskServer) -> None:
    first = connect(desk).open(COMPLAINT, key="key-1")
    desk.answered.clear()
    assert connect(desk).open(COMPLAINT, key="key-1") == first
    assert len(desk.tickets) == 1


def test_an_address_that_is_none_is_refused(desk: ZendeskServer) -> None:
    with pytest.raises(CannotOpen) as caught:
        connect(desk).open(COMPLAINT.model_copy(update={"email": "ana@nowhere"}), key="key-1")
    assert caught.value.reason is Reason.INVALID_EMAIL


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("open", TicketState.OPEN),
        ("hold", TicketState.OPEN),
        ("pending", TicketState.WAITING_FOR_CUSTOMER),
        ("solved", TicketState.SOLVED),
        ("closed", TicketState.SOLVED),
        ("a_state_of_2027", TicketState.OPEN),
    ],
)
def test_a_ticket_says_where_it_stands(
    desk: ZendeskServer, status: str, state: TicketState
) -> None:
    number = connect(desk).open(COMPLAINT, key="key-1").number
    desk.tickets[int(number)].status = status
    assert connect(desk).find(number, "Ana.Morales@Example.com").state is state


def test_the_answer_is_the_shops_last_public_word(desk: ZendeskServer) -> None:
    number = connect(desk).open(COMPLAINT, key="key-1").number
    ticket = desk.tickets[int(number)]
    assert connect(desk).find(number, ANA).answer == ""
    ticket.comments += [
        Comment(AGENT_ID, "We are sorry."),
        Comment(AGENT_ID, "A new one is on its way."),
        Comment(AGENT_ID, "Customer is a pain.", public=False),
        Comment(ticket.requester, "Thanks!"),
    ]
    assert connect(desk).find(number, ANA).answer == "A new one is on its way."
    ticket.comments += [Comment(ticket.requester, "And?")] * 150
    assert connect(desk).find(number, ANA).answer == "A new one is on its way."


@pytest.mark.parametrize("number", ["99", "", "35/comments", "35.json?x", "../users/1"])
def test_an_unknown_number_and_somebody_elses_look_the_same(
    desk: ZendeskServer, number: str
) -> None:
    own = connect(desk).open(COMPLAINT, key="key-1").number
    told = set()
    for wanted, email in ((number, ANA), (own, "ben@example.com"), (own, "")):
        with pytest.raises(TicketNotFound) as caught:
            connect(desk).find(wanted, email)
        told.add(str(caught.value))
    assert told == {""}


def test_a_ticket_of_another_origin_is_a_question(desk: ZendeskServer) -> None:
    number = connect(desk).open(COMPLAINT, key="key-1").number
    desk.tickets[int(number)].tags = ["vip", "cloudmart_unheard_of"]
    assert connect(desk).find(number, ANA).kind is TicketKind.QUESTION


# --- failures -------------------------------------------------------------------------------------


class TestZendeskOutOfOrder(VendorContract):
    service = "tickets"
    name = "zendesk"
    passing = (Response(429, "", {"Retry-After": "1"}), Response(503, ""), Lost(), GARBAGE)
    lasting = (
        *passing,
        Silence(),
        Response(200, {"ticket": {"id": "35"}}),
        Response(200, {"tickets": None}),
    )
    wrong = (
        ("https://shop.zendesk.com", {}, r"needs \['user'\]"),
        ("https://shop.zendesk.com", {"user": "desk"}, "user is the e-mail address"),
        ("http://shop.zendesk.com", {"user": AGENT}, "https://"),
    )

    @pytest.fixture
    def vendor(self, desk: ZendeskServer) -> ZendeskServer:
        return desk

    @pytest.fixture
    def ask(self, desk: ZendeskServer) -> Ask:
        def ask(**how: Any) -> object:
            tickets = connect(desk, **how)
            return tickets.find(tickets.open(COMPLAINT, key="key-1").number, ANA)

        return ask

    def refusal(self, told: str) -> Response:
        return Response(422, {"error": "RecordInvalid", "details": {"base": [told]}})


def test_the_rate_limit_is_waited_for(desk: ZendeskServer) -> None:
    pauses: list[float] = []
    settings = ServiceSettings("zendesk", desk.url, SECRET)
    desk.faults = [
        Response(429, "", {"Retry-After": "1"}),
        Response(429, "", {"Retry-After": "93"}),
    ]
    ZendeskTickets(settings, pauses.append, user=AGENT).open(COMPLAINT, key="key-1")
    assert pauses == [1.0, LONGEST_PAUSE]


def test_a_failed_opening_may_have_happened(desk: ZendeskServer) -> None:
    tickets = connect(desk)
    empty = Response(200, {"tickets": []})
    desk.faults = [empty, *[Lost()] * ATTEMPTS]
    with pytest.raises(ServiceUnavailable) as caught:
        tickets.open(COMPLAINT, key="key-1")
    assert caught.value.maybe_done
    assert tickets.open(COMPLAINT, key="key-1").number == "35"
    assert len(desk.tickets) == 1
