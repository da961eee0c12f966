"""Dated figures: read from files, replaceable, and never guessed."""

import shutil
import tomllib
from datetime import date, timedelta
from decimal import Decimal

import pytest

from models.errors import BadInput
from models.law import dated
from models.law.dated import NoValueYet, Status, ValueEnded
from models.law.regime import Nature, Need, Procedure, regime_for

FILE = """
description = "Figure d'essai"
unit = "EUR HT"
article = "CCP art. R. 1"

[[values]]
from = 2020-01-01
until = 2020-12-31
value = {first}
reference = "texte"
source = "source"
status = "verified"

[[values]]
from = {second_day}
value = 2.5
reference = "texte"
source = "source"
status = "recalled"
"""


@pytest.fixture
def folder(tmp_path):
    target = tmp_path / "parameters"
    shutil.copytree(dated.FOLDER, target)
    return target


def test_a_threshold_changes_with_one_file_and_no_python(folder):
    path = folder / "seuil_fournitures_services.toml"
    text = path.read_text(encoding="utf-8")
    last = tomllib.loads(text)["values"][-1]  # whatever it is by now: the next change comes two years later
    day, raised = last["from"] + timedelta(days=730), last["value"] + 14_000
    added = f"""
[[values]]
from = {day}
value = {raised}
reference = "règlement d'essai"
source = "essai"
status = "verified"
"""
    path.write_text(text + added, encoding="utf-8")

    def procedure(amount, on):
        return regime_for(Need(nature=Nature.SUPPLIES, amount_ht=Decimal(amount), launched_on=on)).procedure

    with dated.reading_from(folder):
        assert procedure(raised - 1, day) is Procedure.MAPA
        assert procedure(raised, day) is Procedure.FORMALISED
        assert procedure(raised - 1, day - timedelta(days=1)) is Procedure.FORMALISED
    assert procedure(raised - 1, day) is Procedure.FORMALISED


def test_a_value_may_end_and_a_gap_is_not_filled(tmp_path):
    (tmp_path / "essai.toml").write_text(FILE.format(first="1", second_day="2022-01-01"), encoding="utf-8")
    with dated.reading_from(tmp_path):
        with pytest.raises(NoValueYet, match="première commence le 01/01/2020"):
            dated.value("essai", on=date(2019, 12, 31))
        assert dated.value("essai", on=date(2020, 12, 31)) == 1
        with pytest.raises(ValueEnded, match=r"essai\.toml"):
            dated.value("essai", on=date(2021, 1, 1))
        assert dated.value("essai", on=date(2022, 1, 1)) == Decimal("2.5")
        assert dated.dated("essai", on=date(2030, 1, 1)).status is Status.RECALLED


@pytest.mark.parametrize(
    ("first", "second_day"),
    [("1", "2020-12-31"), ("1", "2019-01-01"), ('"beaucoup"', "2022-01-01"), ("", "2022-01-01")],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, first, second_day):
    (tmp_path / "essai.toml").write_text(FILE.format(first=first, second_day=second_day), encoding="utf-8")
    with dated.reading_from(tmp_path), pytest.raises(BadInput, match=r"essai\.toml"):
        dated.figures()


def test_an_unknown_figure_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(BadInput, match="inconnu"):
        dated.value("seuil_inexistant", on=date(2026, 1, 1))
    with dated.reading_from(tmp_path), pytest.raises(BadInput, match="Aucun paramètre"):
        dated.figures()


def test_every_figure_says_where_it_comes_from():
    listed = dated.figures()
    assert len(listed) > 100
    for figure in listed:
        for one in figure.values:
            assert one.reference and one.source
            if figure.article == "Usage du groupement":
                assert one.status is Status.PROPOSITION, figure.name
        verified = any(one.status is Status.VERIFIED for one in figure.values)
        assert verified == (figure.last_verified is not None), figure.name


def test_what_was_not_read_in_a_text_stays_recalled():
    works_2027 = dated.dated("dispense_travaux", on=date(2027, 1, 1))
    assert (works_2027.value, works_2027.status) == (140_000, Status.RECALLED)


def test_figures_are_decimals_never_floats():
    assert dated.value("taux_bce", on=date(2025, 1, 1)) == Decimal("3.15")
    assert isinstance(dated.value("taux_bce", on=date(2025, 1, 1)), Decimal)
