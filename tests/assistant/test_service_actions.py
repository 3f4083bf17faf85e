"""The actions that let customers be heard, run against the real sandbox."""

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.reviews import stars
from actions.tickets import answered_by
from sandbox.tables import Ticket
from tests.assistant.conftest import (
    Conversation,
    FaultyShop,
    Shop,
    forget_services,
    responses,
    write_endpoints,
)

ANA = "ana.morales@example.com"


def tickets(shop: Shop, kind: str) -> list[Ticket]:
    """What the shop's people have to answer, but for the first day's tickets."""
    with Session(shop.database) as session:
        found = session.scalars(select(Ticket).where(Ticket.kind == kind)).all()
        session.expunge_all()
        return [ticket for ticket in found if ticket.subject != "One of the lamps flickers"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("4", 4),
        ("four stars", 4),
        ("★★★★", 4),
        ("4 out of 5", 4),
        ("5/5", 5),
        ("I'd give it 2 stars", 2),
        ("10", None),
        ("3.5", None),
        ("2 or 3", None),
        ("★★★★★★", None),
        ("great", None),
    ],
)
def test_stars_are_counted_as_people_give_them(text: str, count: int | None) -> None:
    assert stars(text) == count


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 20, 12), date(2026, 11, 23)),  # a Friday: on Monday
        (datetime(2026, 11, 20, 20), date(2026, 11, 24)),  # after hours, as on Monday
        (datetime(2026, 11, 21, 12), date(2026, 11, 24)),
        (datetime(2026, 11, 23, 9), date(2026, 11, 24)),
    ],
)
def test_an_answer_takes_a_working_day(now: datetime, day: date) -> None:
    assert answered_by(now) == day


class TestComplaints:
    def test_the_request_and_the_story_are_kept_with_their_order(
        self, conversation: Conversation
    ) -> None:
        conversation.hears("it was CM-11027, chiara.ricci@example.com")
        conversation.slots["request"] = "the lamp arrived broken"
        conversation.validate(
            "complaint_form", complaint_text="it was CM-11027, chiara.ricci@example.com"
        )
        slots = conversation.slots
        assert slots["complaint_text"] == (
            "the lamp arrived broken\nit was CM-11027, chiara.ricci@example.com"
        )
        assert (slots["order_id"], slots["email"]) == ("CM-11027", "chiara.ricci@example.com")

    @pytest.mark.parametrize("frustration", ["calm", "upset"])
    def test_one_becomes_a_ticket(
        self, conversation: Conversation, shop: Shop, frustration: str
    ) -> None:
        conversation.hears("my mail")
        conversation.slots |= {
            "email": ANA,
            "order_id": "CM-10412",
            "complaint_text": "the driver was rude, my card is 4242 4242 4242 4242",
            "frustration": frustration,
        }
        [answer] = conversation.run("action_file_complaint")
        [ticket] = tickets(shop, "complaint")
        assert answer["response"] == "utter_complaint_filed"
        assert answer["ticket"] == ticket.number
        assert (ticket.email, ticket.order_number) == (ANA, "CM-10412")
        assert ticket.text == "the driver was rude, my card is [card number]"
        assert ticket.urgent is (frustration == "upset")

    def test_an_address_that_nobody_can_be_answered_at_is_told_so(
        self, conversation: Conversation
    ) -> None:
        conversation.hears("@")
        conversation.slots |= {"email": "@", "complaint_text": "bad"}
        assert responses(conversation.run("action_file_complaint")) == [
            "utter_ticket_refused_invalid_email"
        ]

    def test_one_that_may_have_got_lost_is_told_so(
        self, conversation: Conversation, faulty: FaultyShop, tmp_path: Path
    ) -> None:
        write_endpoints(tmp_path / "endpoints.yml", faulty.url)
        forget_services()
        conversation.hears("my mail")
        conversation.slots |= {"email": ANA, "complaint_text": "bad"}
        faulty.breaks("lost:/tickets")
        assert responses(conversation.run("action_file_complaint")) == ["utter_ticket_unsure"]
        assert len(tickets(faulty, "complaint")) == 1


class TestWhatIsAskedOfAComplaint:
    """Nothing that the request has told already."""

    @pytest.mark.parametrize(
        ("request_", "question"),
        [
            ("I want to complain", "utter_ask_what_happened"),
            (
                "the box was completely smashed and the lamp is dead",
                "utter_ask_more_about_it",
            ),
        ],
    )
    def test_what_happened_is_asked_only_where_it_was_not_told(
        self, conversation: Conversation, request_: str, question: str
    ) -> None:
        conversation.slots["request"] = request_
        assert responses(conversation.run("action_ask_complaint_text")) == [question]
        conversation.asked = "complaint_text"
        conversation.validate("complaint_form", complaint_text="nothing more")
        told = question == "utter_ask_more_about_it"
        assert conversation.slots["complaint_text"] == (request_ if told else None)


class TestReviews:
    def test_stars_may_be_in_the_request(self, conversation: Conversation) -> None:
        conversation.slots["request"] = "the lamp is great, 5 stars from me"
        conversation.validate("review_form")
        assert conversation.slots["review_stars"] == 5
        conversation.slots["request"] = "a review of my 2 lamps"
        conversation.slots["review_stars"] = None
        conversation.validate("review_form")
        assert conversation.slots["review_stars"] is None

    def test_stars_and_words_are_passed_on(self, conversation: Conversation, shop: Shop) -> None:
        conversation.hears("4 stars")
        conversation.asked = "review_stars"
        assert conversation.validate("review_form", review_stars="4 stars") == []
        conversation.slots |= {"review_product": "lamp", "review_text": "bright", "email": ANA}
        assert responses(conversation.run("action_send_review")) == ["utter_review_sent"]
        [ticket] = tickets(shop, "review")
        assert (ticket.rating, ticket.product, ticket.text) == (4, "lamp", "bright")

    def test_what_is_no_number_of_stars_is_told_so(self, conversation: Conversation) -> None:
        conversation.hears("great")
        conversation.asked = "review_stars"
        answers = conversation.validate("review_form", review_stars="great")
        assert responses(answers) == ["utter_stars_malformed"]
        assert conversation.slots["review_stars"] is None


class TestHandingOver:
    def test_what_it_is_about_is_asked_only_where_nothing_tells(
        self, conversation: Conversation
    ) -> None:
        conversation.hears("a person please")
        conversation.asked = "handover_concern"
        conversation.validate("contact_human_agent_form")
        assert conversation.asked == "handover_concern"
        conversation.slots["last_topic"] = "track_order"
        conversation.validate("contact_human_agent_form")
        assert conversation.asked is None

    def test_the_conversation_goes_along(self, conversation: Conversation, shop: Shop) -> None:
        conversation.hears("nobody helps me, card 4242 4242 4242 4242")
        conversation.slots |= {"email": ANA, "frustration": "upset"}
        [answer] = conversation.run("action_hand_over")
        [ticket] = tickets(shop, "call_back")
        assert answer["response"] == "utter_handed_over"
        assert (answer["ticket"], answer["email"]) == (ticket.number, ANA)
        assert "nobody helps me, card [card number]" in ticket.text
        assert ticket.urgent


class TestAnAddressToAnswerTo:
    def test_it_must_be_one(self, conversation: Conversation) -> None:
        conversation.hears("ana at example")
        conversation.asked = "email"
        assert responses(conversation.validate("contact_form", email="ana at example")) == [
            "utter_email_malformed"
        ]
        conversation.hears("ana at example")
        assert responses(conversation.validate("contact_form", email="ana at example")) == [
            "utter_email_malformed",
            "utter_offer_person",
        ]
        assert conversation.validate("contact_form", email="it's Ana@Example.com") == []
        assert conversation.slots["email"] == "ana@example.com"

    def test_who_is_signed_in_is_not_asked(self, conversation: Conversation, shop: Shop) -> None:
        conversation.hears("a person")
        claims = {"customer_id": "c-1", "email": ANA}
        conversation.said["metadata"] = {"bespeak_customer": claims}
        conversation.asked = "email"
        conversation.validate("contact_form")
        assert conversation.asked is None
        assert responses(conversation.run("action_hand_over")) == ["utter_handed_over"]
        assert [ticket.email for ticket in tickets(shop, "call_back")] == [ANA]
