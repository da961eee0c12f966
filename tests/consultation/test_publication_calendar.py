"""Publication against the calendar: late, never programmed, twice on the same CPV; told once, over when put right."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.process.procurement import Procurement
from models.process.table import PROCESS_VERSION
from models.reading.values import parse_amount
from models.risks.register import Level, Risk
from tasks import clock
from tasks.consultation import calendar
from tasks.contracts.importing import import_contracts
from tasks.runs import watch
from tasks.store import reading, transaction
from tests.watching import day

STARTS = day("2026-12-01")
SUPPORT, MEMBER, STRANGER = "26990001500018", "26990002300012", "26590671900019"


def purchase(ref="2026-001", **changes):
    values = {
        "objet": "Dispositifs de perfusion", "family_code": "perfusion", "cpv": "33194000",
        "nature": "fournitures", "amount_ht": parse_amount("400000"), "duration_months": 48, "stage": "review",
        "process_version": PROCESS_VERSION, "opened_at": clock.now(), "starts_on": STARTS,
    }  # fmt: skip
    with transaction() as session:
        session.add(Procurement(ref=ref, **(values | changes)))
    return ref


def put(ref, **changes):
    with transaction() as session:
        session.get_one(Procurement, ref).sqlmodel_update(changes)


def standing(prefix):
    with reading() as session:
        rows = session.exec(select(Risk).where(Risk.closed_at.is_(None)).order_by(Risk.key)).all()
    return [risk for risk in rows if risk.key.startswith(prefix)]


def last_day_to_publish():
    """The first day without a risk, found from outside: the day before the alert of an unpublished purchase."""
    from models.law.planning import PlannedProcedure, PlanRequest, plan

    made = plan(PlanRequest(procedure=PlannedProcedure.AO_OUVERT, starts_on=STARTS), day("2026-01-01"))
    return next(one.on for one in made.milestones if one.label == "Publication")


def test_a_publication_is_late_the_day_after_its_last_day_and_red_a_month_later(group):
    purchase()
    last = last_day_to_publish()
    levels = {}
    for late in (0, 1, 30, 31):
        calendar.check(last + timedelta(days=late))
        levels[late] = [risk.level for risk in standing("calendrier:")]
    assert levels == {0: [], 1: [Level.AMBER], 30: [Level.AMBER], 31: [Level.RED]}
    (risk,) = standing("calendrier:2026-001")
    assert "31 jours de retard" in risk.title
    assert risk.owner_email  # the owner of the family answers for it


def test_it_is_told_once_among_the_consumptions_and_ends_when_the_purchase_does(group):
    ref = purchase()
    late = last_day_to_publish() + timedelta(days=5)
    (told,) = watch.whole(late).consommations
    assert (told.cle, told.niveau, told.echeance) == ("calendrier:2026-001", Level.AMBER, STARTS)
    assert watch.whole(late).consommations == []
    put(ref, stage="abandoned")
    watch.whole(late + timedelta(days=1))
    assert standing("calendrier:") == []


def test_published_in_time_says_nothing_published_late_says_by_how_much(group):
    last = last_day_to_publish()
    purchase("2026-001", launched_on=last, stage="tendering", cpv="33194000")
    purchase("2026-002", launched_on=last + timedelta(days=10), stage="tendering", cpv="33190000")
    calendar.check(last + timedelta(days=20))
    (risk,) = standing("calendrier:")
    assert risk.ref == "2026-002"
    assert "10 jours de retard" in risk.title  # from the publication, whatever the day of the watch


def test_a_publication_that_no_calendar_planned_is_said(group):
    purchase(starts_on=None, launched_on=day("2026-03-02"), stage="tendering")
    calendar.check(day("2026-03-01"))
    assert standing("calendrier:") == []
    calendar.check(day("2026-03-02"))
    (risk,) = standing("calendrier:")
    assert "sans date de démarrage" in risk.title


def test_a_renewal_is_left_to_the_watch_of_contracts(group):
    purchase(renews="P1:2026-11-30")
    calendar.check(day("2026-11-30"))
    assert standing("calendrier:") == []


@pytest.mark.parametrize(
    ("other", "notified", "level"),
    [
        (MEMBER, "2026-02-10", [Level.RED]),  # a member signed for the same thing three weeks before
        (MEMBER, "2025-03-03", [Level.RED]),  # the last day of the twelve months
        (MEMBER, "2025-03-02", []),  # a year before: out of the period
        (SUPPORT, "2026-02-10", []),  # the same house
        (STRANGER, "2026-02-10", []),  # not of the group
    ],
)
def test_the_same_cpv_published_by_two_houses_of_the_group_within_a_year(
    group, tmp_path, other, notified, level
):
    purchase(launched_on=day("2026-03-02"), stage="tendering")
    path = tmp_path / "m.csv"
    path.write_text(
        f"Numéro;Objet;CPV;Acheteur;Titulaire;Notification\nX1;Perfuseurs;33194000;{other};A SAS;{notified}\n",
        encoding="utf-8",
    )
    import_contracts(path)
    calendar.check(day("2026-03-02"))
    assert [risk.level for risk in standing("doublon:33194000")] == level


def test_two_consultations_under_way_on_one_cpv_are_said_until_one_is_given_up(group):
    for ref in ("2026-001", "2026-002"):
        purchase(ref, launched_on=day("2026-03-02"), stage="tendering")
    calendar.check(day("2026-03-05"))
    (risk,) = standing("doublon:")
    assert risk.level is Level.AMBER
    assert "2026-001, 2026-002" in risk.title
    put("2026-002", stage="without_follow_up")
    calendar.check(day("2026-03-06"))
    assert standing("doublon:") == []
