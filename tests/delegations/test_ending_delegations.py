"""A delegation that ends soon is announced once, to its holder and to those who can replace it."""

from datetime import date, timedelta

from sqlmodel import col, select

from models.outbox import Message
from models.signing.acts import Delegation
from tasks.delegations import endings
from tasks.signing import power
from tasks.store import reading, transaction


def warned() -> list[Message]:
    with reading() as session:
        return list(session.exec(select(Message).where(col(Message.key).startswith("delegation:"))))


def end_one() -> power.Ending:
    """Give a last day to a delegation of the demonstration group, and return it as the register shows it."""
    with transaction() as session:
        session.exec(select(Delegation)).first().valid_until = date(2027, 6, 30)
    with reading() as session:
        return power.expiring(session, date(2027, 6, 1), 60)[0]


def test_the_last_sixty_days_are_announced_once(group):
    ending = end_one()
    endings.check(ending.ends_on - timedelta(days=61))
    assert not [one for one in warned() if ending.reference in one.key]
    endings.check(ending.ends_on - timedelta(days=60))
    told = [one for one in warned() if ending.reference in one.key]
    assert ending.delegate_email in {one.to for one in told}
    assert len({one.to for one in told}) == len(told) >= 2
    assert ending.ends_on.strftime("%d/%m/%Y") in told[0].subject
    endings.check(ending.ends_on - timedelta(days=59))
    assert len([one for one in warned() if ending.reference in one.key]) == len(told)
