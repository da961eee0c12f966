"""Restore drills: yesterday's copy with today's Prefect and the reverse; nothing twice, one answer and all goes on."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import select

from models.archive.restorations import Waiting
from models.errors import AlreadyDone, BadInput, NotAllowed, Unavailable
from models.outbox import Dispatch
from tasks import clock, journal
from tasks.access import sealed_secrets
from tasks.archive import aftermath, backup, copies, databases, envelope, reborn, restoring
from tasks.outgoing import dispatch, mail, outbox, restored
from tasks.runs import resumption
from tasks.settings import settings
from tasks.store import reading, transaction
from tests.conftest import forget_settings
from tests.purchase_play import BUYER, answer_all, open_purchase, play, run_segment, where

pytestmark = [pytest.mark.flow, pytest.mark.slow]
ADMINISTRATOR = "emma.roux@ch-rocheval.invalid"


@pytest.fixture
def drill(prefect_server, group_on_each_database, time):
    """The demo group in 2031, whose references no other test gives, with the deployments; gives the clock."""
    from prefect.client.orchestration import get_client

    from flows.lifecycle import lifecycle
    from flows.reminder import reminder

    time.instant = datetime(2031, 3, 3, 9, tzinfo=clock.PARIS)
    with get_client(sync_client=True) as client:
        for flow in (lifecycle, reminder):
            client.create_deployment(client.create_flow(flow), name="ght", enforce_parameter_schema=False)
    return time


def mails(folder: Path) -> set[str]:
    return {path.name for path in (folder / "messages").rglob("*.eml")}


def asked(ref: str) -> dict[str, str | None]:
    with reading() as session:
        return {row.key: row.flow_run_id for row in session.exec(select(Dispatch).where(Dispatch.ref == ref))}


def idempotency_keys(ref: str) -> dict[str, str]:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags

    with get_client(sync_client=True) as client:
        wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=[ref]))
        return {
            run.idempotency_key: run.state.type.value
            for run in client.read_flow_runs(flow_run_filter=wanted)
            if run.idempotency_key
        }


def test_yesterday_s_copy_in_place_of_today_s_home(drill, tmp_path):
    ref = open_purchase("120000")
    play(ref, drill, until="strategy")
    dispatch.deliver()
    sealed = sealed_secrets.seal("secret")
    done = backup.back_up(backup.Order(folder=tmp_path / "copies"))
    before = mails(settings().home)

    answer_all(ref)
    run_segment(ref)
    second = open_purchase("90000")
    dispatch.deliver()
    today, further = mails(settings().home), where(ref)
    assert today > before

    with pytest.raises(BadInput, match="contient déjà des données"):
        restoring.restore(restoring.Return(folder=tmp_path / "copies"))
    since = restoring.restore(
        restoring.Return(
            folder=tmp_path / "copies", opening=envelope.Opening(passphrase=done.code), replaces=True
        )
    )
    assert sealed_secrets.unseal(sealed) == "secret"
    assert where(ref) == "strategy"
    assert mails(settings().home) == before
    assert [(one.ref, one.etape_copie, one.etape_depuis) for one in since.avances] == [
        (ref, "strategy", further)
    ]
    assert [one for one in since.inconnus if one.startswith("2031")] == [
        second
    ]  # Prefect serves other tests too
    assert since.premiers_numeros["2031"] == int(second[5:]) + 1
    assert since.messages == []
    assert len(since.partis_depuis) == len(today) - len(before)

    # Nothing leaves and nothing moves before a person's word; people may already answer.
    assert run_segment(ref) == restored.STATE
    answer_all(ref)
    assert dispatch.deliver().motif == restored.CONFIRM
    assert mail.send_pending().envoyes == 0
    with pytest.raises(NotAllowed, match="administrateur"):
        reborn.confirm(BUYER, None)

    confirmed = reborn.confirm(ADMINISTRATOR, None)
    assert (confirmed.numero, confirmed.messages) == (1, 0)
    with pytest.raises(AlreadyDone):
        reborn.confirm(ADMINISTRATOR, None)
    resumption.resume("restauration confirmée")
    assert run_segment(ref) != restored.STATE
    assert where(ref) == further
    aside = next(settings().home.glob("avant-restauration-*"))
    assert (mails(settings().home) - before) & mails(aside) == set()  # the same words did not leave again
    assert all(":r1" in key for key in idempotency_keys(ref) if key.startswith(f"{ref}:drafting"))
    assert int(open_purchase("80000")[5:]) == int(second[5:]) + 1
    with reading() as session:
        assert journal.verify(session).valide


def test_yesterday_s_copy_on_another_machine_with_today_s_prefect(
    drill, tmp_path, monkeypatch, postgres_or_none
):
    ref = open_purchase("120000")
    play(ref, drill, until="strategy")
    letter = write_unsent(ref)
    dispatch.deliver()
    runs_before = asked(ref)
    code = backup.back_up(backup.Order(folder=tmp_path / "copies")).code
    answer_all(ref)
    run_segment(ref)
    dispatch.deliver()
    further = where(ref)

    postgres_or_none()
    monkeypatch.setenv("ACHATS_HOME", str(tmp_path / "autre"))
    forget_settings()
    with pytest.raises(BadInput, match="code de reprise"):
        restoring.restore(restoring.Return(folder=tmp_path / "copies"))
    opening = envelope.Opening(passphrase=code)
    since = restoring.restore(restoring.Return(folder=tmp_path / "copies", opening=opening))
    assert since.sources == ["serveur Prefect"]
    assert [(one.ref, one.etape_depuis) for one in since.avances] == [(ref, further)]
    assert [one.cle for one in since.doubtful] == [letter]
    assert since.premiers_numeros["2031"] == int(ref[5:]) + 1 + aftermath.SMALL_MARGIN
    with pytest.raises(BadInput, match="1 messages sont peut-être déjà partis"):
        reborn.confirm(ADMINISTRATOR, None)
    confirmed = reborn.confirm(ADMINISTRATOR, Waiting.GONE)
    assert confirmed.messages == 1
    assert confirmed.runs_retires > 0
    assert mail.send_pending().envoyes == 0
    resumption.resume("restauration confirmée")
    renewed = asked(ref)
    assert renewed.keys() >= runs_before.keys()
    reminder = next(key for key in runs_before if ":relance:" in key)
    assert renewed[reminder] != runs_before[reminder]
    assert idempotency_keys(ref)[f"{reminder}:r1"] == "SCHEDULED"
    assert reminder not in idempotency_keys(ref)  # the former run of the same date is gone
    answer_all(ref)
    run_segment(ref)
    assert where(ref) == further


def write_unsent(ref: str) -> str:
    from models.process.procurement import Procurement

    letter = outbox.Letter(
        key=f"{ref}:essai", to=BUYER, template="achat_termine", values={"nom": "J", "etape": "E", "motif": ""}
    )
    with transaction() as session:
        outbox.write_message(session, letter, session.get_one(Procurement, ref))
    return letter.key


@pytest.fixture
def postgres_or_none(request):
    """Empty the database of the test when it is on PostgreSQL, as a new machine finds it."""

    def empty():
        if settings().database.startswith("postgresql"):
            import sqlalchemy

            from tasks.store import engine

            with engine().begin() as connection:
                connection.execute(sqlalchemy.text("DROP SCHEMA public CASCADE"))
                connection.execute(sqlalchemy.text("CREATE SCHEMA public"))

    return empty


def test_today_s_home_with_a_prefect_that_lost_its_database(drill):
    from uuid import UUID

    from prefect.client.orchestration import get_client

    ref = open_purchase("120000")
    play(ref, drill, until="strategy")
    dispatch.deliver()
    reminder = next(key for key in asked(ref) if ":relance:" in key)
    lost = asked(ref)[reminder]
    with get_client(sync_client=True) as client:
        client.delete_flow_run(UUID(lost))
    resumption.resume("test")
    assert asked(ref)[reminder] not in (lost, None)
    resumption.resume("test")
    assert idempotency_keys(ref)[reminder] == "SCHEDULED"


def test_a_run_that_comes_back_over_is_asked_for_again(drill):
    from uuid import UUID

    from prefect.client.orchestration import get_client
    from prefect.states import Completed

    ref = open_purchase("120000")
    play(ref, drill, until="strategy")
    dispatch.deliver()
    key = f"{ref}:identified:1"
    first = asked(ref)[key]
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(UUID(first), Completed(), force=True)
    with transaction() as session:
        session.get_one(Dispatch, key).delivered_at = None
    dispatch.deliver()
    assert asked(ref)[key] != first


def test_a_copy_that_was_altered_or_comes_from_the_future_is_refused(home, tmp_path):
    done = backup.back_up(backup.Order(folder=tmp_path / "copies"))
    manifest = copies.load(tmp_path / "copies")
    base = copies.file_of(tmp_path / "copies", manifest.base.sha256)
    whole = base.read_bytes()
    base.write_bytes(whole[:-1] + b"?")
    with pytest.raises(Exception, match=f"{done.copie} n'est pas entière : base : contenu altéré"):
        restoring.restore(restoring.Return(folder=tmp_path / "copies", replaces=True))
    base.write_bytes(whole)
    future = manifest.model_copy(update={"base": manifest.base.model_copy(update={"revision": "9999"})})
    (tmp_path / "copies" / copies.COPIES / done.copie / copies.MANIFEST).write_text(future.model_dump_json())
    with pytest.raises(BadInput, match="version plus récente"):
        restoring.restore(restoring.Return(folder=tmp_path / "copies", replaces=True))
    assert not list(settings().home.glob("avant-restauration-*"))


def test_a_copy_without_the_key_of_its_journal_leaves_no_home_that_nobody_holds(group, tmp_path, monkeypatch):
    """Without the key nothing could be written, not even that everything is held: the database does not stay."""
    open_purchase("120000")
    backup.back_up(backup.Order(folder=tmp_path / "copies", by_code=False))
    monkeypatch.setenv("ACHATS_HOME", str(tmp_path / "autre"))
    forget_settings()
    with pytest.raises(Unavailable, match="cle-du-journal"):
        restoring.restore(restoring.Return(folder=tmp_path / "copies"))
    assert databases.is_empty()
    (tmp_path / "autre" / "cle-du-journal").write_bytes((group / "cle-du-journal").read_bytes())
    assert restoring.restore(restoring.Return(folder=tmp_path / "copies")).numero == 1
    assert restored.hold() == restored.CONFIRM
