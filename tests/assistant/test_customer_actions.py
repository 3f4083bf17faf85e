"""The actions about accounts, run against the real sandbox."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.details import account_field, full_name, international, person_name
from actions.registration import newsletter_wish
from actions.wording import day
from sandbox.tables import Customer, Mail
from sandbox.times import utc_now
from tests.assistant.conftest import (
    Conversation,
    FaultyShop,
    Shop,
    forget_services,
    responses,
    write_endpoints,
)

CHIARA = "chiara.ricci@example.com"
BEN = "ben.carter@example.com"
FORM = "edit_account_form"


def about(conversation: Conversation, email: str = CHIARA, **slots: Any) -> None:
    """The conversation, once Chiara has shown who she is (or somebody said so)."""
    conversation.hears("hello")
    conversation.slots |= {"order_id": "CM-11027", "email": email, **slots}


def signed_in(conversation: Conversation, shop: Shop, email: str) -> None:
    """The conversation of a customer whom the shop's site has signed in."""
    customer = account(shop, email)
    conversation.hears("hello")
    claims = {"customer_id": customer.public_id, "email": customer.email}
    conversation.said["metadata"] = {"bespeak_customer": claims}


def account(shop: Shop, email: str) -> Customer:
    """What the shop's database has of an account."""
    with Session(shop.database) as session:
        customer = session.scalars(select(Customer).where(Customer.email == email)).one()
        session.expunge_all()
        return customer


def mails(shop: Shop) -> list[tuple[str, str]]:
    """Whom the shop wrote to, and about what."""
    with Session(shop.database) as session:
        return [(mail.to, mail.subject) for mail in session.scalars(select(Mail)).all()]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("I got married and my name is now Julia Stone", "name"),
        ("you have me spelt wrong", "name"),
        ("change my email to ana.phone@example.com", "email"),
        ("my mobile is new", "phone"),
        ("the number you have is out of date", "phone"),
        ("my birthday is wrong", "birthday"),
        ("I've moved to another street", "address"),
        ("change my password", "password"),
        ("update my details", None),
        ("/edit_account", None),
    ],
)
def test_what_should_be_changed_is_found_in_a_text(text: str, field: str | None) -> None:
    assert account_field(text) == field


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+44 (0)20 7946 0958", "+44 20 7946 0958"),
        ("it's +353851234567", "+353 85 123 4567"),
        ("020 7946 0018", None),
        ("+44 12", None),
        ("none", None),
    ],
)
def test_a_phone_number_needs_its_countrys_code(text: str, number: str | None) -> None:
    assert international(text) == number


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Julia  Stone", "Julia Stone"),
        ("my name is Julia Stone", "Julia Stone"),
        ("CM-10412", None),
        ("julia@example.com", None),
        ("x" * 101, None),
    ],
)
def test_a_name_has_neither_digits_nor_an_address(text: str, name: str | None) -> None:
    assert person_name(text) == name


@pytest.mark.parametrize(
    ("part", "said", "name"),
    [
        ("Carter", "change my name to Benjamin Carter", "Benjamin Carter"),
        ("Ng", "it's Ng, not Nog", "Ng"),
        ("Siobhan Kelly", "please correct my name to Siobhan Kelly.", "Siobhan Kelly"),
        ("Ann", "Ann", "Ann"),
        ("Ann", "/edit_account", "Ann"),
    ],
)
def test_a_name_is_read_whole_from_the_request(part: str, said: str, name: str) -> None:
    assert full_name(part, said) == name


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("subscribe me to the newsletter", "on"),
        ("I stopped getting the newsletter, can you put me back on", "on"),
        ("unsuscribe pls", "off"),
        ("I don't want your newsletter any more", "off"),
        ("take me off your mailing list", "off"),
        ("do you have a newsletter", None),
        ("is there a discount for newsletter subscribers", None),
        ("/newsletter_subscription", None),
    ],
)
def test_nobody_is_signed_up_or_off_by_a_guess(text: str, wish: str | None) -> None:
    assert newsletter_wish(text) == wish


class TestChangingAnAccount:
    @pytest.mark.parametrize(
        ("field", "value", "told"),
        [
            ("name", "Chiara Bianchi", "name to Chiara Bianchi"),
            ("phone", "+44 2079460958", "phone number to +44 20 7946 0958"),
        ],
    )
    def test_it_is_changed_to_what_was_told_and_confirmed(
        self, conversation: Conversation, shop: Shop, field: str, value: str, told: str
    ) -> None:
        about(conversation, request="change my details")
        conversation.validate(FORM)
        assert conversation.asked == "account_field"
        assert conversation.validate(FORM, account_field=f"my {field}") == []
        assert conversation.asked == f"new_{field}"
        assert conversation.validate(FORM, **{f"new_{field}": value}) == []
        assert conversation.slots["account_change"] == told
        assert conversation.asked == "confirmed"
        conversation.validate(FORM, confirmed=True)
        assert conversation.asked is None
        assert responses(conversation.run("action_edit_account")) == [f"utter_{field}_changed"]
        assert getattr(account(shop, CHIARA), field).replace(" ", "") == told.split(" to ")[
            1
        ].replace(" ", "")

    @pytest.mark.parametrize(
        ("opening", "answer"),
        [
            ("change my name", "Chiara Bianchi"),
            ("change my name to Chiara Bianchi please", "chiara.ricci@example.com"),
        ],
    )
    def test_half_of_a_name_brings_the_other_half_along(
        self, conversation: Conversation, opening: str, answer: str
    ) -> None:
        about(conversation, request=opening)
        conversation.validate(FORM)
        conversation.hears(answer, person="Bianchi")
        conversation.validate(FORM, new_name="Bianchi")
        assert conversation.slots["new_name"] == "Chiara Bianchi"

    def test_a_new_address_waits_for_a_click_in_the_mail(
        self, conversation: Conversation, shop: Shop
    ) -> None:
        about(conversation, request="change my email to chiara@ricci.example")
        conversation.validate(FORM, new_email="chiara@ricci.example")
        assert conversation.asked == "confirmed"
        conversation.validate(FORM, confirmed=True)
        [answer] = conversation.run("action_edit_account")
        assert answer["response"] == "utter_email_changed"
        assert (answer["email"], answer["old_email"]) == ("chiara@ricci.example", CHIARA)
        assert account(shop, CHIARA).pending_email == "chiara@ricci.example"

    @pytest.mark.parametrize("confirmed", [False, None])
    def test_without_a_yes_it_stays(
        self, conversation: Conversation, shop: Shop, confirmed: bool | None
    ) -> None:
        about(conversation, account_field="name", new_name="Mallory", confirmed=confirmed)
        assert responses(conversation.run("action_edit_account")) == ["utter_account_kept"]
        assert account(shop, CHIARA).name == "Chiara Ricci"

    @pytest.mark.parametrize(
        ("slot", "value", "response"),
        [
            ("account_field", "the colour", "utter_account_field_unknown"),
            ("new_phone", "020 7946 0018", "utter_phone_malformed"),
            ("new_email", "chiara at example", "utter_email_malformed"),
            ("new_name", "4711", "utter_name_malformed"),
            ("new_name", "who are you?", "utter_name_malformed"),
        ],
    )
    def test_what_is_malformed_is_told_and_asked_for_again(
        self, conversation: Conversation, slot: str, value: str, response: str
    ) -> None:
        about(conversation, request="change my details")
        conversation.asked = slot
        assert responses(conversation.validate(FORM, **{slot: value})) == [response]
        assert conversation.slots[slot] is None

    @pytest.mark.parametrize("field", ["password", "address", "birthday"])
    def test_what_is_kept_elsewhere_is_told_so(
        self, conversation: Conversation, field: str
    ) -> None:
        about(conversation, request=f"change my {field}")
        conversation.validate(FORM)
        assert conversation.asked is None
        assert responses(conversation.run("action_edit_account")) == [
            f"utter_edit_elsewhere_{field}"
        ]

    def test_what_is_kept_elsewhere_may_be_an_answer(self, conversation: Conversation) -> None:
        about(conversation, request="change my details")
        conversation.validate(FORM)
        assert conversation.asked == "account_field"
        conversation.validate(FORM, account_field="7 Shop Street")
        assert responses(conversation.run("action_edit_account")) == [
            "utter_edit_elsewhere_address"
        ]

    def test_somebody_elses_account_stays(self, conversation: Conversation, shop: Shop) -> None:
        slots = {"account_field": "name", "new_name": "Mallory", "confirmed": True}
        about(conversation, email=BEN, **slots)
        assert responses(conversation.run("action_edit_account")) == ["utter_not_theirs"]
        about(conversation, email="", **slots)
        assert responses(conversation.run("action_edit_account")) == ["utter_not_theirs"]
        assert account(shop, BEN).name == "Ben Carter"

    def test_who_is_signed_in_needs_no_order(self, conversation: Conversation, shop: Shop) -> None:
        signed_in(conversation, shop, BEN)
        conversation.slots |= {"account_field": "name", "new_name": "Ben C", "confirmed": True}
        assert responses(conversation.run("action_edit_account")) == ["utter_name_changed"]
        assert account(shop, BEN).name == "Ben C"

    def test_an_account_about_to_be_deleted_stays_as_it_is(
        self, conversation: Conversation, shop: Shop
    ) -> None:
        with Session(shop.database) as session, session.begin():
            customer = session.scalars(select(Customer).where(Customer.email == CHIARA)).one()
            customer.deletion_on = date.today() + timedelta(days=9)
        about(conversation, account_field="name", new_name="Chiara B", confirmed=True)
        assert responses(conversation.run("action_edit_account")) == [
            "utter_cannot_edit_deletion_requested"
        ]


class TestDeletingAnAccount:
    def test_it_goes_in_two_weeks_after_a_yes(self, conversation: Conversation, shop: Shop) -> None:
        now = utc_now()
        with Session(shop.database) as session, session.begin():
            session.add(
                Customer(email="nina@quiet.example", name="Nina", phone="", registered_at=now)
            )
        signed_in(conversation, shop, "nina@quiet.example")
        conversation.slots["confirmed"] = True
        [answer] = conversation.run("action_delete_account")
        assert answer["response"] == "utter_deletion_requested"
        gone = account(shop, "nina@quiet.example").deletion_on
        assert gone == (now + timedelta(days=14)).date()
        assert answer["deletion"] == day(gone)

    def test_not_while_something_is_on_its_way(
        self, conversation: Conversation, shop: Shop
    ) -> None:
        about(conversation, confirmed=True)
        assert responses(conversation.run("action_delete_account")) == [
            "utter_cannot_delete_open_orders"
        ]
        assert account(shop, CHIARA).deletion_on is None

    def test_not_without_a_yes(self, conversation: Conversation, shop: Shop) -> None:
        about(conversation, confirmed=False)
        assert responses(conversation.run("action_delete_account")) == ["utter_account_kept"]
        assert account(shop, CHIARA).deletion_on is None


class TestWhatIsAnsweredByMail:
    @pytest.mark.parametrize(
        ("action", "response", "email", "subject"),
        [
            ("action_recover_password", "utter_password_link_sent", CHIARA, "Set a new password"),
            ("action_recover_password", "utter_password_link_sent", "no@body.example", None),
            (
                "action_create_account",
                "utter_account_created",
                "new@face.example",
                "Confirm your account and choose a password",
            ),
            (
                "action_create_account",
                "utter_account_created",
                CHIARA,
                "You already have an account",
            ),
            ("action_resend_confirmation", "utter_confirmation_resent", "no@body.example", None),
        ],
    )
    def test_the_answer_does_not_tell_who_has_an_account(
        self,
        conversation: Conversation,
        shop: Shop,
        action: str,
        response: str,
        email: str,
        subject: str | None,
    ) -> None:
        about(conversation, email, account_name="Somebody New")
        assert responses(conversation.run(action)) == [response]
        assert mails(shop)[-1:] == ([(email, subject)] if subject else mails(shop)[-1:])
        assert bool([mail for mail in mails(shop) if mail[0] == email]) is bool(subject)

    def test_the_newsletter_begins_by_a_click_and_ends_at_once(
        self, conversation: Conversation, shop: Shop
    ) -> None:
        about(conversation, newsletter_wish="on")
        assert responses(conversation.run("action_set_newsletter")) == ["utter_newsletter_on"]
        assert mails(shop)[-1] == (CHIARA, "Please confirm your subscription")
        with Session(shop.database) as session, session.begin():
            session.scalars(
                select(Customer).where(Customer.email == CHIARA)
            ).one().newsletter = True
        conversation.slots["newsletter_wish"] = "off"
        assert responses(conversation.run("action_set_newsletter")) == ["utter_newsletter_off"]
        assert account(shop, CHIARA).newsletter is False

    def test_what_the_shop_takes_for_no_address_is_told_so(
        self, conversation: Conversation
    ) -> None:
        about(conversation, "@", account_name="Somebody New")
        assert responses(conversation.run("action_create_account")) == [
            "utter_mail_refused_invalid_email"
        ]

    def test_an_answer_that_got_lost_is_told_so(
        self, conversation: Conversation, faulty: FaultyShop, tmp_path: Path
    ) -> None:
        write_endpoints(tmp_path / "endpoints.yml", faulty.url)
        forget_services()
        about(conversation)
        faulty.breaks("lost:/customers")
        assert responses(conversation.run("action_recover_password")) == ["utter_mail_unsure"]
        assert [mail for mail in mails(faulty) if mail[1] == "Set a new password"] == [
            (CHIARA, "Set a new password")
        ]


class TestSwitchingAccounts:
    def test_who_it_was_is_forgotten_but_not_the_failed_tries(
        self, conversation: Conversation
    ) -> None:
        about(conversation, failed_lookups=2)
        assert responses(conversation.run("action_switch_account")) == ["utter_account_switched"]
        slots = conversation.slots
        assert (slots["order_id"], slots["email"], slots["failed_lookups"]) == (None, None, 2)

    def test_who_is_signed_in_has_to_sign_out(self, conversation: Conversation, shop: Shop) -> None:
        signed_in(conversation, shop, BEN)
        assert responses(conversation.run("action_switch_account")) == ["utter_sign_out_first"]
