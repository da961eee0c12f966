"""What the pages say of a fault: every one at once, beside its field, in words that a person of the hospital knows."""

import re
from html import unescape

import pytest
from sqlmodel import func, select

from models.procurement import Procurement
from models.rectification import Withdrawal
from tasks.store import reading
from tests.portal_scene import BUYER, DIRECTOR, inside
from tests.tendering_scene import published

COMMAND = re.compile(r"--\w|quantites\.|CODE=|opportunite=")


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
    assert plain(told(page, "c-montant")).startswith("Montant : « abc » n'est pas un nombre")
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
        plafond="abc", debut="2026-12-01", fin="2026-11-01", publication="demain",
    )  # fmt: skip
    assert page.status_code == 400
    assert "n'est pas un nombre" in told(page, "c-plafond")
    assert told(page, "c-fin") == "La fin précède le début"
    assert "n'est pas une date" in told(page, "c-publication")
    assert '<fieldset class="cases" aria-describedby="c-actes-faute">' in page.text
    assert '<p class="faute" id="c-actes-faute">Choisissez-en au moins un</p>' in page.text
    assert told(page, "c-reference") == ""
    assert "« actes »" not in plain(page.text)
    assert "<details open><summary>Signature et formalités" in page.text


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
