"""Escalation: who is told, when it climbs, what stops it; quiet hours; every message once."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from models.errors import AlreadyDone, BadInput
from models.outbox import Message
from models.risks.register import Level, Observation, Risk, RiskKind
from tasks import clock
from tasks.risks import escalation, register
from tasks.store import reading, transaction
from tests.watching import day

PHARMACIST = "paul.renaud@ch-rocheval.invalid"
DIRECTOR = "helene.marchand@ch-rocheval.invalid"
PURCHASING = "karim.benali@ch-rocheval.invalid"
COMMITTEE = "claire.vasseur@ch-rocheval.invalid"
LEGAL = "sophie.lambert@ch-rocheval.invalid"
MONDAY = day("2026-03-02")


def seen(
    level=Level.RED, *, key="rupture:1", vital=True, kind=RiskKind.STOCK_OUT, on=MONDAY, title="Perfuseurs"
):
    with transaction() as session:
        fact = Observation(key=key, kind=kind, level=level, title=title, is_vital=vital, action="appeler")
        return register.record(session, fact, on)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=clock.PARIS)


def written():
    with reading() as session:
        return session.exec(select(Message).order_by(Message.created_at)).all()


def told():
    return sorted(message.to for message in written())


def test_a_vital_risk_climbs_to_the_director_and_the_medical_committee(group):
    seen()
    escalation.climb(at("2026-03-02T08:00"))
    assert PHARMACIST in told()
    assert not {PURCHASING, DIRECTOR, COMMITTEE} & set(told())
    escalation.climb(at("2026-03-02T11:59"))
    assert PURCHASING not in told()
    escalation.climb(at("2026-03-02T12:00"))
    assert PURCHASING in told()
    escalation.climb(at("2026-03-02T20:00"))  # quiet hours do not hold what is vital
    assert {DIRECTOR, COMMITTEE} <= set(told())
    assert len(told()) == len(set(told()))


def test_each_degree_is_told_once_however_often_the_sweep_runs(group):
    seen()
    for _ in range(3):
        escalation.climb(at("2026-03-02T21:00"))
    count = len(written())
    seen()  # the same fact the next day
    escalation.climb(at("2026-03-03T09:00"))
    assert len(written()) == count


def test_acknowledged_it_climbs_no_more_until_it_gets_worse(group):
    seen(Level.RED)
    escalation.climb(at("2026-03-02T08:00"))
    register.acknowledge("rupture:1", register.Ack(person=PHARMACIST, action="Appeler le second titulaire"))
    escalation.climb(at("2026-03-04T12:00"))
    assert DIRECTOR not in told()
    before = len(written())
    seen(Level.BLACK, on=day("2026-03-05"))
    escalation.climb(at("2026-03-05T08:00"))
    assert len(written()) > before


def test_quiet_hours_hold_what_is_not_vital_until_the_morning(group):
    seen(kind=RiskKind.DISPUTE, vital=False, key="litige:1")
    night = escalation.climb(at("2026-03-02T22:00"))
    assert (night.retenus, written()) == (1, [])
    assert escalation.climb(at("2026-03-03T06:59")).retenus == 1
    assert escalation.climb(at("2026-03-03T07:00")).messages >= 1
    assert LEGAL in told()


def test_the_week_end_is_quiet(group):
    seen(kind=RiskKind.DISPUTE, vital=False, key="litige:1", on=day("2026-03-06"))
    assert escalation.climb(at("2026-03-07T10:00")).retenus == 1


def test_many_risks_make_one_message_for_each_person(group):
    for number in range(60):
        seen(kind=RiskKind.DISPUTE, vital=False, key=f"litige:{number}")
    escalation.climb(at("2026-03-02T09:00"))
    (message,) = [one for one in written() if one.to == LEGAL]
    assert message.subject.startswith("60 alertes")
    assert "… et 20 autres" in message.body


def test_a_role_that_nobody_holds_passes_to_the_next_degree_at_once(group):
    with transaction() as session:
        for grant in session.exec(select(escalation.people.RoleGrant)):
            if grant.role in ("pharmacien", "acheteur"):
                session.delete(grant)
    seen()
    escalation.climb(at("2026-03-02T08:00"))
    assert PURCHASING in told()
    with reading() as session:
        history = register.line(session, session.get_one(Risk, "rupture:1")).historique
    assert any("personne ne tient ce rôle" in line for line in history)


def test_closed_with_a_reason_it_comes_back_only_if_it_gets_worse(group):
    seen(Level.RED)
    with pytest.raises(BadInput, match="--motif"):
        register.close("rupture:1", PHARMACIST, "  ")
    register.close("rupture:1", PHARMACIST, "Second fournisseur livré")
    assert seen(Level.RED) is False
    assert register.register() == []
    assert seen(Level.BLACK) is True
    (line,) = register.register()
    assert [one.split()[1] for one in line.historique] == ["levé", "clos", "aggravé"]


def test_an_acknowledgement_is_given_once_with_owner_and_date(group):
    seen()
    due = clock.today() + timedelta(days=7)
    ack = register.Ack(person=PHARMACIST, action="Commander ailleurs", owner=PURCHASING, due_on=due)
    line = register.acknowledge("rupture:1", ack)
    assert line.actions == [f"Commander ailleurs ({PURCHASING}, pour le {due:%d/%m/%Y})"]
    with pytest.raises(AlreadyDone, match="déjà acquitté"):
        register.acknowledge("rupture:1", ack)


def test_the_group_replaces_the_rules_by_its_own(group, tmp_path):
    path = tmp_path / "escalades.toml"
    path.write_text(
        '[[regles]]\nnature = "rupture"\nniveaux = ["rouge"]\n'
        'etapes = [{ apres_heures = 0, roles = ["directeur"], canal = "courriel" }]\n',
        encoding="utf-8",
    )
    escalation.import_policy(path)
    seen()
    escalation.climb(at("2026-03-02T08:00"))
    assert told() == [DIRECTOR]
    path.write_text('[[regles]]\nnature = "rupture"\nniveaux = ["mauve"]\netapes = []\n', encoding="utf-8")
    with pytest.raises(BadInput, match="niveaux"):
        escalation.import_policy(path)
