"""A long import holds nobody up: suppliers are matched before the database is locked, each with a bounded effort."""

import sqlite3
from itertools import product

import pytest
from sqlmodel import select

from models.contracts.suppliers import Supplier
from models.spend.lines import SpendLine
from tasks.contracts import suppliers
from tasks.contracts.suppliers import Named, SupplierRegister
from tasks.spend import importing
from tasks.store import reading

HOUSE = "990000010"
HEAD = "date;montant;fournisseur\n"


@pytest.fixture
def send(group, tmp_path):
    def sent(text, name="a.csv", **options):
        path = tmp_path / name
        path.write_text(HEAD + text, encoding="utf-8")
        return importing.import_spend(path, HOUSE, "auto", {}, **options)

    return sent


def test_the_work_of_matching_grows_with_the_number_of_names_not_its_square(monkeypatch):
    compared = []
    similarity = suppliers.similarity
    monkeypatch.setattr(
        suppliers, "similarity", lambda one, other: compared.append(one) or similarity(one, other)
    )
    names = [Named(f"Grossiste {rank}") for rank in range(2_000)]
    names += [Named(f"Exemple {''.join(letters)} médical") for letters in product("abcdefghij", repeat=3)]
    found = SupplierRegister().keys(names)
    assert len(set(found.values())) > 2_950  # « gie » and « cie » are no names
    assert (
        len(compared) <= len(names) * suppliers.MOST_COMPARED
    )  # every pair would be four and a half million


@pytest.mark.parametrize(
    "spelling",
    ["Grossiste Exemplaire", "GROSSISTE EXMPLAIRE", "Grossiste Exemplaires SAS", "Grosiste Exemplaire"],
)
def test_a_slip_of_the_pen_is_found_among_thousands_that_share_a_word(spelling):
    crowd = [Named(f"Grossiste {rank}") for rank in range(3_000)]
    found = SupplierRegister().keys([*crowd, Named("Grossiste Exemplaire"), Named(spelling)])
    assert found[Named(spelling)] == found[Named("Grossiste Exemplaire")]


def test_another_writes_while_suppliers_are_matched(send, group, monkeypatch):
    keys = SupplierRegister.keys
    written = []

    def watched(self, names):
        other = sqlite3.connect(group / "achats.sqlite", timeout=0, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        other.close()
        written.append(True)
        return keys(self, names)

    monkeypatch.setattr(SupplierRegister, "keys", watched)
    assert send("2026-01-05;1;Exemple Santé SA\n").acceptes == 1
    assert written


@pytest.mark.parametrize(
    "times", [1, 3]
)  # the third time the suppliers are matched once more, under the lock
def test_suppliers_recorded_by_another_import_meanwhile_are_not_recorded_twice(send, monkeypatch, times):
    prepare = importing.prepare
    files = [f"2026-01-05;1;Exemple Santé SA\n2026-01-05;1;Autre {name}xyz\n" for name in "abc"[:times]]

    def prepared(session, names):
        done = prepare(session, names)
        if files:
            text = files.pop()
            with monkeypatch.context() as alone:
                alone.setattr(importing, "prepare", prepare)
                send(text, "other.csv")
        return done

    monkeypatch.setattr(importing, "prepare", prepared)
    report = send("2026-01-06;2;EXEMPLE SANTE\n2026-01-06;2;Linge Modèle\n", "mine.csv")
    assert (report.acceptes, str(report.total_accepte)) == (2, "4.00")
    with reading() as session:
        lines = session.exec(select(SpendLine).where(SpendLine.amount == 2)).all()
        known = {one.key for one in session.exec(select(Supplier))}
    assert len({one.supplier_key for one in lines} & known) == 2
    with reading() as session:
        others = session.exec(select(SpendLine).where(SpendLine.supplier == "Exemple Santé SA")).all()
    assert {one.supplier_key for one in others} == {lines[0].supplier_key}
