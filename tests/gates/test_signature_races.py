"""Two hundred rounds of each race, on SQLite and on PostgreSQL: never without power, never twice."""

import threading
import time

import pytest

from models.errors import Refused
from models.process.procurement import Procurement
from models.signing.acts import DelegationTerms
from tasks import clock
from tasks.delegations import entry, register
from tasks.store import transaction
from tests.signing_scene import (
    DIRECTOR,
    PURCHASING,
    journal_is_valid,
    journal_lines,
    load,
    sign,
    signatures,
    waiting,
)

ROUNDS = 200
STEPS = 50
DELEGATE = "julie.perrin@ch-rocheval.invalid"

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def group(request):
    request.getfixturevalue("home" if request.param == "sqlite" else "postgres_home")
    load()


def together(*actions):
    """Run the actions at once; return what each of them was refused for, or None."""
    start = threading.Barrier(len(actions))
    outcomes: list[Exception | None] = [None] * len(actions)

    def run(rank, action):
        start.wait()
        try:
            action()
        except Exception as error:  # noqa: BLE001 (shown by the test)
            outcomes[rank] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    unexpected = [error for error in outcomes if error is not None and not isinstance(error, Refused)]
    assert unexpected == []
    return outcomes


def grant(reference):
    day = clock.today()
    terms = DelegationTerms(
        reference=reference,
        delegator_email=DIRECTOR,
        delegate_email=DELEGATE,
        function="Acheteuse",
        acts=["attribution"],
        valid_from=day,
        published_on=day,
    )
    with transaction() as session:
        register.record(session, terms)


def leave_the_gate(ref):
    """Take a purchase out of its gate: each round races on one purchase, not on all that were refused before."""
    with transaction() as session:
        session.get_one(Procurement, ref).stage = "abandoned"


def late_revocation(reference, milliseconds):
    """Revoke after a delay that sweeps the whole length of a signature, so that every order happens."""
    time.sleep(milliseconds / 1000)
    entry.revoke(reference, None, "Course", DIRECTOR)


def test_a_revocation_and_a_signature_never_overlap(group):
    signed = 0
    for number in range(ROUNDS):
        ref, reference = f"R-{number}", f"DS-R-{number}"
        grant(reference)
        waiting(ref)

        refused, _ = together(
            lambda ref=ref: sign(ref, DELEGATE),
            lambda reference=reference, after=number % STEPS: late_revocation(reference, after),
        )

        rows = signatures(ref)
        assert len(rows) == (refused is None)
        signed += len(rows)
        leave_the_gate(ref)
    revoked_at = {line.subject: line.seq for line in journal_lines("délégation") if "abrogée" in line.reason}
    signed_at = {line.ref: line.seq for line in journal_lines("signature")}
    late = [ref for ref, seq in signed_at.items() if seq > revoked_at[f"DS-{ref}"]]

    assert late == []
    assert len(revoked_at) == ROUNDS
    assert 0 < signed < ROUNDS, "both orders must have happened for the race to mean something"
    assert journal_is_valid()


def test_two_signatories_at_once_leave_one_signature(group):
    winners = set()
    for number in range(ROUNDS):
        ref = waiting(f"R-{number}")

        outcomes = together(lambda ref=ref: sign(ref, PURCHASING), lambda ref=ref: sign(ref, DIRECTOR))

        (row,) = signatures(ref)
        winners.add(row.person_email)
        assert sum(outcome is None for outcome in outcomes) == 1
    assert winners == {PURCHASING, DIRECTOR}
    assert len(journal_lines("signature")) == ROUNDS
    assert journal_is_valid()
