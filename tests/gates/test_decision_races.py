"""Two people answer at once: one wins, the other is told who and when, and the journal keeps the attempt."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from models.errors import AlreadyDone
from models.journal import Fact
from models.process.procurement import Tender
from tasks import clock, journal
from tasks.process import transitions
from tasks.settings import ROOT
from tasks.store import reading, transaction
from tests.purchase_play import (
    BUYER,
    DIRECTOR,
    LEGAL,
    PRESCRIBER,
    PURCHASING,
    answer,
    decisions,
    lines,
    open_purchase,
    where,
)

ROUNDS = 50


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request):
    from tasks.loading.file import load_organisation

    request.getfixturevalue("home" if request.param == "sqlite" else "postgres_home")
    load_organisation(ROOT / "examples" / "ght-demo.toml")


def at(stage):
    ref = open_purchase("150000")
    with transaction() as session:
        row = transitions.load(session, ref)
        row.stage = stage
        session.flush()
        transitions.enter(session, row, in_segment=False)
    return ref


def race(ref, people, reply, fields):
    """Let everyone answer at the same instant; return what each got, by person."""
    start = Barrier(len(people))

    def run(person):
        start.wait()
        try:
            return answer(ref, person, reply, **fields)
        except AlreadyDone as refusal:
            return refusal

    with ThreadPoolExecutor(len(people)) as pool:
        return dict(zip(people, pool.map(run, people), strict=True))


@pytest.mark.parametrize(
    ("stage", "people", "reply", "fields", "to"),
    [
        (
            "award_decision",
            (DIRECTOR, PURCHASING),
            "refuse",
            {"motif": "Besoin disparu"},
            "without_follow_up",
        ),
        ("dce_approval", (DIRECTOR, PURCHASING), "change", {"motif": "À revoir"}, "drafting"),
        ("review", (LEGAL, PRESCRIBER), "change", {"motif": "À revoir"}, "drafting"),
    ],
)
def test_one_wins_and_the_other_is_told(database, stage, people, reply, fields, to):
    for _ in range(ROUNDS // 3 + 1):
        ref = at(stage)
        got = race(ref, people, reply, fields)
        losers = [person for person in people if isinstance(got[person], AlreadyDone)]
        assert len(losers) == 1
        [decision] = decisions(ref)
        assert (decision.person_email, where(ref)) == (next(p for p in people if p not in losers), to)
        said = str(got[losers[0]])
        assert " par " in said  # says who decided, whichever check the loser met first
        assert f"« {reply} » par" in said
        [refusal] = lines(ref, Fact.REFUSAL)
        assert (refusal.actor, refusal.reason) == (losers[0], said)
    with reading() as session:
        assert journal.verify(session).valide


def test_three_people_for_two_seats(database):
    """The third answer does not slip to the analysis, the gate that the second one opens."""
    people = (LEGAL, PURCHASING, BUYER)
    for _ in range(10):
        ref = at("opening")
        with transaction() as session:
            session.add(
                Tender(ref=ref, number=1, supplier="X", siret="1", received_at=clock.now(), sha256="0")
            )
        got = race(ref, people, "approve", {})
        [loser] = [person for person in people if isinstance(got[person], AlreadyDone)]
        assert "Déjà décidé : « approve » par" in str(got[loser])
        assert {one.person_email for one in decisions(ref)} == set(people) - {loser}
        assert where(ref) == "analysis"
        assert [line.actor for line in lines(ref, Fact.REFUSAL)] == [loser]
