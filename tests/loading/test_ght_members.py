"""A real group from the membership file: what is guessed or left out is said, and a purchase can run on it."""

import tomllib

import pytest
from sqlmodel import select

from models.errors import BadInput
from models.organisation.group import Establishment, Family, Person
from tasks.loading.file import load_organisation
from tasks.loading.skeleton import load_skeleton, skeleton, write_skeleton
from tasks.store import reading

HEAD = "code_ght,nom_ght,finess_et,raison_sociale,categorie,siret,cp,commune\n"
FILE = (
    HEAD
    + "T-01,TEST,990000028,CH B,355,26990002300012,99200,B\n"
    + "T-01,TEST,990000010,CHU A,101,26990001500018,99100,A\n"
    + "T-01,TEST,990000036,CHU A SITE,101,26990001500026,99100,A\n"
    + "T-01,TEST,990000044,CLINIQUE C,109,32297025200027,99300,C\n"
    + "T-01,TEST,990000051,FONDATION D,292,387944796,99300,D\n"
    + "T-02,AUTRE,990000044,CLINIQUE C,109,32297025200027,99300,C\n"
)


@pytest.fixture
def members(tmp_path):
    path = tmp_path / "membres.csv"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_one_establishment_per_public_body_the_likeliest_support_first(members):
    report = skeleton(members, "t-01").report
    assert report.etablissements == ["26990001500018 CHU A", "26990002300012 CH B"]
    assert report.support == "26990001500018 CHU A"
    assert "supposé d'après les catégories" in report.a_completer[0]
    reasons = {line.split(" (")[0]: line for line in report.ecartes}
    assert "autre site de CHU A" in reasons["CHU A SITE"]
    assert "établissement privé" in reasons["CLINIQUE C"]
    assert "SIRET « 387944796 » incorrect" in reasons["FONDATION D"]


def test_support_may_be_given(members):
    report = skeleton(members, "T-01", support="990000028").report
    assert report.support == "26990002300012 CH B"
    assert not any("supposé" in line for line in report.a_completer)
    with pytest.raises(BadInput, match="n'est pas un établissement public du groupement"):
        skeleton(members, "T-01", support="990000044")


def test_loaded_skeleton_lacks_nobody_and_has_only_invalid_addresses(members, home):
    load_skeleton(members, "T-01")
    with reading() as session:
        people = session.exec(select(Person)).all()
        assert len(session.exec(select(Establishment)).all()) == 2
        assert len(session.exec(select(Family)).all()) == 6
    assert all(person.email.endswith(".invalid") for person in people)
    assert "directeur@990000010.invalid" in {person.email for person in people}


def test_written_skeleton_is_an_organisation_file(members, home, tmp_path):
    target = tmp_path / "organisation.toml"
    report = write_skeleton(members, "T-01", None, target)
    assert report.sortie == str(target)
    assert tomllib.loads(target.read_text(encoding="utf-8"))["ght"] == {"code": "T-01", "nom": "GHT TEST"}
    assert load_organisation(target).a_completer == []
    with pytest.raises(BadInput, match="existe déjà"):
        write_skeleton(members, "T-01", None, target)


@pytest.mark.parametrize(
    ("code", "said"),
    [("T-09", "absent de membres.csv. Codes proches : T-01, T-02"), ("T-02", "aucun établissement public")],
)
def test_groups_that_cannot_be_made_are_refused(members, code, said):
    with pytest.raises(BadInput) as refusal:
        skeleton(members, code)
    assert said in str(refusal.value)


def test_real_group_of_allier_puy_de_dome(shared, home):
    report = load_skeleton(shared / "ght" / "ght_membres_sae2023.csv", "ARA-01")
    assert len(report.etablissements) == 4  # six lines: two sites of one hospital, one private clinic
    assert any("CLINEA" in line and "privé" in line for line in report.ecartes)
