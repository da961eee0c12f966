"""Circuits of visas: the one that fits, in order, with replacements."""

from datetime import date
from decimal import Decimal

import pytest

from models.signing.acts import AbsenceTerms, VisaTerms
from models.signing.circuits import Purchase, visas_before

DAY = date(2026, 3, 2)


def visa(circuit, rank, role, **more):
    fields = {"circuit": circuit, "act": "lancement", "rank": rank, "role": role, "since": date(2026, 1, 1)}
    return VisaTerms(**(fields | more))


VISAS = [
    visa("général", 1, "juriste"),
    visa("gros", 1, "juriste", from_amount=Decimal(90_000)),
    visa("gros", 2, "directeur_achats", from_amount=Decimal(90_000)),
    visa("santé", 1, "pharmacien", family_code="medic", until=date(2026, 12, 31)),
    visa("santé", 1, "prescripteur", family_code="medic", until=date(2026, 12, 31)),
    visa("santé", 2, "juriste", family_code="medic", person_email="a@ch.fr", replacement_email="b@ch.fr"),
    visa("attribution", 1, "controleur_gestion", act="attribution"),
]


def roles(amount="10000", family="linge", day=DAY, act="lancement"):
    purchase = Purchase(act=act, amount=Decimal(amount), family=family, day=day)
    return [[one.role.value for one in rank] for rank in visas_before(purchase, VISAS)]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [["juriste"]]),
        ({"amount": "89999.99"}, [["juriste"]]),
        ({"amount": "90000"}, [["juriste"], ["directeur_achats"]]),
        ({"family": "medic"}, [["pharmacien", "prescripteur"], ["juriste"]]),
        ({"family": "medic", "amount": "90000"}, [["pharmacien", "prescripteur"], ["juriste"]]),
        ({"day": date(2025, 12, 31)}, []),
        ({"act": "attribution"}, [["controleur_gestion"]]),
        ({"act": "avenant"}, []),
    ],
)
def test_the_circuit_that_fits(asked, expected):
    assert roles(**asked) == expected


@pytest.mark.parametrize(("day", "person"), [(1, "a@ch.fr"), (2, "b@ch.fr"), (3, "b@ch.fr"), (4, "a@ch.fr")])
def test_the_replacement_is_asked_while_the_person_is_away(day, person):
    away = [AbsenceTerms(person_email="a@ch.fr", from_on=date(2026, 3, 2), until_on=date(2026, 3, 3))]
    purchase = Purchase(act="lancement", amount=Decimal(1), family="medic", day=date(2026, 3, day))

    last = visas_before(purchase, VISAS, away)[-1][0]

    assert last.person_email == person
    assert last.instead_of == ("a@ch.fr" if person == "b@ch.fr" else None)
