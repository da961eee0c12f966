"""A company without SIRET tenders under its own number: VAT of the Union, Swiss, RIDET, TAHITI; never a placeholder."""

import pytest
from pydantic import ValidationError

from models.tendering.tenders import TenderFile


def tender(number):
    content = {
        "candidat": {"nom": "Perfusion GmbH", "siret": number},
        "lots": [{"lot": 1, "prix": {"X": "1.00"}}],
    }
    return TenderFile.model_validate(content).tenderer.siret


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("732 829 320 00074", "73282932000074"),
        ("CHE-116.281.710", "CHE116281710"),
        ("DE 136695976", "DE136695976"),
        ("BE 0428.759.497", "BE0428759497"),
        ("RIDET 1234567", "1234567"),
    ],
)
def test_a_company_is_known_by_the_number_it_has(number, kept):
    assert tender(number) == kept


@pytest.mark.parametrize(
    "number", ["73282932000075", "00000000000000", "732829320", "18", "", "inconnu", "9" * 300]
)
def test_a_number_that_names_nobody_is_refused(number):
    with pytest.raises(ValidationError, match="incorrect"):
        tender(number)
