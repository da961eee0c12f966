"""Ranking, worked out by hand."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from models.award.ranking import rank
from models.errors import BadInput
from models.process.forms import Analysis, Strategy
from models.reading.form_faults import faults_of
from models.tendering.tenders import PricedLot

STRATEGY = Strategy.model_validate(
    {
        "criteres": [
            {"code": "prix", "libelle": "Prix", "poids": 40, "nature": "prix"},
            {"code": "qualite", "libelle": "Qualité", "poids": 60, "nature": "technique"},
        ]
    }
)


def offers(*rows):
    return [PricedLot(number=n, supplier=f"S{n}", lot=1, amount_ht=Decimal(a)) for n, a in rows]


def marks(*rows, **irregular):
    return Analysis.model_validate(
        {
            "offres": [
                {
                    "offre": str(n),
                    "lot": 1,
                    "notes": {"qualite": m},
                    "irreguliere": irregular.get(f"o{n}", ""),
                }
                for n, m in rows
            ]
        }
    )


def test_price_formula_and_weights() -> None:
    # prices 100 and 125: marks 100 and 80; totals .4*100+.6*70 = 82 and .4*80+.6*90 = 86
    first, second = rank(STRATEGY, offers((1, "100"), (2, "125")), marks((1, 70), (2, 90)))
    assert (first.tender_number, first.score, first.rank, first.is_winner) == (2, "86.00", 1, True)
    assert (second.tender_number, second.score, second.rank, second.is_winner) == (1, "82.00", 2, False)
    assert first.detail["prix"] == {"note": "80.00", "points": "32.00"}


def test_the_price_mark_is_rounded_only_at_the_end() -> None:
    # 100/300 = 33.333…; 40 % of it is 13.333…; with quality 0 the total is 13.33
    results = rank(STRATEGY, offers((1, "100"), (2, "300")), marks((1, 0), (2, 0)))
    assert results[1].score == "13.33"


def test_an_irregular_tender_is_set_aside_and_does_not_set_the_lowest_price() -> None:
    results = rank(STRATEGY, offers((1, "50"), (2, "100")), marks((1, 100), (2, 50), o1="acte non signé"))
    assert [(r.tender_number, r.rank, r.irregular) for r in results] == [
        (2, 1, ""),
        (1, None, "acte non signé"),
    ]
    assert results[0].score == "70.00"  # 40 for the price, 60 % of 50


def test_equal_scores_are_separated_by_the_lower_amount() -> None:
    # 1: 40*100/100 + 60*50/100 = 70 ; 2: 40*50/100 + .6*x = 70 gives x = 83.333 which is not a mark; use the same price
    results = rank(STRATEGY, offers((2, "100"), (1, "100")), marks((1, 50), (2, 50)))
    assert [r.tender_number for r in results] == [1, 2]


def test_a_tender_without_every_price_is_not_ranked() -> None:
    tenders = offers((1, "100"), (2, "90"))
    tenders[1].missing = ["CAT-18"]
    results = rank(STRATEGY, tenders, marks((1, 10), (2, 100)))
    assert results[1].irregular == "prix manquants au bordereau : CAT-18"


def test_missing_and_unknown_marks_are_all_named() -> None:
    with pytest.raises(BadInput, match=r"offre 9, lot 1 ; offre 2, lot 1 : aucune note"):
        rank(STRATEGY, offers((1, "100"), (2, "90")), marks((1, 10), (9, 10)))


def test_a_missing_mark_is_said_by_the_label_of_its_criterion_and_tied_to_its_field() -> None:
    unmarked = Analysis.model_validate(
        {"offres": [{"offre": "1", "notes": {"qualite": 10}}, {"offre": "2", "notes": {"beaute": 3}}]}
    )
    with pytest.raises(BadInput) as refusal:
        rank(STRATEGY, offers((1, "100"), (2, "90")), unmarked)
    assert str(refusal.value) == (
        "Analyse incomplète : offre 2, lot 1 : note à donner pour « Qualité », critère inconnu « beaute »."
    )
    assert refusal.value.fields == {"offres.1.notes.qualite": "une note de 0 à 100 est attendue"}
    assert refusal.value.at_command == "Critères à noter : qualite (Qualité)."


@pytest.mark.parametrize("given", ["125 000,50 €", "beaucoup", "101", "-1"])
def test_what_is_not_a_mark_is_not_called_a_quantity(given: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        marks((1, given))
    said = faults_of(refusal.value)
    assert "uantité" not in said
    assert "100" in said or "0 au moins" in said


def test_no_regular_tender_must_be_declared_unsuccessful() -> None:
    with pytest.raises(BadInput, match="répondez « Infructueux »") as refusal:
        rank(STRATEGY, offers((1, "100")), marks((1, 10), o1="hors sujet"))
    assert "unsuccessful" not in str(refusal.value)
    assert "unsuccessful" in refusal.value.at_command
