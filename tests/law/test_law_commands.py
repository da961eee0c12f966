"""The commands of law as a person types them: answers in JSON, refusals in French with exit code 2."""

import json
import struct
from datetime import date, timedelta

import pytest
from icalendar import Calendar

from flows.__main__ import app
from flows.commands.application import run
from models.law.planning import PlanRequest, plan
from tasks.preparation.planning import calendar_ics, gantt_png

PROCEDURE = ("procedure", "--nature", "fournitures", "--montant", "216000", "--date", "2026-11-22")
PLAN = (
    "retroplanning",
    "--procedure",
    "ao_ouvert",
    "--demarrage",
    "2027-06-01",
    "--aujourdhui",
    "2026-09-25",
)
INTEREST = ("interets", "--montant-ttc", "12000", "--reception", "2026-01-10", "--paiement", "2026-03-02")
CHANGE = (
    *("modification", "--montant-initial", "100000", "--cumul-precedent", "5000", "--montant", "4990"),
    *("--nature", "fournitures", "--fondement", "R. 2194-8", "--date", "2026-11-22"),
)


@pytest.fixture
def ask(capsys):
    def asked(*words):
        code = run(app, [*words, "--json"])
        out = capsys.readouterr()
        assert (code, out.err) == (0, "")
        return json.loads(out.out)

    return asked


def changed(words, option, value):
    words = list(words)
    words[words.index(option) + 1] = value
    return words


def test_procedure_answers_its_exact_keys(ask):
    found = ask(*PROCEDURE, "--lot", "40000", "--lot", "176000")
    assert {key: found[key] for key in found if key not in ("fondements", "lots", "seuils")} == {
        "procedure": "formalisee",
        "publicite": "boamp_et_joue",
        "profil_acheteur": True,
        "standstill_jours": 11,
        "delai_offres_jours": 30,
        "donnees_essentielles": True,
        "liste_annuelle": False,
        "critere_environnemental": True,
        "avis_attribution_jours": 30,
        "delai_paiement_jours": 50,
        "marche_ecrit": True,
        "condition_environnementale": True,
        "condition_sociale": True,
        "mesure_ipi": False,
        "a_confirmer": [],
    }
    assert found["seuils"] == {"dispense": 60000, "formalisee": 216000}
    assert found["lots"] == [
        {"amount": 40000, "procedure": "sans_publicite"},
        {"amount": 176000, "procedure": "formalisee"},
    ]
    assert all(set(one) == {"article", "text", "status"} for one in found["fondements"])
    assert {one["status"] for one in found["fondements"]} <= {"verified", "recalled", "proposition"}


def test_a_regime_says_which_figures_no_one_has_read_in_their_text(ask):
    found = ask("procedure", "--nature", "travaux", "--montant", "139999.99", "--date", "2027-01-01")
    assert (found["procedure"], found["a_confirmer"]) == ("sans_publicite", ["dispense_travaux"])


def test_amounts_are_read_as_the_french_write_them(ask):
    found = ask("procedure", "--nature", "travaux", "--montant", "5 404 000,00 €", "--date", "22/11/2026")
    assert found["procedure"] == "formalisee"


@pytest.mark.documents
def test_retroplanning_answers_its_exact_keys_and_writes_files(ask, tmp_path):
    ics, image = tmp_path / "plan.ics", tmp_path / "plan.png"
    found = ask(*PLAN, "--ics", str(ics), "--image", str(image))
    assert (found["debut_au_plus_tard"], found["faisable"], found["retard_jours"]) == ("2026-09-22", False, 3)
    assert set(found["jalons"][0]) == {"stage", "label", "date", "fondement"}
    assert [one["stage"] for one in found["jalons"]][-3:] == [
        "standstill",
        "contract_signature",
        "notification",
    ]
    assert len(Calendar.from_ical(ics.read_bytes()).events) == len(found["jalons"])
    assert image.read_bytes().startswith(b"\x89PNG")


def test_interest_answers_its_exact_keys(ask):
    found = ask(*INTEREST)
    assert {key: found[key] for key in ("jours_retard", "taux", "interets", "indemnite", "total")} == {
        "jours_retard": 1,
        "taux": 10.15,
        "interets": 3.34,
        "indemnite": 40,
        "total": 43.34,
    }


def test_a_modification_says_yes_or_no_and_why(ask):
    assert ask(*CHANGE)["autorisee"] is True
    refused = ask(*changed(CHANGE, "--montant", "5000"))
    assert (refused["autorisee"], refused["part_cumulee"], refused["plafond"]) == (False, 10, 10)
    assert "10" in refused["motif"]
    assert ask(*CHANGE, "--en-moins")["cumul"] == 10


def test_every_figure_is_listed_with_dates_status_and_source(ask):
    listed = {one["nom"]: one for one in ask("parametres")}
    assert len(listed) > 100
    last = listed["dispense_travaux"]["valeurs"][-1]
    assert (last["du"], last["au"], last["valeur"], last["statut"]) == (
        "2027-01-01",
        None,
        140000,
        "recalled",
    )
    assert all(v["source"] and v["statut"] for one in listed.values() for v in one["valeurs"])


@pytest.mark.parametrize("words", [PROCEDURE, PLAN, INTEREST, CHANGE, ("parametres",)])
def test_each_command_also_answers_in_french_for_people(words, capsys):
    assert run(app, list(words)) == 0
    assert len(capsys.readouterr().out) > 40


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (changed(PROCEDURE, "--montant", "0"), "supérieur à zéro"),
        (changed(PROCEDURE, "--montant", "-5"), "supérieur à zéro"),
        (changed(PROCEDURE, "--montant", "beaucoup"), "n'est pas un nombre"),
        (changed(PROCEDURE, "--date", "2015-09-30"), "n'a pas de valeur connue au 30/09/2015"),
        (changed(PROCEDURE, "--date", "2026-02-29"), "n'est pas une date"),
        (changed(PROCEDURE, "--nature", "denrées"), "inconnu"),
        ((*PROCEDURE, "--lot", "0"), "supérieur à zéro"),
        ((*PROCEDURE, "--lot", "216000.01"), "plus que le besoin"),
        (PROCEDURE[:-2], "il manque --date"),
        (changed(PLAN, "--procedure", "concours"), "inconnu"),
        (changed(PLAN, "--demarrage", "demain"), "n'est pas une date"),
        ((*PLAN, "--ics", "/inexistant/plan.ics"), "ne peut pas être écrit"),
        (changed(INTEREST, "--paiement", "2026-01-09"), "précède la réception"),
        (
            changed(changed(INTEREST, "--reception", "9999-12-31"), "--paiement", "9999-12-31"),
            "trop lointaine",
        ),
        (changed(INTEREST, "--montant-ttc", "0"), "supérieur à zéro"),
        ((*changed(INTEREST, "--reception", "2026-12-01")[:-1], "2027-03-01"), "taux_bce.toml"),
        (changed(CHANGE, "--fondement", "R. 2194-12"), "Fondement"),
        (changed(CHANGE, "--montant", "0"), "ne peut pas être nul sur ce fondement"),
        (changed(CHANGE, "--montant-initial", "-1"), "supérieur à zéro"),
    ],
)
def test_what_is_wrong_is_refused_in_one_french_line(words, said, capsys):
    assert run(app, list(words)) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert said in out.err and out.err.count("\n") == 1


def test_the_calendar_holds_whole_days_that_programs_read():
    made = plan(PlanRequest(procedure="mapa", starts_on=date(2027, 4, 1)), date(2026, 11, 22))
    content = calendar_ics(made)
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    events = Calendar.from_ical(content).events
    assert [event.DTSTART for event in events] == [one.on for one in made.milestones]
    assert all(timedelta(days=1) == event.DTEND - event.DTSTART for event in events)
    assert len({event["uid"] for event in events}) == len(events)
    assert content == calendar_ics(made)


@pytest.mark.documents
@pytest.mark.parametrize("procedure", ["ao_restreint", "sans_publicite"])
def test_the_picture_is_a_png_of_readable_size(procedure):
    made = plan(PlanRequest(procedure=procedure, starts_on=date(2027, 4, 1)), date(2026, 11, 22))
    width, height = struct.unpack(">II", gantt_png(made)[16:24])
    assert width > 1000 and height > 40 * len(made.milestones)


def test_a_ground_without_competition_is_asked_for_its_facts(ask, capsys):
    sole = (*PROCEDURE, "--motif", "operateur_unique")
    assert run(app, list(sole)) == 2
    said = capsys.readouterr().err
    assert "R. 2122-3" in said and "aucune solution de remplacement raisonnable" in said
    found = ask(*sole, "--atteste")
    assert (found["procedure"], found["standstill_jours"]) == ("sans_publicite", None)
    assert found["fondements"][0]["article"] == "CCP art. R. 2122-3"


def test_an_urgency_of_ones_own_making_is_sent_to_bridging_options(capsys):
    late = (*PROCEDURE, "--motif", "urgence_imperieuse", "--atteste", "--fin-marche", "2026-10-31")
    assert run(app, list(late)) == 2
    said = capsys.readouterr().err
    assert "centrale d'achat" in said and "R. 2194-1" in said
