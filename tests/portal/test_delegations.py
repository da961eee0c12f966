"""Delegations given, changed and ended in the pages: by whom, with what effects shown first, nothing by halves."""

from datetime import timedelta

import pytest
from sqlmodel import func, select

from models.journal import JournalLine
from models.signing.acts import Delegation
from tasks import clock
from tasks.delegations import entry, impact
from tasks.process import conflicts
from tasks.store import reading
from tests.portal_scene import ADMINISTRATOR, BUYER, DIRECTOR, LEGAL, PURCHASING, inside, proof
from tests.signing_scene import journal_lines, waiting

HIS = "DS-2018-01"  # given by the director to the purchasing director
GIVEN = {
    "reference": "DS-2026-09",
    "delegataire": BUYER,
    "fonction": "Acheteuse, produits de santé",
    "actes": "attribution",
    "familles": "perfusion",
    "plafond": "90 000",
}


def lines():
    return {one.reference: one for one in entry.lines(None, everything=True)}


def journal_length():
    with reading() as session:
        return session.exec(select(func.count()).select_from(JournalLine)).one()


def barred(email, ref):
    conflicts.declare(ref, email, "conflit", "Parent d'un candidat")


@pytest.mark.parametrize("who", [PURCHASING, LEGAL, BUYER, ADMINISTRATOR])
def test_nobody_but_the_head_of_a_house_gives_changes_or_ends(group, who):
    browser = inside(who)
    assert browser.get("/delegations/donner").status_code == 403
    assert "Changer ou retirer" not in browser.get(f"/delegations/fiche?ref={HIS}").text
    ended = browser.submit(
        "/delegations/finir", "/compte", ref=HIS, jour="2026-12-01", motif="x", confirme="oui"
    )
    given = browser.submit("/delegations/donner", "/compte", confirme="oui", debut="2026-12-01", **GIVEN)
    assert (ended.status_code, given.status_code) == (403, 403)
    assert lines()[HIS].abrogation is None
    assert GIVEN["reference"] not in lines()


def test_the_register_is_shown_and_says_who_may_sign(group):
    page = inside(BUYER).get("/delegations?acte=attribution&montant=90000&famille=perfusion")
    assert page.status_code == 200
    assert "Délégation « DS-2018-01 »" in page.text
    assert "Donner une délégation" not in page.text
    assert "Donner une délégation" in inside(DIRECTOR).get("/delegations").text


def test_the_effects_of_an_end_are_shown_before_anything_is_written(group):
    ref = waiting(amount="150000")
    barred(DIRECTOR, ref)
    browser = inside(DIRECTOR)
    before = journal_length()
    asked = {"ref": HIS, "jour": clock.today().isoformat(), "motif": "Fin de mission"}
    page = browser.submit("/delegations/finir", f"/delegations/fiche?ref={HIS}", **asked)
    assert page.status_code == 200
    assert "Achats qui attendraient un signataire" in page.text
    assert ref in page.text
    assert lines()[HIS].abrogation is None
    assert journal_length() == before

    done = browser.submit("/delegations/finir", "/compte", confirme="oui", **asked, **proof(DIRECTOR))
    assert done.status_code == 303
    assert lines()[HIS].abrogation == clock.today()
    assert journal_lines("délégation")[-1].actor == DIRECTOR
    assert "Fin de mission" in browser.get(f"/delegations/fiche?ref={HIS}").text


def test_who_signs_instead_is_said_act_by_act(group):
    found = impact.of_ending("DS-2018-03", clock.today(), "Départ", DIRECTOR)
    assert [(one.acte, one.avant, one.apres) for one in found.signataires] == [
        ("Achat urgent", ["Claire Fontaine", "Hélène Marchand"], ["Hélène Marchand"])
    ]


def test_an_end_that_others_cover_is_said_to_be_harmless(group):
    waiting(amount="150000")
    found = impact.of_ending(HIS, clock.today(), "Réorganisation", DIRECTOR)
    assert found.is_harmless, "the head of the establishment signs herself"


def test_a_delegation_given_is_in_the_register_that_the_command_line_lists(group):
    browser = inside(DIRECTOR)
    start = clock.today()
    told = GIVEN | {"debut": start.isoformat()}
    shown = browser.submit("/delegations/donner", **told)
    assert shown.status_code == 200
    assert GIVEN["reference"] not in lines()
    assert browser.submit("/delegations/donner", confirme="oui", **told, **proof(DIRECTOR)).status_code == 303
    line = lines()[GIVEN["reference"]]
    assert (line.delegant, line.delegataire, line.plafond) == (DIRECTOR, BUYER, "90000.00")
    assert line.actes == ["attribution"]


def test_a_delegation_frees_a_purchase_that_waits_for_a_signatory(group):
    ref = waiting(amount="80000")
    barred(DIRECTOR, ref)
    entry.revoke(HIS, clock.today(), "Départ", DIRECTOR)
    today = clock.today().isoformat()
    given = GIVEN | {"delegant": DIRECTOR, "debut": today, "publication": today}
    found = impact.of_giving(given, None, DIRECTOR)
    assert found.debloques == [ref]
    assert GIVEN["reference"] not in lines()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"delegataire": DIRECTOR}, "Nul ne se délègue"),
        ({"actes": ""}, "actes"),
        ({"debut": "2026-02-30"}, "debut"),
        ({"plafond": "beaucoup"}, "plafond"),
        ({"reference": HIS}, "autre référence"),
    ],
)
def test_a_change_that_is_refused_leaves_the_former_delegation_as_it_was(group, changed, said):
    browser = inside(DIRECTOR)
    told = GIVEN | {"debut": clock.today().isoformat(), "remplace": HIS} | changed
    answer = browser.submit("/delegations/donner", confirme="oui", **told)
    assert answer.status_code == 400
    assert said in answer.text
    assert lines()[HIS].abrogation is None


def test_changing_ends_the_former_the_day_the_new_one_begins(group):
    browser = inside(DIRECTOR)
    page = f"/delegations/donner?remplace={HIS}"
    assert "215999,99" in browser.get(page).text
    start = clock.today() + timedelta(days=9)
    told = GIVEN | {"debut": start.isoformat(), "remplace": HIS, "delegataire": PURCHASING}
    told |= proof(DIRECTOR)
    assert browser.submit("/delegations/donner", page, confirme="oui", **told).status_code == 303
    with reading() as session:
        former = session.exec(select(Delegation).where(Delegation.reference == HIS)).one()
    assert (former.revoked_on, former.revocation_reason) == (start, "remplacée par DS-2026-09")
    assert lines()["DS-2026-09"].debut == start


def test_nobody_publishes_the_delegation_she_received(group):
    start = clock.today().isoformat()
    given = GIVEN | {"delegant": DIRECTOR, "debut": start, "delegataire": PURCHASING}
    entry.add(dict(given), DIRECTOR)
    told = {"ref": GIVEN["reference"], "publication": start}
    assert inside(PURCHASING).submit("/delegations/formalites", "/compte", **told).status_code == 403
    assert lines()[GIVEN["reference"]].publication is None
    assert inside(LEGAL).submit("/delegations/formalites", "/compte", **told).status_code == 303
    assert lines()[GIVEN["reference"]].publication == clock.today()
    again = told | {"publication": "2026-01-01"}
    assert inside(LEGAL).submit("/delegations/formalites", "/compte", **again).status_code == 400


def test_the_act_is_downloaded_under_its_own_name(group):
    answer = inside(BUYER).get(f"/delegations/acte.docx?ref={HIS}")
    assert "DS-2018-01.docx" in answer.headers["content-disposition"]
    assert inside(BUYER).get("/delegations/fiche?ref=inconnue").status_code == 404
