"""Spend and tenders handed over through the API: what is read, what is refused, and who may."""

import gzip
import io
import json
from datetime import timedelta

import pytest
import xlsxwriter
from sqlmodel import col, select

from models.errors import Refused
from models.journal import Fact, JournalLine
from models.outbox import Message
from models.process.procurement import Item, Procurement, Tender
from models.spend.lines import SpendLine
from tasks import clock
from tasks.runs import import_requests
from tasks.store import reading, transaction
from tasks.tendering import tenders
from tests.portal_scene import ADMINISTRATOR, BUYER, DIRECTOR, LEGAL, MEMBER, PURCHASING, guest, token_of
from tests.signing_scene import waiting

SUPPORT = "990000010"
OWN = "990000028"  # of MEMBER
OTHER = "990000036"
SPEND = (
    "Date;Amount;Fournisseur;Libellé\n"
    "05/01/2026;1 234,56;Labo Exemple;Perfuseurs\n"
    "31/02/2026;10,00;Labo Exemple;Perfuseurs\n"
    "06/01/2026;-34,56;Labo Exemple;Avoir\n"
)


CONTENT = SPEND.encode("cp1252")


def send(header, content=CONTENT, name="mandats 2026.csv", house=SUPPORT, **fields):
    data = {"etablissement": house, "colonne": "montant=Amount", **fields}
    files = {"fichier": (name, content)}
    return guest().post("/api/v1/depenses", headers=header, data=data, files=files)


def followed(header, asked):
    """Do what the run of the worker does, and return what the address given says."""
    assert asked.status_code == 202, asked.text
    import_requests.carry_out(asked.json()["numero"])
    return guest().get(asked.headers["location"], headers=header)


def imported(header, *content, **fields):
    return followed(header, send(header, *content, **fields)).json()


def kept():
    with reading() as session:
        return session.exec(select(SpendLine).order_by(SpendLine.line_number)).all()


def test_spend_is_imported_as_on_the_command_line_and_the_journal_says_who_sent_it(group):
    header = token_of(BUYER, "depenses")
    report = imported(header)
    assert report["etat"] == "fini"
    assert report["fichier"] == "mandats 2026.csv"
    assert (report["lus"], report["acceptes"]) == (3, 2)
    assert [one["ligne"] for one in report["refuses"]] == [3]
    assert "31/02/2026" in report["refuses"][0]["motif"]
    assert (report["total_lu"], report["total_accepte"], report["total_refuse"]) == (
        "1210.00",
        "1200.00",
        "10.00",
    )
    assert [str(one.amount) for one in kept()] == ["1234.56", "-34.56"]
    assert imported(header)["deja_importe"]
    with reading() as session:
        lines = session.exec(select(JournalLine).where(JournalLine.subject == "dépenses")).all()
    assert [(one.actor, one.after) for one in lines] == [(BUYER, "mandats 2026.csv")]


def test_a_workbook_and_a_compressed_file_are_read_too(group):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate((("date", "Amount", "fournisseur"), ("2026-01-05", 12.5, "Labo"))):
            sheet.write_row(row, 0, cells)
    header = token_of(BUYER, "depenses")
    assert imported(header, buffer.getvalue(), "a.xlsx")["total_accepte"] == "12.50"
    assert imported(header, gzip.compress(SPEND.encode()), "b.csv.gz")["total_accepte"] == "1200.00"


def corners():
    """Return a workbook of two cells, at opposite corners of its sheet."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write_string("A1", "x")
        sheet.write_string("XFD1048576", "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"content": b""}, "vide"),
        ({"house": "inconnu"}, "inconnu"),
        ({"colonne": "n'importe quoi"}, "sens=nom"),
        ({"famille": "aucune-telle"}, "aucune-telle"),
    ],
)
def test_what_is_wrong_before_the_file_is_read_is_refused_at_once(group, change, said):
    answer = send(token_of(BUYER, "depenses"), **change)
    assert answer.status_code == 422
    assert said in answer.json()["motif"]
    assert kept() == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (corners(), "trop éloignées les unes des autres"),
        (b"MZ\x90\x00\x00", "lisible"),
        (b"PK\x03\x04 broken", "abîmé"),
        (gzip.compress(b"0;" * 15_000_000), "25 Mo"),
        (gzip.compress(SPEND.encode() + b";" * 10_000_001), "10 000 000 de cases au plus"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_where_the_import_is_followed(group, content, said):
    found = imported(token_of(BUYER, "depenses"), content)
    assert found["etat"] == "refusé"
    assert said in found["motif"]
    assert kept() == []


def test_two_hundred_refused_lines_are_listed_and_the_totals_are_those_of_the_whole_file(group):
    wrong = "31/02/2026;0,10;Labo Exemple;Perfuseurs\n" * 300
    report = imported(token_of(BUYER, "depenses"), (SPEND + wrong).encode("cp1252"))
    assert (report["lus"], report["acceptes"], len(report["refuses"])) == (303, 2, 200)
    assert report["remarques"][-1] == (
        "301 lignes refusées : les 200 premières sont listées ici, pas les 101 autres."
    )
    assert (report["total_lu"], report["total_refuse"]) == ("1240.00", "40.00")


def test_a_deposit_of_more_lines_than_a_hospital_pays_is_refused(group):
    found = imported(token_of(BUYER, "depenses"), gzip.compress(SPEND.encode() + b"a;1;b;c\n" * 500_001))
    assert (found["etat"], "500\u202f000 au plus" in found["motif"]) == ("refusé", True)


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "", "\x00.csv", "a" * 300 + ".csv", "NUL"])
def test_the_name_of_a_file_leads_nowhere(group, name):
    answer = send(token_of(BUYER, "depenses"), name=name)
    assert answer.status_code in (202, 422)
    if answer.status_code == 202:
        assert "/" not in answer.json()["fichier"]


def test_a_member_sends_the_spend_of_her_own_house_and_replaces_nothing(group):
    header = token_of(MEMBER, "depenses")
    assert send(header, house=OTHER).status_code == 403
    assert send(header, house="colonne").status_code == 403
    assert send(header, house=OWN, remplacer="true").status_code == 403
    assert imported(header, house=OWN)["etat"] == "fini"
    assert len(kept()) == 2


@pytest.mark.parametrize(("person", "scopes"), [(BUYER, ["lire", "ouvrir"]), (LEGAL, ["depenses"])])
def test_neither_the_scope_alone_nor_the_role_alone_sends_spend(group, person, scopes):
    assert send(token_of(person, *scopes)).status_code == 403
    assert kept() == []


@pytest.fixture
def consultation(group):
    """A purchase that receives tenders until tomorrow."""
    ref = waiting("2026-001", "150000", "opening")
    with transaction() as session:
        session.get_one(Procurement, ref).tenders_due_at = clock.now() + timedelta(days=1)
        session.add(Item(ref=ref, code="PERF-1", label="Perfuseur", unit="unité"))
    return ref


def tender(ref, **changes):
    return {**tenders.example(ref).model_dump(mode="json", by_alias=True), **changes}


def hand_over(ref, header, body):
    return guest().post(f"/api/v1/achats/{ref}/offres", headers=header, json=body)


def test_a_tender_is_sealed_receipted_once_and_the_journal_says_who_handed_it_over(consultation):
    header = token_of(ADMINISTRATOR, "offres")
    body = tender(consultation, commentaire="secret des affaires")
    answer = hand_over(consultation, header, body)
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert (receipt["numero"], receipt["hors_delai"]) == (1, False)
    assert hand_over(consultation, header, body).json() == receipt
    with reading() as session:
        [row] = session.exec(select(Tender)).all()
        actors = session.exec(select(JournalLine.actor).where(JournalLine.fact == Fact.TENDER)).all()
    assert "secret" not in json.dumps(row.content)
    assert ADMINISTRATOR in actors


def test_a_tender_is_refused_by_scope_role_content_and_stage(consultation):
    body = tender(consultation)
    assert hand_over(consultation, token_of(BUYER, "ouvrir"), body).status_code == 403
    assert hand_over(consultation, token_of(MEMBER, "offres"), body).status_code == 403
    header = token_of(ADMINISTRATOR, "offres")
    assert hand_over(consultation, header, {**body, "lots": []}).status_code == 422
    unknown = hand_over(consultation, header, {**body, "lots": [{"lot": 9, "prix": {"PERF-1": "1"}}]})
    assert (unknown.status_code, "Lot 9 inconnu" in unknown.json()["motif"]) == (422, True)
    assert hand_over("2026-999", header, body).status_code in (404, 422)
    assert hand_over(waiting("2026-002", "100000", "strategy"), header, body).status_code == 403
    with reading() as session:
        assert session.exec(select(Tender)).all() == []


def test_the_description_says_what_each_deposit_takes():
    paths = guest().get("/api/v1/openapi.json").json()["paths"]
    spend = paths["/depenses"]["post"]
    assert "multipart/form-data" in spend["requestBody"]["content"]
    assert spend["security"]
    tender_body = paths["/achats/{ref}/offres"]["post"]["requestBody"]["content"]["application/json"]
    assert tender_body["schema"]["$ref"].endswith("TenderFile")


@pytest.mark.parametrize("person", [BUYER, PURCHASING, LEGAL, DIRECTOR])
def test_who_evaluates_deposits_no_tender(consultation, person):
    assert hand_over(consultation, token_of(person, "offres"), tender(consultation)).status_code == 403


def test_the_buyer_profile_has_a_credential_that_the_administrator_alone_gives_and_that_does_nothing_else(
    consultation,
):
    header = token_of(ADMINISTRATOR, "profil")
    assert hand_over(consultation, header, tender(consultation)).status_code == 201
    assert guest().get("/api/v1/achats", headers=header).status_code == 403
    for person, scopes in ((BUYER, ["profil"]), (ADMINISTRATOR, ["profil", "lire"])):
        with pytest.raises(Refused):
            token_of(person, *scopes)


def test_a_replacement_is_told_to_those_who_open_and_did_not_deposit_it(consultation):
    header = token_of(ADMINISTRATOR, "profil")
    body = tender(consultation)
    assert hand_over(consultation, header, body).json()["remplace"] == []
    assert written_to() == set()
    again = {**body, "lots": [{"lot": 1, "prix": {"PERF-1": "9.00"}}]}
    assert hand_over(consultation, header, again).json()["remplace"] == [1]
    assert {BUYER, LEGAL, PURCHASING} <= written_to()


def written_to():
    with reading() as session:
        return {
            one.to
            for one in session.exec(select(Message).where(col(Message.key).contains(":remplacee:"))).all()
        }
