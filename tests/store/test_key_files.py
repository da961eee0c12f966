"""Keys of the home directory: verified when read, replaced only when nothing depends on them."""

import logging
import os
from threading import Thread

import pytest
from cryptography.fernet import Fernet
from sqlmodel import select

from models.access.proofs import CodeEnrolment
from models.errors import Unavailable
from models.organisation.group import Person
from tasks import clock, key_files
from tasks.access import sealed_secrets
from tasks.store import reading, transaction


def seal_something():
    """Keep a secret that only the sealing key opens, as the enrolment of a telephone does."""
    with reading() as session:
        email = session.exec(select(Person.email)).first()
    with transaction() as session:
        session.add(
            CodeEnrolment(
                person_email=email, sealed_secret=sealed_secrets.seal("JBSW"), enrolled_at=clock.now()
            )
        )


@pytest.mark.parametrize("broken", [b"", b"AbCd", b"x" * 43])
def test_an_unreadable_key_on_which_nothing_depends_is_replaced_and_said_in_one_french_line(
    group, broken, caplog
):
    path = group / sealed_secrets.KEY_FILE
    path.write_bytes(broken)
    with caplog.at_level(logging.WARNING):
        assert sealed_secrets.unseal(sealed_secrets.seal("secret")) == "secret"
    said = (
        f"La clé de scellement (cle-de-scellement) était illisible ({len(broken)} octets)"
        " ; rien n'en dépendait, elle a été remplacée."
    )
    assert [one.getMessage() for one in caplog.records] == [said]
    assert Fernet(path.read_bytes())
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("broken", "said"), [(b"", "est illisible \\(0 octets\\)"), (None, "est absente")])
def test_a_key_that_sealed_something_is_never_replaced(group, broken, said):
    seal_something()
    path = group / sealed_secrets.KEY_FILE
    whole = path.read_bytes()
    if broken is None:
        path.unlink()
    else:
        path.write_bytes(broken)
    with pytest.raises(Unavailable, match=f"La clé de scellement .* {said}.*sauvegarde"):
        sealed_secrets.seal("autre")
    assert not path.exists() or path.read_bytes() == b""
    path.write_bytes(whole)
    with reading() as session:
        kept = session.exec(select(CodeEnrolment.sealed_secret)).one()
    assert sealed_secrets.unseal(kept) == "JBSW"


def test_a_disk_full_while_the_key_is_made_leaves_no_key_at_all(group, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Unavailable, match="clé de scellement"):
            sealed_secrets.seal("secret")
    assert [path.name for path in group.iterdir() if "scellement" in path.name] == []
    assert sealed_secrets.unseal(sealed_secrets.seal("secret")) == "secret"


def test_threads_that_need_the_first_key_together_agree_on_one(group):
    sealed = []
    threads = [
        Thread(target=lambda rank=rank: sealed.append(sealed_secrets.seal(str(rank)))) for rank in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(sealed_secrets.unseal, sealed)) == list("01234567")


def test_every_key_of_the_home_is_listed_once(group):
    sealed_secrets.seal("x")
    (group / "cles").mkdir()
    (group / "cles" / "journal.pem").write_bytes(b"k")
    (group / ".cle-de-scellement.ici-1-00000000.partiel").write_bytes(b"")
    assert [path.name for path in key_files.of_home()] == [
        "cle-de-scellement",
        "cle-du-journal",
        "journal.pem",
    ]
