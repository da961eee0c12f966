"""The standstill waits for the last letter: a server away, slow or refusing is said, and what a person does counts."""

from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from sqlmodel import col, select

from models.access.sight import Held as Role
from models.access.sight import Viewer
from models.errors import BadInput, NotAllowed
from models.journal import Fact, JournalLine
from models.outbox import Dispatch, Held, Message
from models.process.procurement import Procurement, StageVisit, Tender
from tasks import clock, journal
from tasks.award import information
from tasks.outgoing import handing_over, letters, mail, smtp
from tasks.runs import segments
from tasks.store import reading, transaction
from tasks.views import status
from tests.letters_scene import REF, Inbox, Server, enter, real_group, rows, set_server, written_to
from tests.purchase_play import Time
from tests.signing_scene import LEGAL

MONDAY = datetime(2026, 12, 28, 9, 0, tzinfo=clock.PARIS)
TEAM = handing_over.viewer


@pytest.fixture
def now(group, monkeypatch) -> Time:
    stopped = Time(MONDAY)
    monkeypatch.setattr(clock, "now", stopped.now)
    return stopped


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(now, inbox, monkeypatch):
    """A mail server that is set and does not run yet."""
    made = Server(inbox, set_server(monkeypatch))
    yield made
    if made.loop.is_running():
        made.stop()


def told() -> list[str]:
    """Return why letters have not left, as people read it."""
    return [one.motif for one in handing_over.listed(REF) if one.etat != "parti"]


def runs() -> list[str]:
    with reading() as session:
        return [one.key for one in session.exec(select(Dispatch)) if one.key.endswith(":lettres")]


def purchase() -> Procurement:
    with reading() as session:
        return session.get_one(Procurement, REF)


def waits() -> bool:
    return segments.awaits_letters.fn(REF, "information", 1)


def test_a_server_that_is_down_keeps_the_purchase_waiting_by_name_until_the_last_letter_left(
    server, inbox, now
):
    written_to()
    assert mail.send_pending().en_attente >= 3
    assert waits()
    assert not segments.place(REF).is_action
    assert segments.waiting_name(segments.place(REF)) == "En attente : envoi des lettres"
    assert status.status(REF).awaits == "envoi des lettres"
    assert all("ne répond pas" in reason for reason in told())
    now.pass_days(3)
    server.start()
    mail.send_pending()
    assert runs() == [f"{REF}:information:1:lettres"]
    assert not waits()
    assert segments.place(REF).is_action
    information.start_standstill.fn(REF, 1)
    # sent on 31 December 2026, the day the server was back; 11 days from date to date: 11 January 2027
    assert purchase().rejection_sent_on == date(2026, 12, 31)
    assert purchase().standstill_ends_at == datetime(2027, 1, 10, 23, 0, tzinfo=UTC)
    assert [one for one in inbox.addresses if one.endswith("candidat.fr")] == [
        "deux@candidat.fr", "trois@candidat.fr", "un@candidat.fr",
    ]  # fmt: skip


def test_the_wait_counts_from_the_last_letter_not_from_the_first(server, inbox, now):
    inbox.answers["trois@candidat.fr"] = "451 later"
    server.start()
    written_to()
    mail.send_pending()
    assert waits()
    assert "451" in told()[0]
    now.pass_days(1)
    inbox.answers.clear()
    mail.send_pending()
    information.start_standstill.fn(REF, 1)
    assert purchase().rejection_sent_on == date(2026, 12, 29)


def test_a_refused_address_waits_for_a_person_who_corrects_it(server, inbox):
    inbox.answers["deux@candidat.fr"] = "550 no such user"
    server.start()
    written_to()
    assert mail.send_pending().refuses == 1
    assert waits()
    [reason] = told()
    assert "550 no such user" in reason
    assert "deux@candidat.fr" in reason
    inbox.answers.clear()
    mail.send_pending()
    assert "deux@candidat.fr" not in inbox.addresses  # nobody insists on a refused address
    [letter] = [one for one in handing_over.listed(REF) if one.etat == "a_remettre"]
    handing_over.send_again(TEAM(LEGAL), REF, [letter.numero], "contact@autre-labo.fr")
    assert "contact@autre-labo.fr" in inbox.addresses
    assert not waits()


def test_the_team_is_told_once_which_letters_a_person_must_hand_over(server, inbox):
    inbox.answers |= {"deux@candidat.fr": "550 no", "trois@candidat.fr": "550 no"}
    server.start()
    written_to()
    mail.send_pending()
    mail.send_pending()
    with reading() as session:
        query = select(Message).where(col(Message.key).contains(":courriers:"), Message.to == LEGAL)
        [message] = session.exec(query).all()
    assert "2 courriers ne sont pas partis" in message.subject
    assert "Autre Labo" in message.body
    assert "Trois & Cie" in message.body


def test_a_slow_server_stops_the_round_and_says_so(server, inbox, monkeypatch):
    monkeypatch.setattr(smtp, "ANSWER_SECONDS", 0.3)
    inbox.seconds = 1.0
    server.start()
    written_to()
    begun = datetime.now(UTC)
    mail.send_pending()
    assert datetime.now(UTC) - begun < timedelta(seconds=3)  # not once for each letter
    assert waits()
    assert all("trop lent" in reason for reason in told())


def test_a_round_that_takes_too_long_leaves_the_rest_to_the_next(server, inbox, monkeypatch):
    monkeypatch.setattr(mail, "ROUND_SECONDS", -1)
    server.start()
    written_to()
    assert "prochain tour" in mail.send_pending().motif
    assert inbox.received == []


def test_an_address_with_accents_leaves_where_the_server_takes_it_and_is_refused_clearly_elsewhere(
    now, inbox, monkeypatch
):
    accents = ("Société Élan", "rené@élan.fr"), ("Élan bis", "contact@élan.fr")
    for takes, expected in ((False, ["contact@xn--lan-9la.fr"]), (True, ["rené@xn--lan-9la.fr"])):
        server = Server(inbox, set_server(monkeypatch), takes)
        server.start()
        try:
            if takes:
                [first, _] = handing_over.listed(REF)
                handing_over.send_again(TEAM(LEGAL), REF, [first.numero])
            else:
                written_to(*accents)
                mail.send_pending()
                assert "accents que le serveur d'envoi n'accepte pas" in told()[0]
            assert [one for one in inbox.addresses if "lan" in one] == expected
        finally:
            server.stop()
            inbox.received.clear()
    assert told() == []


FAULTY = ("néant", "un@candidat.fr\nBcc: tous@candidat.fr", "@candidat.fr", "x y@candidat.fr")


@pytest.mark.parametrize("address", FAULTY)
def test_what_is_no_address_is_said_and_stops_nobody_else(server, inbox, address):
    server.start()
    written_to(("Exemple SAS", address), ("Autre Labo", "deux@candidat.fr"))
    mail.send_pending()
    assert "deux@candidat.fr" in inbox.addresses
    assert "tous@candidat.fr" not in inbox.addresses
    assert "n'est pas une adresse" in told()[0]


def test_an_object_on_two_lines_makes_a_subject_on_one(server, inbox):
    written_to()
    with transaction() as session:
        session.get_one(Procurement, REF).objet = "Dispositifs\r\nBcc: tous@candidat.fr"
        enter(session, [("Quatre", "quatre@candidat.fr")])
        last = session.exec(select(Message).where(Message.to == "quatre@candidat.fr")).one()
        assert last.subject == f"{REF} — Dispositifs Bcc: tous@candidat.fr"
    server.start()
    mail.send_pending()
    assert "quatre@candidat.fr" in inbox.addresses
    assert "tous@candidat.fr" not in inbox.addresses


def test_two_senders_at_once_deliver_each_letter_once(server, inbox):
    inbox.seconds = 0.05
    server.start()
    written_to(*[(f"Candidat {rank}", f"c{rank}@candidat.fr") for rank in range(8)])
    senders = [Thread(target=mail.send_pending) for _ in range(3)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    found = [address for address in inbox.addresses if address.endswith("candidat.fr")]
    assert found == sorted(f"c{rank}@candidat.fr" for rank in range(8))


@pytest.mark.parametrize(("seconds", "is_sent"), [(89, False), (91, True)])
def test_a_sender_that_must_have_died_is_replaced_one_at_work_never(server, inbox, seconds, is_sent):
    server.start()
    written_to(("Exemple SAS", "un@candidat.fr"))
    with transaction() as session:
        row = session.exec(select(Message).where(Message.to == "un@candidat.fr")).one()
        row.claimed_at = clock.now() - timedelta(seconds=seconds)
    mail.send_pending()
    assert ("un@candidat.fr" in inbox.addresses) is is_sent


def test_without_a_mail_server_a_real_group_waits_and_a_rehearsal_plays_through(now):
    written_to()
    mail.send_pending()
    assert not waits()
    assert {one.recorded_by for one in rows()} == {journal.APPLICATION}


def test_without_a_mail_server_the_letters_of_a_real_group_are_handed_over_one_by_one(now):
    real_group()
    written_to()
    mail.send_pending()
    assert waits()
    assert all("aucun serveur d'envoi" in reason for reason in told())
    first, second, third = (one.id for one in rows())
    person = TEAM(LEGAL)
    said = handing_over.said_of("profil_acheteur", "2026-12-28T09:00", "AR-77")
    now.pass_days(1)
    handing_over.hand_over(person, REF, [first, second], said)
    assert waits()
    assert runs() == []
    handing_over.hand_over(
        person, REF, [third], handing_over.said_of("recommande", "29/12/2026 08:30", "1A 234")
    )
    assert runs() == [f"{REF}:information:1:lettres"]
    assert not waits()
    information.start_standstill.fn(REF, 1)
    # one letter left by post: 16 days from 29 December, date to date
    assert purchase().standstill_ends_at == datetime(2027, 1, 13, 23, 0, tzinfo=UTC)
    with reading() as session:
        said = [
            one.reason for one in session.exec(select(JournalLine).where(JournalLine.fact == Fact.LETTER))
        ]
        assert "récépissé AR-77" in said[0]
        carried = session.exec(select(Message.held).where(col(Message.key).contains("lettre_rejet"))).all()
        assert set(carried) == {Held.HANDED_OVER}
        assert journal.verify(session).valide


def test_a_mail_server_set_later_sends_what_waited_for_one(now, inbox, monkeypatch):
    real_group()
    written_to()
    mail.send_pending()
    server = Server(inbox, set_server(monkeypatch))
    server.start()
    try:
        mail.send_pending()
    finally:
        server.stop()
    assert [one.left_at is not None for one in rows()] == [True] * 3


def test_a_candidate_without_address_is_handed_over_by_a_person(server):
    server.start()
    written_to(("Exemple SAS", "un@candidat.fr"), ("Sans Adresse", ""))
    real_group()
    with transaction() as session:  # the letter was entered by a rehearsal: as a real group enters it
        enter(session, [("Autre Sans", "")])
    mail.send_pending()
    assert waits()
    assert told() == [letters.NO_ADDRESS]


@pytest.mark.parametrize(
    ("means", "at", "receipt", "fault"),
    [
        ("pigeon", "", "", "moyen"),
        ("recommande", "2026-12-28T09:00", "", "recepisse"),
        ("profil_acheteur", "2026-12-28T08:58", "AR-1", "le"),  # a minute before it was written
        ("profil_acheteur", "2026-12-28T09:01", "AR-1", "le"),  # to come
        ("profil_acheteur", "2026-12-28", "AR-1", "le"),  # a day is not an instant
        ("main_propre", "hier", "", "le"),
    ],
)
def test_an_impossible_departure_is_refused_beside_its_field_and_nothing_is_written(
    now, means, at, receipt, fault
):
    real_group()
    written_to()
    with pytest.raises(BadInput) as refused:
        handing_over.hand_over(TEAM(LEGAL), REF, [], handing_over.said_of(means, at, receipt))
    assert list(refused.value.fields) == [fault]
    assert all(one.left_at is None for one in rows())


def test_by_hand_needs_no_receipt_and_a_letter_leaves_once(now):
    real_group()
    written_to()
    said = handing_over.said_of("main_propre", "2026-12-28T09:00")
    assert len(handing_over.hand_over(TEAM(LEGAL), REF, [], said)) == 3
    with pytest.raises(BadInput, match="aucun courrier n'attend"):
        handing_over.hand_over(TEAM(LEGAL), REF, [], said)
    with pytest.raises(BadInput, match="n° 999"):
        handing_over.hand_over(TEAM(LEGAL), REF, [999], said)


def test_only_those_who_run_the_procedure_say_how_letters_left(now):
    real_group()
    written_to()
    outside = Viewer(
        email="x@x.invalid",
        name="X",
        siret="1",
        support_siret="2",
        held=(Role(role="prescripteur", siret="2"),),
    )
    with pytest.raises(NotAllowed):
        handing_over.hand_over(outside, REF, [], handing_over.said_of("main_propre"))


def test_a_sole_tenderer_waits_no_standstill_and_a_second_visit_counts_from_its_own_letters(now):
    written_to(("Exemple SAS", "un@candidat.fr"))
    mail.send_pending()
    information.start_standstill.fn(REF, 1)
    assert purchase().standstill_ends_at == datetime(2026, 12, 27, 23, 0, tzinfo=UTC)  # no wait (R. 2182-2)
    now.pass_days(10)
    with transaction() as session:
        row = {"number": 2, "supplier": "Autre", "siret": "2" * 14, "sha256": "0" * 64}
        session.add(Tender(ref=REF, received_at=clock.now(), **row))
        procurement = session.get_one(Procurement, REF)
        procurement.visit = 2
        session.add(StageVisit(ref=REF, stage="information", visit=2, entered_at=clock.now()))
        session.flush()
        enter(session, [("Exemple SAS", "un@candidat.fr"), ("Autre", "deux@candidat.fr")])
    mail.send_pending()
    information.start_standstill.fn(REF, 2)
    assert purchase().rejection_sent_on == date(2027, 1, 7)
    assert purchase().standstill_ends_at == datetime(2027, 1, 17, 23, 0, tzinfo=UTC)


def test_the_watch_reminds_the_team_each_day_that_letters_wait(now):
    real_group()
    written_to()
    mail.send_pending()
    waits()
    for day in (1, 2, 2):
        letters.check(date(2026, 12, 28 + day))
    with reading() as session:
        query = select(Message).where(col(Message.key).contains(":courriers:2026"), Message.to == LEGAL)
        assert len(session.exec(query).all()) == 2
