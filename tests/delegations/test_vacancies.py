"""Nobody able to sign: said at once, to the right people, until a delegation opens the gate."""

import pytest
from sqlmodel import select

from models.errors import NotAllowed
from models.organisation.group import Person
from models.outbox import Dispatch, Message
from tasks import clock
from tasks.delegations import entry
from tasks.runs import segments
from tasks.store import reading, transaction
from tasks.views import status
from tests.signing_scene import DIRECTOR, LEGAL, PURCHASING, journal_lines, load, sign, signatures, waiting


@pytest.fixture
def group(home):
    load()


@pytest.fixture
def orphan(group):
    """The group the day after its director left: what she gave no longer lets anybody sign."""
    with transaction() as session:
        session.get_one(Person, DIRECTOR).active_until = clock.today().replace(year=2020)


def written(template="personne ne peut signer"):
    with reading() as session:
        return sorted(m.to for m in session.exec(select(Message)) if template in m.subject)


def test_above_every_delegation_the_director_is_enough_and_nothing_is_said(group):
    ref = waiting(amount="900000")

    assert status.status(ref).alerts == []
    assert written() == []


@pytest.mark.parametrize(
    ("stage", "acts"),
    [
        ("strategy", ["Approbation du DCE", "Décision d'attribution", "Signature du marché"]),
        ("award_decision", ["Décision d'attribution"]),
    ],
)
def test_without_a_signatory_the_directors_are_told_once_with_the_closest_reason(orphan, stage, acts):
    ref = waiting(stage=stage)

    alerts = status.status(ref).alerts
    said = [alert.split(" : ")[1] for alert in alerts]
    assert [line.startswith(act) for line, act in zip(said, acts, strict=True)] == [True] * len(acts)
    assert all("Hélène Marchand" in alert for alert in alerts)
    assert [task.alerts for task in status.to_do()] == [alerts]
    assert written() == [PURCHASING]  # the director has left
    (line,) = journal_lines("sans signataire")
    assert (line.ref, line.subject.split("/")[0]) == (ref, stage)


def test_the_gate_waits_then_opens_to_who_receives_a_delegation(group):
    ref = waiting(amount="150000")
    entry.revoke("DS-2018-01", clock.today(), "Nouvelle organisation", DIRECTOR)
    assert written() == []  # the director signs by her own power
    with transaction() as session:
        session.get_one(Person, DIRECTOR).active_until = clock.today().replace(year=2020)
    entry.revoke("DS-2018-03", clock.today(), "Fin", PURCHASING)  # any change of the register looks again
    assert written() == [PURCHASING]
    with pytest.raises(NotAllowed, match="Personne ne le peut aujourd'hui"):
        sign(ref, LEGAL)

    with transaction() as session:
        session.get_one(Person, DIRECTOR).active_until = None
    day = clock.today().isoformat()
    entry.add(
        {
            "reference": "DS-NEW", "delegant": DIRECTOR, "delegataire": LEGAL, "fonction": "Juriste",
            "actes": ["attribution"], "debut": day, "publication": day,
        },
        DIRECTOR,
    )  # fmt: skip

    with reading() as session:
        assert [key for key in session.exec(select(Dispatch.key)) if key.endswith(":signataire")]
    segments.tell.fn(segments.place(ref))
    assert LEGAL in written("votre réponse est attendue")
    assert status.status(ref).alerts == []
    sign(ref, LEGAL)
    assert [row.delegation for row in signatures(ref)] == ["DS-NEW"]
