"""The organisation file: loaded whole or not at all, idempotent, every fault said with its place."""

import pytest
from sqlmodel import select

from models.errors import BadInput
from models.organisation.group import CatalogueItem, Establishment, Family, Group, Person, Role, RoleGrant
from tasks.loading.file import load_organisation, load_organisation_text
from tasks.organisation.lookup import family_of_cpv, find_establishment, find_family
from tasks.settings import ROOT
from tasks.store import reading

DEMO = ROOT / "examples" / "ght-demo.toml"

SMALL = """
[ght]
code = "T-01"
nom = "GHT d'essai"

[[etablissements]]
siret = "26990001500018"
finess = "990000010"
nom = "CH support"
type = "support"

[[personnes]]
courriel = "Anne@ch.invalid"
nom = "Anne"
etablissement = "990000010"
roles = ["acheteur", "juriste"]

[[familles]]
code = "linge"
intitule = "Linge"
nature = "services"
responsable = "anne@ch.invalid"
cpv = ["9831"]
"""


def rows(table):
    with reading() as session:
        return session.exec(select(table)).all()


def test_demo_group_covers_every_role_a_purchase_needs(home):
    report = load_organisation(DEMO)
    assert report.a_completer == []
    assert len(rows(Establishment)) == 5
    assert [one.name for one in rows(Establishment) if one.is_support] == ["Centre hospitalier de Rocheval"]
    assert {grant.role for grant in rows(RoleGrant)} == set(Role)
    correspondents = {
        g.establishment_siret for g in rows(RoleGrant) if g.role is Role.PURCHASING_CORRESPONDENT
    }
    assert correspondents == {one.siret for one in rows(Establishment)}


def test_demo_catalogue_of_perfusion_has_three_lots_and_twelve_items(home):
    load_organisation(DEMO)
    items = [one for one in rows(CatalogueItem) if one.family_code == "perfusion"]
    assert len(items) == 12
    assert {one.lot for one in items} == {1, 2, 3}


def test_loading_twice_changes_nothing(home):
    load_organisation(DEMO)
    again = load_organisation(DEMO)
    assert all(count.ajoutes == count.modifies == 0 for count in again.tables.values())
    assert again.tables["personnes"].inchanges == 17


def test_roles_of_a_listed_person_become_those_of_the_file(home):
    load_organisation_text(SMALL, "a.toml")
    report = load_organisation_text(SMALL.replace('["acheteur", "juriste"]', '["comptable"]'), "b.toml")
    assert report.tables["personnes"].modifies == 1
    assert [grant.role for grant in rows(RoleGrant)] == [Role.ACCOUNTANT]


def test_a_role_in_another_establishment_is_written_after_an_arobase(home):
    other = (
        '\n[[etablissements]]\nsiret = "26990002300012"\nfiness = "990000028"\nnom = "B"\ntype = "partie"\n'
    )
    text = SMALL.replace('"juriste"', '"referent_achats@990000028"') + other
    load_organisation_text(text, "a.toml")
    grants = {(grant.role, grant.establishment_siret) for grant in rows(RoleGrant)}
    assert (Role.PURCHASING_CORRESPONDENT, "26990002300012") in grants


def test_every_fault_is_listed_with_its_place_and_nothing_is_loaded(home):
    wrong = (
        SMALL.replace('"26990001500018"', '"26990001500019"')
        .replace('"acheteur", "juriste"', '"chef"')
        .replace('cpv = ["9831"]', 'cpv = ["00"]\ncouleur = "bleu"')
    )
    with pytest.raises(BadInput) as refusal:
        load_organisation_text(wrong, "a.toml")
    said = str(refusal.value)
    assert said.startswith("4 fautes dans a.toml, rien n'a été chargé :")
    assert "[[etablissements]] n° 1 (26990001500019) : siret : SIRET « 26990001500019 » incorrect" in said
    assert "[[personnes]] n° 1 (Anne@ch.invalid) : roles : rôle « chef » inconnu" in said
    assert "[[familles]] n° 1 (linge) : cpv : CPV « 00 » incorrect" in said
    assert "la clé « couleur » est inconnue" in said
    assert rows(Group) == rows(Establishment) == rows(Person) == rows(Family) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[ght]", "[[vehicules]]\n[ght]"), "[[vehicules]] : table inconnue (connues : ght, "),
        (('type = "support"', 'type = "partie"'), 'un seul établissement de type = "support" est attendu'),
        (
            ('etablissement = "990000010"', 'etablissement = "990000028"'),
            "établissement « 990000028 » inconnu",
        ),
        (('"anne@ch.invalid"', '"bob@ch.invalid"'), "responsable « bob@ch.invalid » inconnu"),
        (('"990000010"\nnom', '"990000011"\nnom'), "la clé de contrôle (dernier chiffre) ne correspond pas"),
        (("[ght]", "[ght"), "n'est pas un fichier TOML correct"),
        ((SMALL, " \n"), "est vide"),
    ],
)
def test_each_mistake_is_said_clearly(home, change, said):
    with pytest.raises(BadInput) as refusal:
        load_organisation_text(SMALL.replace(*change), "a.toml")
    assert said in str(refusal.value)


def test_another_group_is_refused_in_the_same_installation(home):
    load_organisation_text(SMALL, "a.toml")
    with pytest.raises(BadInput, match="sert déjà le groupement T-01, pas T-02"):
        load_organisation_text(SMALL.replace("T-01", "T-02"), "b.toml")


def test_missing_roles_are_said(home):
    report = load_organisation_text(SMALL, "a.toml")
    assert (
        "CH support : il manque la personne « Référent achats » (rôle referent_achats)" in report.a_completer
    )


def test_establishments_and_families_are_found_by_what_people_write(home):
    load_organisation(DEMO)
    with reading() as session:
        for text in ("26990001500018", "269 900 015 00018", "990000010", "CENTRE HOSPITALIER DE ROCHEVAL"):
            assert find_establishment(session, text).siret == "26990001500018"
        assert find_family(session, " Perfusion ").label == "Dispositifs de perfusion"
        assert family_of_cpv(session, "33141200") == "perfusion"
        assert family_of_cpv(session, "33690000") == "medicaments"
        assert family_of_cpv(session, "45000000") is None
        with pytest.raises(BadInput, match="Familles : alimentation, blanchisserie, imagerie"):
            find_family(session, "gaz")
        with pytest.raises(BadInput, match="Établissement « 990000093 » inconnu"):
            find_establishment(session, "990000093")
