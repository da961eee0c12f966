"""Shortages of medicines: the public file, the contracts and the stocks, joined; nothing lost, nothing invented."""

import random
import shutil
from datetime import date

import pytest
from sqlmodel import select

from models.errors import BadInput
from models.execution.medicines import AvailabilityChange
from models.risks.register import Level, Risk
from tasks.contracts.importing import import_contracts
from tasks.execution import shortages
from tasks.execution.medicine_files import read_folder
from tasks.execution.stocks import import_items
from tasks.risks import register
from tasks.store import reading
from tests.watching import contracts_file, day

ON = date(2026, 5, 20)
CONTRACT = "MED;1;Médicaments;medicaments;Labo Un;900000;;2025-05-15;2029-05-14;48"
A, B, C = "61436304", "65643371", "60000001"


@pytest.fixture
def pharmacy(group, tmp_path):
    """A contract of medicines; returns the function that writes the public file and the stocks, and reports."""
    import_contracts(contracts_file(tmp_path, CONTRACT))
    items = tmp_path / "articles.csv"
    items.write_text(
        f"Marché;Lot;Article;Désignation;CIS;CIP13;Titulaire;Rang;Frais et risques\n"
        f"MED;1;ATEN;Aténolol injectable;{A};;Labo Un;1;oui\n"
        f"MED;1;ATEN;Aténolol injectable;{C};;Labo Deux;2;non\n"
        f"MED;1;TRAS;Trastuzumab;{B};3400930915004;Labo Un;1;non\n",
        encoding="utf-8",
    )
    assert import_items(items).acceptes == 3
    folder = tmp_path / "bdpm"
    folder.mkdir()
    (folder / "CIS_MITM.txt").write_bytes(f"{A}\tC07AB03\tTENORMINE\tx\r\n".encode("cp1252"))
    (folder / "CIS_bdpm.txt").write_bytes(f"{A}\tTÉNORMINE 5 mg\r\n".encode("cp1252"))

    def told(*lines, stocks="", on=ON, end="\r\n"):
        text = "\r\n".join(lines) + end
        (folder / "CIS_CIP_Dispo_Spec.txt").write_bytes(text.encode("cp1252"))
        path = None
        if stocks:
            path = tmp_path / "stocks.csv"
            path.write_text(
                f"Article;Établissement;Stock utilisable;Consommation journalière moyenne\n{stocks}\n",
                encoding="utf-8",
            )
        return shortages.report(folder, path, on)

    return told


def spec(cis, status, cip13="", updated="18/05/2026"):
    label = {1: "Rupture de stock", 2: "Tension d'approvisionnement", 4: "Remise à disposition"}[status]
    return f"{cis}\t{cip13}\t{status}\t{label}\t14/04/2026\t{updated}\t\thttps://ansm.sante.fr/x"


@pytest.mark.parametrize(
    ("status", "stock", "coverage", "level"),
    [
        (1, "ATEN;990000010;140;10", "14.0", Level.BLACK),
        (1, "ATEN;990000010;150;10", "15.0", Level.RED),
        (2, "ATEN;990000010;60;10", "6.0", Level.BLACK),
        (2, "ATEN;990000010;299;10", "29.9", Level.RED),
        (2, "ATEN;990000010;300;10", "30.0", Level.AMBER),
        (2, "", None, Level.AMBER),
    ],
)
def test_the_level_combines_the_public_status_the_weight_for_care_and_the_stock(
    pharmacy, status, stock, coverage, level
):
    (found,) = pharmacy(spec(A, status), stocks=stock).ruptures
    assert (found.niveau, found.mitm, found.cle) == (level, True, f"rupture:{A}")
    assert (str(found.couverture_jours) if coverage else found.couverture_jours) == coverage


def test_the_worst_establishment_decides(pharmacy):
    stocks = "ATEN;990000010;900;10\nATEN;990000028;20;10"
    (found,) = pharmacy(spec(A, 1), stocks=stocks).ruptures
    assert str(found.couverture_jours) == "2.0"


def test_the_way_out_names_the_next_holder_and_never_a_silent_substitution(pharmacy):
    (found,) = pharmacy(spec(A, 1)).ruptures
    assert "Labo Deux (MED, lot 1, rang 2)" in found.action
    assert "aux frais et risques" in found.action
    assert "substitution à proposer au pharmacien et à la commission médicale" in found.action
    assert found.objet.startswith("TÉNORMINE 5 mg : rupture de stock depuis le 14/04/2026")


def test_another_presentation_of_the_same_medicine_is_not_concerned(pharmacy):
    assert pharmacy(spec(B, 1, "3400999999999")).ruptures == []
    (found,) = pharmacy(spec(B, 1, "3400930915004"), on=day("2026-05-21")).ruptures
    assert found.cip13 == "3400930915004"


def test_transitions_are_kept_and_an_unchanged_fact_is_not_told_again(pharmacy):
    assert pharmacy(spec(A, 2)).ruptures[0].transition == "nouvelle"
    worse = pharmacy(spec(A, 1), on=day("2026-05-21"))
    assert worse.ruptures[0].transition == "aggravée"
    again = pharmacy(spec(A, 1), on=day("2026-05-21"))
    assert "relevé déjà lu le 21/05/2026" in again.remarques[0]
    back = pharmacy(spec(A, 4), on=day("2026-05-22"))
    assert (back.ruptures, back.retablies) == ([], [f"rupture:{A}"])
    with reading() as session:
        steps = [(one.before, one.after) for one in session.exec(select(AvailabilityChange))]
        history = register.line(session, session.get_one(Risk, f"rupture:{A}")).historique
    assert steps == [(0, 2), (2, 1), (1, 4)]
    assert [line.split()[1] for line in history] == ["levé", "aggravé", "éteint"]


def test_a_bad_line_in_the_middle_is_refused_with_its_number(pharmacy):
    told = pharmacy(spec(A, 1), "n'importe quoi", "12\t\t7\tx", spec(B, 2))
    assert [one.split(" :")[0] for one in told.lignes_refusees] == ["ligne 2", "ligne 3"]
    assert {one.cis for one in told.ruptures} == {A, B}


@pytest.mark.parametrize(
    "content", [b"", b"\r\n\r\n", "rien de lisible".encode("utf-16"), b"\x00\x01\x02" * 50]
)
def test_an_empty_or_unreadable_file_is_said_and_the_alerts_of_yesterday_stay(pharmacy, tmp_path, content):
    pharmacy(spec(A, 1))
    (tmp_path / "bdpm" / "CIS_CIP_Dispo_Spec.txt").write_bytes(content)
    told = shortages.report(tmp_path / "bdpm", None, day("2026-05-21"))
    assert told.remarques
    assert [one.cis for one in told.ruptures] == [A]


def test_a_cut_file_takes_no_alert_away(pharmacy):
    pharmacy(spec(A, 1), spec(B, 2))
    told = pharmacy(spec(B, 2), end="", on=day("2026-05-21"))
    assert any("tronqué" in remark for remark in told.remarques)
    assert {one.cis for one in told.ruptures} == {A, B}


def test_an_older_file_is_not_taken_and_one_from_the_future_is_said(pharmacy):
    pharmacy(spec(A, 1))
    older = pharmacy(spec(B, 2), on=day("2026-05-01"))
    assert any("plus ancien" in remark for remark in older.remarques)
    assert [one.cis for one in older.ruptures] == [A]
    future = pharmacy(spec(A, 1, updated="01/01/2030"), on=day("2026-05-23"))
    assert any("1 lignes mises à jour après" in remark for remark in future.remarques)


def test_a_utf_8_file_and_unix_line_ends_read_the_same(pharmacy, tmp_path):
    path = tmp_path / "bdpm" / "CIS_CIP_Dispo_Spec.txt"
    path.write_bytes((spec(A, 4) + "\n" + spec(B, 2) + "\n").encode("utf-8"))
    rows = read_folder(tmp_path / "bdpm").rows
    assert [(row.cis, int(row.status)) for row in rows] == [(A, 4), (B, 2)]


def test_bad_stock_lines_are_said_and_the_stocks_of_yesterday_stay(pharmacy):
    pharmacy(spec(A, 1), stocks="ATEN;990000010;900;10")
    told = pharmacy(spec(A, 1), stocks="ATEN;inconnu;5;1\nATEN;990000010;beaucoup;1\nATEN;990000010;-3;1")
    assert len([remark for remark in told.remarques if "refusée" in remark]) == 3
    assert str(told.ruptures[0].couverture_jours) == "90.0"


def test_a_stock_nearly_gone_is_told_even_when_the_public_file_says_nothing(pharmacy):
    told = pharmacy(spec(B, 4), stocks="GANTS;990000010;5;10")
    (found,) = told.ruptures
    assert (found.niveau, found.statut) == (Level.RED, "Stock bas")


def test_the_same_snapshot_twice_leaves_one_risk(pharmacy):
    pharmacy(spec(A, 1))
    pharmacy(spec(A, 1))
    with reading() as session:
        assert len(session.exec(select(Risk)).all()) == 1


def test_an_unknown_folder_is_said(group, tmp_path):
    told = shortages.report(tmp_path / "absent", None, ON)
    assert "n'existe pas" in told.remarques[0]
    with pytest.raises(BadInput, match="n'a pas de colonne"):
        path = tmp_path / "s.csv"
        path.write_text("a;b\n1;2\n", encoding="utf-8")
        import_items(path)


def test_two_hundred_real_medicines_every_shortage_found_and_none_invented(group, shared, tmp_path):
    import_contracts(contracts_file(tmp_path, CONTRACT))
    snapshot = read_folder(shared / "bdpm")
    assert (len(snapshot.rows), snapshot.refused, snapshot.is_truncated) == (766, [], False)
    chosen = random.Random(7).sample(sorted(snapshot.names), 140)
    chosen += random.Random(7).sample(sorted({row.cis for row in snapshot.rows}), 60)
    lines = [f"MED;{cis};{cis}" for cis in sorted(set(chosen))]
    items, counted = tmp_path / "articles.csv", tmp_path / "stocks.csv"
    items.write_text("\n".join(["Marché;Article;CIS", *lines]) + "\n", encoding="utf-8")
    assert import_items(items).acceptes == len(lines)
    counts = [f"{cis};990000010;200;10" for cis in sorted(set(chosen))]
    counted.write_text("\n".join(["Article;Établissement;Stock;Consommation", *counts]) + "\n", "utf-8")
    copy = tmp_path / "copie"
    shutil.copytree(shared / "bdpm", copy)
    found = {one.cis: one for one in shortages.report(copy, counted, ON).ruptures}
    # worked out apart from the product: the gravest code of each CIS, read with plain string functions
    order = {"1": 3, "2": 2, "3": 1, "4": 0}
    expected = {}
    for line in (shared / "bdpm" / "CIS_CIP_Dispo_Spec.txt").read_text("cp1252").splitlines():
        cis, _, code = line.split("\t")[:3]
        if cis in chosen and order[code] > order.get(expected.get(cis, "4"), 0):
            expected[cis] = code
    assert set(found) == set(expected)
    mitm = {line[:8] for line in (shared / "bdpm" / "CIS_MITM.txt").read_text("cp1252").splitlines()}
    for cis, code in expected.items():  # twenty days of stock everywhere
        levels = {"1": Level.RED, "2": Level.RED if cis in mitm else Level.AMBER}
        levels["3"] = Level.RED if cis in mitm else Level.AMBER
        assert found[cis].niveau is levels[code]
