"""The letters of a purchase on its pages: who sees them, why one has not left, and noting how it left."""

import json
from html import unescape

import pytest
from sqlmodel import select

from flows.__main__ import app
from flows.commands.application import run
from models.outgoing.letters import CandidateLetter
from tasks import clock
from tasks.outgoing import mail
from tasks.runs import segments
from tasks.store import reading
from tests.letters_scene import REF, real_group, rows, written_to
from tests.portal_scene import BUYER, PHARMACIST, inside

PAGE = f"/achats/{REF}/courriers"


@pytest.fixture
def waiting(group):
    """A purchase of a real group without mail server: its three letters wait for a person."""
    real_group()
    written_to()
    mail.send_pending()
    segments.awaits_letters.fn(REF, "information", 1)
    return inside(BUYER)


def test_the_purchase_says_that_its_letters_are_awaited_and_leads_to_them(waiting):
    page = waiting.get(f"/achats/{REF}").text
    assert "En attente : envoi des lettres." in page
    assert "0 sur 3 partis" in page
    assert f'href="{PAGE}"' in page
    assert "envoi des lettres" in waiting.get("/achats").text  # what the list says is awaited
    letters = unescape(waiting.get(PAGE).text)
    assert letters.count("aucun serveur d'envoi") == 3
    assert "Autre Labo, lot 1" in letters


def test_a_departure_is_noted_with_its_receipt(waiting):
    numbers = [str(one.id) for one in rows()]
    at = clock.local(clock.now()).strftime("%Y-%m-%dT%H:%M")
    sent = waiting.submit(PAGE, numero=numbers[:2], moyen="profil_acheteur", le=at, recepisse="AR-12")
    assert (sent.status_code, sent.headers["location"]) == (303, PAGE)
    assert [one.receipt for one in rows()] == ["AR-12", "AR-12", ""]
    page = unescape(waiting.get(PAGE).text)
    assert "profil d'acheteur, récépissé AR-12" in page
    assert "1 sur 3 n" in page


def test_a_fault_is_said_beside_its_field_and_what_was_typed_stays(waiting):
    number = str(rows()[0].id)
    answer = waiting.submit(PAGE, numero=number, moyen="recommande", le="2020-01-01T10:00", recepisse="R 1")
    assert answer.status_code == 400
    assert "il n'est pas parti avant" in unescape(answer.text)
    assert 'value="R 1"' in answer.text
    assert waiting.submit(PAGE, moyen="main_propre", le="2020-01-01T10:00").status_code == 400
    assert [one.left_at for one in rows()] == [None] * 3


def test_an_address_is_corrected_and_a_purchase_that_does_not_exist_is_refused(waiting):
    number = str(rows()[0].id)
    sent = waiting.submit(f"{PAGE}/renvoyer", PAGE, numero=number, adresse="autre@candidat.fr")
    assert sent.status_code == 303
    with reading() as session:
        assert session.exec(select(CandidateLetter.address)).first() == "autre@candidat.fr"
    assert waiting.submit(f"{PAGE}/renvoyer", PAGE, numero=number, adresse="non").status_code == 400
    assert waiting.get("/achats/2099-999/courriers").status_code == 400


def test_those_who_do_not_run_the_procedure_see_no_letter(waiting):
    other = inside(PHARMACIST)
    assert other.get(PAGE).status_code == 403
    page = other.get(f"/achats/{REF}").text
    assert "Autre Labo" not in page
    assert "/courriers" not in page


def test_the_command_line_lists_the_letters_and_notes_their_departure(waiting, capsys):
    assert run(app, ["courrier", "liste", REF, "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["etat"] for one in listed] == ["a_remettre"] * 3
    number = str(listed[0]["numero"])
    words = ["courrier", "remettre", REF, number, "--personne", BUYER, "--moyen", "profil_acheteur"]
    assert run(app, words) == 2
    assert "Le numéro qui prouve l'envoi" in capsys.readouterr().err
    assert run(app, [*words, "--recepisse", "AR-3", "--json"]) == 0
    [done] = json.loads(capsys.readouterr().out)
    assert (done["etat"], done["recepisse"]) == ("parti", "AR-3")
    assert run(app, ["courrier", "remettre", REF, "--personne", BUYER, "--moyen", "main_propre"]) == 0
    assert all(one.left_at for one in rows())
