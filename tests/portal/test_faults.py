"""What the pages say of a fault: every one at once, beside its field, in words that a person of the hospital knows."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlmodel import func, select

from models.consultation.rectification import Withdrawal
from models.errors import BadInput
from models.process.procurement import Procurement, Tender
from models.risks.register import Level, Observation, RiskKind
from portal.frame.pages import _environment
from tasks import clock
from tasks.risks import register
from tasks.store import reading, transaction
from tests.portal_scene import BUYER, DIRECTOR, LEGAL, PASSWORD, PHARMACIST, PURCHASING, inside, proof
from tests.signing_scene import waiting
from tests.tendering_scene import published

SHORTAGE = "rupture:cip:34009"
OFFER = {
    "candidat": {"nom": "Médiflux SAS", "siret": "26990001500018"},
    "lots": [{"lot": 1, "prix": {"PERF-101": "1"}}],
}


@pytest.fixture
def shortage(group):
    seen = Observation(
        key=SHORTAGE, kind=RiskKind.STOCK_OUT, level=Level.BLACK, title="Noradrénaline en rupture"
    )
    with transaction() as session:
        register.record(session, seen, clock.today())


@pytest.fixture
def marked(group):
    """Return a purchase whose one tender waits for its marks."""
    ref = waiting("2026-001", "150000", "analysis")
    criteria = [
        {"code": "prix", "libelle": "Prix", "poids": 40, "nature": "prix"},
        {"code": "qualite", "libelle": "Qualité des essais", "poids": 60, "nature": "technique"},
    ]
    with transaction() as session:
        row = session.get_one(Procurement, ref)
        row.strategy = {**row.strategy, "criteres": criteria}
        session.add(
            Tender(
                ref=ref, number=1, supplier="Médiflux SAS", siret="26990001500018", received_at=clock.now(),
                sha256="1" * 64, content=OFFER,
            )
        )  # fmt: skip
    return ref


def told(page, field):
    """Return what is said beside a field: the text that the field itself names as its description."""
    widget = re.search(rf'<(?:input|select|textarea|fieldset)[^>]*\bid="{field}"[^>]*>', page.text)
    assert widget, f"no field {field}"
    if 'aria-invalid="true"' not in widget[0]:
        return ""
    names = re.search(r'aria-describedby="([^"]+)"', widget[0])
    assert names, f"{field} is wrong and names no reason"
    text = re.search(rf'<p class="faute" id="{names[1].split()[-1]}">(.*?)</p>', page.text)
    assert text, f"{field} names a reason that is not on the page"
    return unescape(text[1])


def plain(text):
    return unescape(text).replace("\u00a0", " ")


def count(table):
    with reading() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_every_fault_of_a_new_purchase_is_said_at_once_beside_its_field(group):
    page = inside(BUYER).submit(
        "/achats/nouveau", objet="Gants", famille="perfusion", cpv="12", montant="abc", duree_mois="999",
        nature="fournitures", demarrage="31/02/2027",
    )  # fmt: skip
    assert page.status_code == 400
    assert count(Procurement) == 0
    assert plain(told(page, "c-cpv")).startswith("CPV « 12 » incorrect : 8 chiffres attendus")
    assert plain(told(page, "c-montant")).startswith("« abc » n'est pas un nombre")
    assert told(page, "c-duree_mois") == "240 au plus"
    assert "n'est pas une date" in told(page, "c-demarrage")
    assert told(page, "c-objet") == told(page, "c-famille") == ""
    assert 'value="Gants"' in page.text
    assert '<option value="perfusion" selected>' in page.text


def test_a_blank_new_purchase_says_each_field_to_fill(group):
    page = inside(BUYER).submit("/achats/nouveau", objet="  ")
    for name in ("objet", "famille", "cpv", "montant", "duree_mois"):
        assert told(page, f"c-{name}") == "À remplir"


def test_a_new_purchase_without_fault_is_opened(group):
    done = inside(BUYER).submit(
        "/achats/nouveau", objet=" Gants ", famille="perfusion", cpv="33141420-0", montant="90 000,50",
        duree_mois="48", nature="fournitures", demarrage="2027-02-01",
    )  # fmt: skip
    assert done.status_code == 303
    with reading() as session:
        row = session.exec(select(Procurement)).one()
        assert (row.objet, row.cpv, str(row.amount_ht)) == ("Gants", "33141420", "90000.50")
        assert (row.duration_months, row.starts_on.isoformat(), row.buyer_email) == (48, "2027-02-01", BUYER)


def test_the_faults_of_a_delegation_are_beside_their_fields(group):
    page = inside(DIRECTOR).submit(
        "/delegations/donner", reference="DS-2026-09", delegataire=BUYER, fonction="Acheteuse",
        plafond="abc", debut="2026-12-01", fin="2026-11-01", notification="demain",
    )  # fmt: skip
    assert page.status_code == 400
    assert "n'est pas un nombre" in told(page, "c-plafond")
    assert told(page, "c-fin") == "La fin précède le début"
    assert "n'est pas une date" in told(page, "c-notification")
    assert '<fieldset class="cases" aria-describedby="c-actes-faute">' in page.text
    assert '<p class="faute" id="c-actes-faute">Choisissez-en au moins un</p>' in page.text
    assert told(page, "c-reference") == ""
    assert "« actes »" not in plain(page.text)
    assert "<details open><summary>Signature de l'acte" in page.text.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"nom": "Anna Weber", "courriel": "a@b"}, "c-courriel", "Courriel « a@b » incorrect."),
        (
            {"nom": " ", "courriel": "anna@mediflux.invalid"},
            "c-nom",
            "Le nom est à donner, en 200 caractères au plus.",
        ),
    ],
)
def test_a_withdrawal_with_a_fault_keeps_what_was_typed(group, typed, field, said):
    ref = published()
    page = inside(BUYER).submit(f"/achats/{ref}/retraits", f"/achats/{ref}", entreprise="Médiflux", **typed)
    assert page.status_code == 400
    assert plain(told(page, field)) == said
    assert 'value="Médiflux"' in page.text
    assert f'value="{typed["courriel"]}"' in page.text
    assert count(Withdrawal) == 0


def test_an_action_due_in_the_past_is_refused_beside_its_date(shortage):
    past = clock.today() - timedelta(days=1)
    sent = {"cle": SHORTAGE, "action": "agir", "texte": "Appeler le dépannage", "echeance": past.isoformat()}
    page = inside(PHARMACIST).submit("/risques/fiche", f"/risques/fiche?cle={SHORTAGE}", **sent)
    assert page.status_code == 400
    assert f"Le {past:%d/%m/%Y} est passé" in told(page, "agir-date")
    assert "Appeler le dépannage</textarea>" in page.text
    with pytest.raises(BadInput, match=r"^--echeance : le .* est passé"):
        register.acknowledge(SHORTAGE, register.Ack(person=PHARMACIST, action="Appeler", due_on=past))
    today = register.Ack(person=PHARMACIST, action="Appeler", due_on=clock.today())
    assert len(register.undertake(SHORTAGE, today).actions) == 1


def test_closing_a_risk_without_a_reason_is_said_beside_the_reason(shortage):
    sent = {"cle": SHORTAGE, "action": "clore", "motif": " "}
    page = inside(PHARMACIST).submit("/risques/fiche", f"/risques/fiche?cle={SHORTAGE}", **sent)
    assert told(page, "clore-motif") == "Dites pourquoi il est clos"
    assert told(page, "agir-texte") == ""


def test_a_reason_refused_for_something_else_is_not_typed_twice(shortage):
    browser = inside(PHARMACIST)
    sent = {"cle": SHORTAGE, "action": "agir", "texte": "Chercher un équivalent", "echeance": "31/02/2027"}
    page = browser.submit("/risques/fiche", f"/risques/fiche?cle={SHORTAGE}", **sent)
    assert "n'est pas une date" in told(page, "agir-date")
    assert 'value="31/02/2027"' in page.text


def test_the_marks_of_the_analysis_are_said_beside_their_fields(marked):
    browser = inside(BUYER)
    sent = {"etape": "analysis/1", "reponse": "approve", "offres.0.offre": "1", "offres.0.lot": "1"}
    page = browser.submit(
        f"/achats/{marked}/repondre", **sent, **{"offres.0.notes.qualite": "125 000,50 € x"}
    )
    assert page.status_code == 400
    assert "une note de 0 à 100 est attendue" in told(page, "n-0-1")
    assert "uantité" not in told(page, "n-0-1")


def test_two_rows_of_an_entry_table_do_not_bear_the_same_names(group):
    ref = waiting("2026-001", "90000", "strategy")
    sent = {"etape": "strategy/1", "reponse": "approve", "ajouter": "criteres"}
    page = inside(PURCHASING).submit(f"/achats/{ref}/repondre", **sent, **{"criteres.0.code": "prix"})
    labels = re.findall(r'<label for="champ-criteres-\d+-code" class="lu">(.*?)</label>', page.text)
    assert len(labels) >= 2
    assert labels[:2] == ["Ligne 1, Code", "Ligne 2, Code"]


def test_a_wrong_present_password_does_not_put_the_address_in_doubt(group):
    sent = {"ancien": "faux", "mot_de_passe": PASSWORD, "encore": PASSWORD}
    page = inside(BUYER).submit("/compte/mot-de-passe", "/compte", **sent)
    assert page.status_code == 400
    assert "Le mot de passe actuel n'est pas le bon." in unescape(page.text)
    assert "Adresse" not in page.text.split('role="alert"')[1].split("</div>")[0]


def test_a_token_without_a_right_is_refused_without_a_code(group):
    browser = inside(BUYER)
    page = browser.submit("/compte/jetons", "/compte", nom="Tableau de bord", jours="30", **proof(BUYER))
    assert page.status_code == 400
    assert "Choisissez au moins une chose que le jeton permet." in unescape(page.text)
    assert "lire, decider" not in page.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("montant : « 12 » ; vide ?", "Montant\u00a0: «\u00a012\u00a0»\u00a0; vide\u00a0?"),
        ("CPV <b> incorrect !", "CPV &lt;b&gt; incorrect\u00a0!"),
        ("", ""),
    ],
)
def test_no_sign_of_a_message_starts_a_line(group, text, shown):
    macro = _environment().get_template("outils.html").module.message
    assert macro(text) == shown


def test_a_formality_that_is_no_date_is_called_by_its_label(group):
    sent = {"ref": "DS-2018-01", "transmission_conseil": "demain"}
    page = inside(LEGAL).submit("/delegations/formalites", "/compte", **sent)
    assert page.status_code == 400
    assert "Communication au conseil de surveillance : « demain » n'est pas une date" in plain(page.text)
    assert "Transmission_conseil" not in page.text
