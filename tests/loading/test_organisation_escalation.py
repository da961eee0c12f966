"""`[[escalades]]`: the organisation's own degrees pass before the product's, checked whole, loaded once."""

import pytest
from sqlmodel import select

from models.errors import BadInput
from models.risks.escalation import EscalationOverride
from models.risks.register import Level, Observation, Risk, RiskKind
from tasks.loading.file import load_organisation, load_organisation_text
from tasks.risks import escalation, register
from tasks.store import reading, transaction
from tests.signing_scene import DEMO
from tests.watching import day

OWN = """
[[escalades]]
nature = "paiement"
niveaux = ["rouge", "noir"]
etapes = [
  { apres_heures = 0, roles = ["comptable"] },
  { apres_heures = 24, roles = ["directeur"], canal = "appel" },
]
"""


def load(text):
    """Load the demo group's head (its first tables are not needed twice) with other rules of escalation."""
    return load_organisation_text(text, "org.toml")


def ladder(kind, level, vital=False):
    with reading() as session:
        found = escalation.policy(session).ladder_of(
            Risk(key="x", kind=kind, level=level, is_vital=vital, title="x")
        )
    return [(one.after_hours, list(one.roles), one.channel) for one in found.steps]


def test_an_entry_passes_before_the_rule_of_the_product_for_its_levels_only(group):
    orange = ladder(RiskKind.PAYMENT, Level.AMBER)
    load(OWN)
    own = [(0, ["comptable"], "courriel"), (24, ["directeur"], "appel")]
    assert ladder(RiskKind.PAYMENT, Level.RED) == ladder(RiskKind.PAYMENT, Level.BLACK) == own
    assert ladder(RiskKind.PAYMENT, Level.AMBER) == orange


def test_what_is_vital_keeps_its_rule_unless_an_entry_says_vital(group):
    vital = ladder(RiskKind.STOCK_OUT, Level.RED, vital=True)
    entry = OWN.replace('"paiement"', '"rupture"')
    load(entry)
    assert ladder(RiskKind.STOCK_OUT, Level.RED)[0] == (0, ["comptable"], "courriel")
    assert ladder(RiskKind.STOCK_OUT, Level.RED, vital=True) == vital
    load(entry.replace("etapes", "vital = true\netapes"))
    assert ladder(RiskKind.STOCK_OUT, Level.RED, vital=True)[0] == (0, ["comptable"], "courriel")


def test_a_risk_is_told_to_those_whom_the_organisation_names(group):
    load(OWN)
    with transaction() as session:
        fact = Observation(key="paiement:1", kind=RiskKind.PAYMENT, level=Level.RED, title="Facture")
        register.record(session, fact, day("2026-03-02"))
    from tasks import clock

    escalation.climb(clock.at(day("2026-03-02")))
    (line,) = [one for one in register.register() if one.cle == "paiement:1"]
    assert "comptable : " in line.historique[-1]


def test_loading_twice_changes_nothing_and_no_degree_gives_the_rule_back(group):
    product = ladder(RiskKind.PAYMENT, Level.RED)
    assert load(OWN).tables["escalades"].ajoutes == 2
    again = load(OWN).tables["escalades"]
    assert (again.ajoutes, again.modifies, again.inchanges) == (0, 0, 2)
    assert load(OWN.replace('"comptable"', '"juriste"')).tables["escalades"].modifies == 2
    start, end = OWN.index("etapes"), len(OWN)
    emptied = OWN[:start] + "etapes = []\n" + OWN[end:]
    load(emptied)
    assert ladder(RiskKind.PAYMENT, Level.RED) == product


def test_the_demo_group_has_its_own_rule(group):
    assert [hours for hours, _, _ in ladder(RiskKind.CONSUMPTION, Level.BLACK)] == [0, 48, 120]
    again = load_organisation(DEMO).tables["escalades"]
    assert (again.ajoutes, again.modifies) == (0, 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"paiement"', '"payement"'), "[[escalades]] n° 1 : « payement » n'est pas une valeur possible de « nature »"),
        (('"rouge", "noir"', '"rose"'), "« rose »"),
        (('"rouge", "noir"', '"vert"'), "le niveau vert n'alerte personne"),
        (('"rouge", "noir"', ""), "« niveaux » est vide"),
        (('"comptable"', '"concierge"'), "rôle « concierge » inconnu (possibles : responsable, acheteur"),
        (('"appel"', '"pigeon"'), "etapes n° 2, « pigeon » n'est pas une valeur possible de « canal »"),
        (("= 24", "= 0"), "« apres_heures » doit augmenter"),
        (("= 24", "= -1"), "c'est trop petit"),
        (("etapes =", "vital = true\netapes ="), "« vital » ne vaut que pour la nature rupture"),
        (("etapes =", "delai = 3\netapes ="), "la clé « delai » est inconnue"),
        (("etapes = [", "etapes = [ [],"), "etapes"),
    ],
)  # fmt: skip
def test_each_mistake_is_said_with_its_entry_and_nothing_is_loaded(group, change, said):
    with pytest.raises(BadInput) as refusal:
        load(OWN.replace(*change))
    assert said in str(refusal.value)
    with reading() as session:
        kinds = {one.kind for one in session.exec(select(EscalationOverride))}
    assert kinds == {RiskKind.CONSUMPTION}  # that of the demo group


def test_the_same_risk_given_twice_names_both_entries(group):
    with pytest.raises(
        BadInput, match=r"\[\[escalades\]\] n° 2 : paiement, niveau rouge, déjà donné par .* n° 1"
    ):
        load(OWN + OWN)
