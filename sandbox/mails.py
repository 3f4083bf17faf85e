"""Mail the shop sends: into a table, to be read on its page."""

import re
from datetime import datetime

from sqlalchemy.orm import Session

from sandbox.errors import RuleBroken
from sandbox.tables import Mail

EMAIL = re.compile(r"[^@\s]{1,64}@[\w-]+(\.[\w-]+)+")


def send(session: Session, to: str, subject: str, now: datetime) -> None:
    """Send a mail; what it says beyond its subject does not matter here."""
    session.add(Mail(to=to, subject=subject, sent_at=now))


def deliverable(email: str) -> str:
    """The address in small letters. Raises `RuleBroken` for what is none."""
    if not EMAIL.fullmatch(email.strip()):
        raise RuleBroken("invalid_email", "That is no e-mail address.")
    return email.strip().lower()
