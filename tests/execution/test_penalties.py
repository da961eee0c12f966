"""Penalties: the contract's own clause first, the CCAG of its day for the rest; figures worked out by hand."""

import pytest
from sqlmodel import select

from models.risks.register import Risk
from tasks.contracts.importing import import_contracts
from tasks.execution import facts, penalties, performance
from tasks.store import reading
from tests.watching import contracts_file, day

NEW = "P1;1;Perfuseurs;perfusion;Exemple SAS;180000;;2022-05-15;2026-05-14;48"
OLD = "P0;1;Perfuseurs;perfusion;Exemple SAS;180000;;2020-05-15;2026-05-14;72"
HEADINGS = "Marché;Diviseur;Pénalité par jour HT;Plafond (%);Exonération HT;Franchise (jours)"
INCIDENTS = "Numéro;Marché;Date;Jours de retard;Montant HT"


@pytest.fixture
def scene(group, tmp_path):
    import_contracts(contracts_file(tmp_path, NEW, OLD))

    def played(*clauses, contract="P1", delays=((10, 30000), (10, 30000), (20, 30000))):
        lines = [f"I{n};{contract};2026-01-1{n};{days};{late}" for n, (days, late) in enumerate(delays)]
        facts.import_incidents(written(tmp_path, INCIDENTS, *lines))
        if clauses:
            assert penalties.import_clauses(written(tmp_path, HEADINGS, *clauses)).refuses == []
        performance.check(day("2026-02-01"))
        with reading() as session:
            (risk,) = session.exec(select(Risk).where(Risk.key == f"incidents:{contract}")).all()
        return risk.title.replace("\u202f", " ").replace("\xa0", " ")

    return played


def written(folder, *lines):
    path = folder / "f.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_without_a_clause_the_general_terms_of_2021_apply_to_the_total(scene):
    assert (
        "1 200 € de pénalités (CCAG 2021)" in scene()
    )  # 30 000 × (10 + 10 + 20) ÷ 1 000; each alone is under 1 000


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ("P1;500;;;;", "2 400 € de pénalités (clause du marché)"),
        ("P1;;75;;;", "3 000 € de pénalités (clause du marché)"),  # 40 days at 75 EUR
        ("P1;500;;1;;", "1 800 € de pénalités (clause du marché, plafonnées)"),  # 1 % of 180 000
        ("P1;3000;;;aucune;", "400 € de pénalités (clause du marché)"),
        ("P1;3000;;;;", "pénalités nulles ou exonérées (clause du marché)"),  # 400 is within 1 000
        ("P1;500;;;;5", "1 500 € de pénalités (clause du marché)"),  # 5 + 5 + 15 days
        ("P1;1;;aucun;0;", "1 200 000 € de pénalités (clause du marché)"),
        (
            "P1;1;;;;",
            "18 000 € de pénalités (clause du marché, plafonnées)",
        ),  # the cap of the CCAG stays: 10 %
    ],
)
def test_what_the_contract_states_passes_before(scene, clause, said):
    assert said in scene(clause)


def test_a_contract_older_than_the_general_terms_of_2021_is_not_computed_by_them(scene):
    assert "antérieur au CCAG 2021, clause non saisie" in scene(contract="P0")


def test_its_own_clause_must_then_be_whole(scene):
    assert "clause non saisie" in scene("P0;1000;;;;", contract="P0")
    assert "1 200 € de pénalités (clause du marché)" in scene("P0;1000;;10;300;", contract="P0")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Z9;1000;;;;", "absent du registre"),
        ("P1;1000;75;;;", "pas les deux"),
        ("P1;0;;;;", "n'est pas possible"),
        ("P1;;;150;;", "dépasse 100 %"),
        ("P1;mille;;;;", "n'est pas un nombre entier"),
    ],
)
def test_a_clause_that_means_nothing_is_refused(scene, tmp_path, line, reason):
    report = penalties.import_clauses(written(tmp_path, HEADINGS, line))
    assert reason in report.refuses[0].motif
    assert report.ajoutes == 0


def test_importing_twice_changes_nothing(scene, tmp_path):
    path = written(tmp_path, HEADINGS, "P1;500;;5;;")
    assert penalties.import_clauses(path).ajoutes == 1
    assert penalties.import_clauses(path).inchanges == 1
