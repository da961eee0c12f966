"""A director or a delegate who leaves: what ends with the function, and what nobody could sign the day after."""

from datetime import date

import pytest

from models.errors import BadInput
from models.signing.acts import FunctionHeld
from tasks.delegations import entry
from tasks.delegations.departures import end_function
from tasks.delegations.entry import Asked
from tasks.signing import power
from tasks.store import reading, transaction
from tests.signing_scene import DIRECTOR, PURCHASING, journal_lines, load

SUPPORT = "26990001500018"
LAST = date(2026, 6, 30)
SUCCESSOR = "thomas.girard@ch-rocheval.invalid"


@pytest.fixture
def group(home):
    load()


def answer(person, day, amount="1000", act="attribution"):
    asked = Asked(
        personne=person, acte=act, montant=amount, famille="perfusion", etablissement=SUPPORT, jour=day
    )
    return entry.ask(asked)


def gaps(done):
    return {one.acte.value: one.a_partir_de for one in done.non_couvert}


def test_a_director_who_leaves_ends_what_she_gave_the_day_after(group):
    done = end_function(DIRECTOR, LAST)

    assert done.delegations_donnees == ["DS-2018-01", "DS-2018-02", "DS-2018-03"]
    assert answer(PURCHASING, LAST).code == "ok"
    after = answer(PURCHASING, date(2026, 7, 1))
    assert (after.code, after.signataires) == ("function_ended", [])
    assert "Hélène Marchand n'exerce plus" in after.motif
    assert gaps(done)["attribution"] == "0"
    assert len(gaps(done)) >= 9  # every act of the support establishment
    assert [line.subject for line in journal_lines("registre") if "fin de fonction" in line.reason] == [
        DIRECTOR
    ]


def test_with_a_successor_in_office_the_day_after_nothing_is_left_uncovered(group):
    with transaction() as session:
        session.add(
            FunctionHeld(
                person_email=SUCCESSOR, role="directeur", title="Directeur par intérim",
                establishment_siret=SUPPORT, started_on=date(2026, 7, 1),
            )
        )  # fmt: skip

    done = end_function(DIRECTOR, LAST)

    assert done.non_couvert == []
    assert answer(PURCHASING, date(2026, 7, 1)).signataires == [SUCCESSOR]


def test_a_delegate_who_leaves_uncovers_only_what_the_director_does_not_sign(group):
    done = end_function(PURCHASING, LAST)

    assert (done.fonctions, done.delegations_recues) == (
        ["Directeur des achats du groupement"],
        ["DS-2018-01"],
    )
    assert done.non_couvert == []
    assert answer(PURCHASING, LAST).code == "ok"
    assert answer(PURCHASING, date(2026, 7, 1)).code == "function_ended"


def test_who_holds_nothing_that_day_is_refused(group):
    end_function(DIRECTOR, LAST)

    with pytest.raises(BadInput, match="n'exerce aucune fonction le 01/07/2026"):
        end_function(DIRECTOR, date(2026, 7, 1))


@pytest.mark.parametrize(("days", "expected"), [(29, []), (30, ["DS-2018-01", "DS-2018-02", "DS-2018-03"])])
def test_delegations_that_end_with_a_function_are_listed_ahead(group, days, expected):
    end_function(DIRECTOR, LAST)

    with reading() as session:
        near = power.expiring(session, date(2026, 5, 31), days)
    assert [one.reference for one in near] == expected
    assert {one.reason for one in near} <= {"fin de fonction du délégant"}
