"""What is left uncovered: from which amount, for which families."""

from datetime import date
from decimal import Decimal

from models.delegations.coverage import Scope, gaps
from models.signing.acts import Act
from tests.delegation_world import SIRETS, register, world

DAY = date(2026, 3, 2)


def left(scopes, delegations, functions=()):
    known = register(delegations=delegations, functions=functions)
    return [(gap.act.value, gap.families, gap.from_amount) for gap in gaps(scopes, known, SIRETS["CHU"], DAY)]


def test_the_head_in_office_leaves_nothing_uncovered_and_an_empty_chair_everything():
    head = next(f for f in world().functions if f.role == "directeur" and f.held_on(DAY))
    scope = [Scope(acts=(Act.AWARD,), families=("linge", "medic"), ceiling=Decimal(90_000))]

    assert left(scope, (), (head,)) == []  # the head signs everything
    assert left(scope, (), ()) == [("attribution", ("linge", "medic"), Decimal(0))]
