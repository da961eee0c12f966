"""What waits for a person is what she would be let answer, read in as many queries for thousands as for one."""

from decimal import Decimal

import pytest
from sqlalchemy import event
from sqlmodel import select

from models.errors import Refused
from models.process.procurement import Lock, Procurement
from models.process.table import STAGES, Gate
from models.signing.acts import Absence, Act
from models.signing.authority import may_sign, signing_limit
from tasks import clock
from tasks.access import sessions
from tasks.gates import decisions
from tasks.loading.file import load_organisation_text
from tasks.organisation import people
from tasks.process import conflicts
from tasks.signing import power, seats
from tasks.signing.purchase_powers import Powers
from tasks.store import engine, reading, transaction
from tasks.views import status, work
from tests.portal_scene import BUYER, DIRECTOR, EVERYBODY, LEGAL, PURCHASING
from tests.signing_scene import DEMO, sign, waiting

GATES = [stage.key for stage in STAGES if isinstance(stage, Gate)]
CIRCUITS = f"""
[[circuits]]
nom = "Lancement"
acte = "lancement"
a_partir_de = 90000
debut = 2018-01-01
visas = [
  {{ rang = 1, role = "controleur_gestion" }},
  {{ rang = 2, role = "juriste", personne = "{LEGAL}", suppleant = "{BUYER}" }},
]
"""


@pytest.fixture
def group(home):
    load_organisation_text(DEMO.read_text(encoding="utf-8") + CIRCUITS, "ght.toml")


def viewer(email):
    with reading() as session:
        return sessions.viewer_of(session, email)


def listed(email):
    return [one.ref for one in work.waiting_for(viewer(email))]


def answerable(email):
    """The purchases at which the very check of a decision lets the person answer."""
    found = []
    with reading() as session:
        someone = people.person(session, email)
        for one in session.exec(select(Procurement).order_by(Procurement.ref)):
            try:
                decisions.find_seat(Powers(session, one), seats.of_gate(session, one), someone)
            except Refused:
                continue
            found.append(one.ref)
    return found


def agree():
    for email in EVERYBODY:
        assert sorted(listed(email)) == answerable(email), email
        assert {task.ref for task in status.to_do(email)} == set(listed(email))


def test_the_list_of_each_person_is_what_the_check_of_a_decision_accepts(group):
    for rank, stage in enumerate(GATES):
        waiting(f"2026-{rank:03d}", "95000", stage)
    waiting("2026-100", "80000", "dce_approval")  # under the ceiling of the legal officer
    waiting("2026-101", "800000", "award_decision")  # above that of the purchasing director
    agree()
    assert "2026-100" in listed(LEGAL)
    assert "2026-101" not in listed(PURCHASING)

    with transaction() as session:
        today = clock.today()
        session.add(Absence(person_email=LEGAL, from_on=today, until_on=today, reason="congé"))
        session.add(Lock(ref="2026-101", reason="référé", placed_at=clock.now(), placed_by=LEGAL))
    agree()


def test_an_answer_given_waits_no_more_and_the_turn_of_the_next_rank_comes(group):
    ref = waiting(amount="95000", stage="review")
    assert ref not in listed(LEGAL)
    (controller,) = status.status(ref).awaiting[0].holders
    assert listed(controller) == [ref]
    sign(ref, controller)
    assert listed(controller) == []
    assert listed(LEGAL) == [ref]


def test_a_conflict_of_interests_takes_the_purchase_off_the_list(group):
    ref = waiting(stage="opening")
    assert listed(BUYER) == [ref]
    conflicts.declare(ref, BUYER, "conflit", "un parent salarié d'un candidat")
    assert listed(BUYER) == []


def test_the_signing_limit_is_the_border_of_what_the_person_may_sign(group):
    with reading() as session:
        register = power.register(session)
        support = people.support(session).siret

    def limit_and_verdict(email, act):
        asked = power.question(act, Decimal(0), "perfusion", support, clock.today())

        def signs(amount):
            return may_sign(email, asked.model_copy(update={"amount": Decimal(amount)}), register).allowed

        return signing_limit(email, asked, register), signs

    limit, signs = limit_and_verdict(LEGAL, Act.LAUNCH)  # her delegation has a ceiling of 89 999.99 EUR
    assert limit == Decimal("89999.99")
    assert (signs("89999.99"), signs("90000")) == (True, False)
    limit, signs = limit_and_verdict(DIRECTOR, Act.AWARD)  # by her own power
    assert (limit.is_infinite(), signs("1e12")) == (True, True)
    limit, signs = limit_and_verdict(LEGAL, Act.AWARD)  # an act that her delegation leaves out
    assert (limit, signs("0")) == (None, False)


def test_a_page_costs_the_same_number_of_queries_whatever_the_number_of_purchases(group):
    counted = []

    def count(_, __, statement, *rest):
        counted.append(statement)

    def queries(email):
        counted.clear()
        work.page_for(someone[email])
        return len(counted)

    someone = {email: viewer(email) for email in (DIRECTOR, PURCHASING, LEGAL, BUYER)}
    for rank, stage in enumerate(GATES):
        waiting(f"2026-{rank:03d}", "95000", stage)
    event.listen(engine(), "before_cursor_execute", count)
    try:
        before = [queries(email) for email in someone]
        for rank in range(20):
            waiting(f"2026-{rank + 100}", "95000", GATES[rank % len(GATES)])
        assert [queries(email) for email in someone] == before
    finally:
        event.remove(engine(), "before_cursor_execute", count)


def test_pages_follow_one_another_without_loss_by_due_date(group, monkeypatch):
    monkeypatch.setattr(work, "PAGE", 3)
    for rank in range(7):
        waiting(f"2026-{rank:03d}", "95000", "opening")
    pages = [work.page_for(viewer(BUYER), number) for number in (1, 2, 3, 99)]
    assert [page.page for page in pages] == [1, 2, 3, 3]
    assert {(page.total, page.pages) for page in pages} == {(7, 3)}
    assert [one.ref for page in pages[:3] for one in page.lines] == [f"2026-{rank:03d}" for rank in range(7)]
