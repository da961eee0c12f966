"""The risks in the pages: who reads which, who takes one in hand, what is written when it is closed."""

from datetime import timedelta

import pytest

from models.risks.register import Level, Observation, RiskKind
from tasks import clock
from tasks.risks import register as risk_register
from tasks.store import reading, transaction
from tasks.views import risks as views_risks
from tests.portal_scene import (
    ACCOUNTANT,
    BUYER,
    MEMBER,
    OTHER_MEMBER,
    PHARMACIST,
    PURCHASING,
    inside,
)
from tests.signing_scene import journal_lines, waiting

SHORTAGE, CONTRACT, HOUSE = "rupture:cip:34009", "consommation:2024-ALI/1", "litige:saint-aubin"
OTHERS = "carence:M12@26990003100015:2027-01-31"
SAINT_AUBIN = "26990002300012"


@pytest.fixture
def threats(group):
    today = clock.today()
    seen = (
        Observation(
            key=SHORTAGE,
            kind=RiskKind.STOCK_OUT,
            level=Level.BLACK,
            title="Noradrénaline <b>en rupture</b>",
            due_on=today + timedelta(days=3),
            is_vital=True,
        ),
        Observation(
            key=CONTRACT,
            kind=RiskKind.CONSUMPTION,
            level=Level.AMBER,
            title="2024-ALI consommé",
            contract="2024-ALI",
            family_code="alimentation",
        ),
        Observation(
            key=HOUSE,
            kind=RiskKind.DISPUTE,
            level=Level.RED,
            title="Litige de Saint-Aubin",
            establishment_siret=SAINT_AUBIN,
        ),
        Observation(
            key=OTHERS, kind=RiskKind.CONTRACT_GAP, level=Level.RED, title="Marché propre de Montfleury"
        ),
    )
    with transaction() as session:
        for one in seen:
            risk_register.record(session, one, today)


def register(key):
    return next(one for one in risk_register.register(closed=True) if one.cle == key)


@pytest.mark.parametrize(
    ("who", "read", "hidden"),
    [
        (BUYER, (SHORTAGE, CONTRACT, HOUSE, OTHERS), ()),
        (MEMBER, (SHORTAGE, CONTRACT, HOUSE), (OTHERS,)),
        (OTHER_MEMBER, (SHORTAGE, CONTRACT, OTHERS), (HOUSE,)),
    ],
)
def test_a_member_reads_the_risks_of_the_group_and_of_its_own_house(threats, who, read, hidden):
    browser = inside(who)
    assert browser.get("/risques").text.count('<li class="carte') == len(read)
    for key in read:
        assert browser.get("/risques/fiche", params={"cle": key}).status_code == 200
    for key in hidden:
        assert browser.get("/risques/fiche", params={"cle": key}).status_code == 404


def test_the_board_counts_only_what_the_person_may_read(threats):
    from tasks.access.sessions import viewer_of

    with reading() as session:
        viewers = {email: viewer_of(session, email) for email in (BUYER, MEMBER)}
    assert views_risks.board(viewers[BUYER]).total == 4
    assert views_risks.board(viewers[MEMBER]).total == 3
    assert views_risks.board(viewers[MEMBER]).nombre[RiskKind.CONTRACT_GAP][Level.RED] == 0


def test_filters_combine_and_the_worst_comes_first(threats):
    browser = inside(BUYER)
    page = browser.get("/risques").text
    assert page.index("Noradrénaline") < page.index("Litige de Saint-Aubin") < page.index("2024-ALI consommé")
    assert "<b>en rupture" not in page
    only = browser.get("/risques?nature=consommation&niveau=orange&famille=alimentation").text
    assert "2024-ALI consommé" in only
    assert only.count('<li class="carte') == 1
    assert "Noradrénaline" in browser.get("/risques?q=NORADRENALINE+rupture").text
    assert "Aucun risque ne correspond" in browser.get("/risques?q=%25").text


@pytest.mark.parametrize(
    ("level", "is_found"), [(Level.AMBER, False), (Level.RED, True), (Level.BLACK, True)]
)
def test_a_purchase_shows_its_risks_and_is_found_by_the_worst(group, level, is_found):
    waiting("2026-001", "900000", "needs")
    with transaction() as session:
        known = Observation(
            key="litige:2026-001", kind=RiskKind.DISPUTE, level=level, title="Référé en cours", ref="2026-001"
        )
        risk_register.record(session, known, clock.today())
    browser = inside(BUYER)
    assert "Référé en cours" in browser.get("/achats/2026-001").text
    assert ("2026-001" in browser.get("/achats?risque=grave").text) is is_found


def test_taking_in_hand_acting_and_closing_are_what_the_command_line_writes(threats):
    browser = inside(PHARMACIST)
    due = clock.today() + timedelta(days=2)
    page = f"/risques/fiche?cle={SHORTAGE}"
    told = {"texte": "Appeler le dépannage", "responsable": PURCHASING, "echeance": due.isoformat()}
    browser.submit("/risques/fiche", page, cle=SHORTAGE, action="acquitter", **told)
    line = register(SHORTAGE)
    assert line.acquitte_par == PHARMACIST
    assert line.actions == [f"Appeler le dépannage ({PURCHASING}, pour le {due:%d/%m/%Y})"]

    browser.submit("/risques/fiche", page, cle=SHORTAGE, action="agir", texte="Chercher un équivalent")
    assert len(register(SHORTAGE).actions) == 2
    assert browser.submit("/risques/fiche", page, cle=SHORTAGE, action="clore", motif=" ").status_code == 400
    done = browser.submit("/risques/fiche", page, cle=SHORTAGE, action="clore", motif="Stock refait")
    assert done.status_code == 303
    assert (register(SHORTAGE).clos_le, register(SHORTAGE).motif_cloture) == (clock.today(), "Stock refait")
    assert [one.after for one in journal_lines("risque")][-3:] == ["acquitté", "action", "clos"]
    assert "Stock refait" in browser.get("/risques?etat=clos").text
    assert (
        browser.submit("/risques/fiche", "/compte", cle=SHORTAGE, action="agir", texte="x").status_code == 403
    )


@pytest.mark.parametrize("action", ["acquitter", "agir", "clore"])
def test_who_only_reads_a_risk_changes_nothing(threats, action):
    browser = inside(ACCOUNTANT)
    assert "Clore le risque" not in browser.get(f"/risques/fiche?cle={CONTRACT}").text
    answer = browser.submit(
        "/risques/fiche", "/compte", cle=CONTRACT, action=action, texte="x", motif="x", responsable=""
    )
    assert answer.status_code == 403
    line = register(CONTRACT)
    assert (line.acquitte_par, line.clos_le, line.actions) == (None, None, [])


def test_the_owner_of_a_risk_may_act_whatever_the_role(threats):
    with transaction() as session:
        risk_register.find(session, HOUSE).owner_email = MEMBER
    browser = inside(MEMBER)
    browser.submit("/risques/fiche", f"/risques/fiche?cle={HOUSE}", cle=HOUSE, action="acquitter", texte="")
    assert register(HOUSE).acquitte_par == MEMBER


def test_a_date_that_is_not_one_is_said_and_what_was_typed_stays(threats):
    browser = inside(BUYER)
    answer = browser.submit(
        "/risques/fiche",
        f"/risques/fiche?cle={CONTRACT}",
        cle=CONTRACT,
        action="agir",
        texte="Préparer la suite",
        echeance="31/02/2027",
    )
    assert answer.status_code == 400
    assert "Préparer la suite</textarea>" in answer.text
    assert register(CONTRACT).actions == []
