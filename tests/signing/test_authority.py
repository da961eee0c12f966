"""Who may sign: the lawyer's table of cases, and what must hold for every delegation."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import BadInput
from models.signing.acts import Act, DelegationTerms, LocalChoiceTerms
from models.signing.authority import may_sign, signatories
from models.signing.competence import competence, matrix
from models.signing.questions import Code, Question
from tests.delegation_world import CASES, SIRETS, question, register

WORLD = register()


def test_the_table_has_at_least_sixty_cases_and_every_code():
    answers = {row[7] for row in CASES["cas"]} | {row[4] for row in CASES["dossiers"]}

    assert len(CASES["cas"]) >= 60
    assert answers == set(Code)


@pytest.mark.parametrize("row", CASES["cas"], ids=lambda row: f"{row[0]} ({row[1]})")
def test_case(row):
    _, person, act, amount, family, house, day, expected, delegation = row

    verdict = may_sign(person, question(act, amount, family, house, day), WORLD)

    assert (verdict.code, verdict.delegation or "") == (expected, delegation)
    assert verdict.allowed == (expected == "ok")
    assert verdict.reason.endswith(".")


@pytest.mark.parametrize("row", CASES["dossiers"], ids=lambda row: row[0])
def test_procurement_that_bars(row):
    _, person, lock, conflicts, expected = row

    verdict = may_sign(person, question(), register(lock=lock or None, conflicts=frozenset(conflicts)))

    assert verdict.code == expected


def test_a_dispute_stops_the_signature_of_the_contract_and_nothing_else():
    world = register(lock="référé précontractuel")

    stopped = {act for act in Act if may_sign("morel@chu.fr", question(act), world).code == "locked"}

    assert stopped == {Act.CONTRACT}


def test_those_who_could_sign_are_named_delegates_first():
    found = signatories(question(amount="10 000", day=date(2026, 8, 10)), WORLD)

    assert [agent.name for agent, _ in found] == [
        "Anne Faure",
        "Marc Lefèvre",
        "Nadia Benali",
        "Claire Morel",
    ]


def test_nobody_can_sign_when_the_director_left_without_successor():
    functions = tuple(held for held in WORLD.functions if held.person_email != "interim@chu.fr")

    assert signatories(question(day=date(2027, 2, 1)), register(functions=functions)) == []


def test_missing_council_transmission_and_specimen_are_warnings():
    verdict = may_sign("blanc@chu.fr", question(), WORLD)

    assert verdict.allowed
    assert [warning.split(" (")[0] for warning in verdict.warnings] == [
        "La délégation n'a pas été communiquée au conseil de surveillance",
        "Le spécimen de signature n'est pas déposé auprès du comptable",
    ]


def test_unknown_person_house_or_day_is_refused_in_french():
    with pytest.raises(BadInput, match="nul@chu"):
        may_sign("nul@chu.fr", question(), WORLD)
    with pytest.raises(BadInput, match="Établissement 123 inconnu"):
        may_sign("morel@chu.fr", question().model_copy(update={"establishment": "123"}), WORLD)
    with pytest.raises(BadInput, match="commence au 01/01/2018"):
        may_sign("morel@chu.fr", question(day=date(2017, 12, 31)), WORLD)


def test_a_local_choice_moves_only_the_acts_that_the_texts_leave_open():
    choices = tuple(
        LocalChoiceTerms(act=act, kind="partie", since=date(2026, 7, 1), reason="Convention constitutive")
        for act in (Act.RENEWAL, Act.CONTRACT)
    )
    world = register(choices=choices)

    def allowed(person, act, day):
        return may_sign(person, question(act, house="VAL", day=day), world).allowed

    assert not allowed("roux@val.fr", "reconduction", date(2026, 6, 30))
    assert allowed("roux@val.fr", "reconduction", date(2026, 7, 1))
    assert not allowed("morel@chu.fr", "reconduction", date(2026, 7, 1))
    assert not allowed("roux@val.fr", "signature_marche", date(2026, 7, 1))


def test_every_act_has_its_row_and_unchecked_rows_say_so():
    assert set(matrix()) == set(Act)
    assert {act for act in Act if competence(act, date(2026, 1, 1)).local_choice} == {
        Act.RENEWAL,
        Act.TERMINATION,
    }
    for row in matrix().values():
        assert all((value.status == "verified") == (row.last_verified is not None) for value in row.values)


# --- what must hold for every delegation --------------------------------------------------------------------

FAMILIES = ["medic", "perf", "imag"]
HOUSES = list(SIRETS.values())
FEW = settings(max_examples=25, deadline=None)  # each narrowing has its own run
DAYS = st.dates(date(2025, 9, 1), date(2027, 6, 30))
AMOUNTS = st.decimals(0, 500_000, places=2)


def subset(values):
    return st.lists(st.sampled_from(values), unique=True, max_size=len(values))


DELEGATIONS = st.builds(
    DelegationTerms,
    reference=st.just("P"),
    delegator_email=st.sampled_from(["morel@chu.fr", "roux@val.fr", "lefevre@chu.fr"]),
    delegate_email=st.just("martin@chu.fr"),
    function=st.just("Acheteuse"),
    acts=st.lists(st.sampled_from(list(Act)), unique=True, min_size=1),
    ceiling=st.none() | AMOUNTS,
    families=subset(FAMILIES),
    establishments=subset(HOUSES),
    valid_from=DAYS,
    valid_until=st.none() | DAYS,
    published_on=st.none() | DAYS,
    transmitted_accountant_on=st.none() | DAYS,
    revoked_on=st.none() | DAYS,
)
REQUESTS = st.builds(
    Question,
    act=st.sampled_from(list(Act)),
    amount=AMOUNTS,
    family=st.sampled_from(FAMILIES),
    establishment=st.sampled_from(HOUSES),
    day=DAYS,
)


def favourable(one: DelegationTerms, asked: Question) -> DelegationTerms:
    """Return the delegation made good for the question, the start of the properties that take away."""
    return one.model_copy(
        update={
            "delegator_email": "morel@chu.fr",
            "acts": sorted({*one.acts, asked.act}),
            "ceiling": None,
            "families": [],
            "establishments": [],
            "valid_from": asked.day - timedelta(days=1),
            "decided_on": date(2025, 9, 1),
            "valid_until": None,
            "published_on": asked.day,
            "transmitted_accountant_on": asked.day,
            "revoked_on": None,
        }
    )


def answer(one: DelegationTerms, asked: Question) -> bool:
    return may_sign("martin@chu.fr", asked, register(delegations=(one,))).allowed


NARROWINGS = {
    "acts": lambda one, data: {
        "acts": data.draw(st.lists(st.sampled_from(one.acts), unique=True, min_size=1))
    },
    "ceiling": lambda one, data: {
        "ceiling": data.draw(st.decimals(0, one.ceiling if one.ceiling is not None else 500_000, places=2))
    },
    "families": lambda one, data: {
        "families": data.draw(st.lists(st.sampled_from(one.families or FAMILIES), unique=True, min_size=1))
    },
    "establishments": lambda one, data: {
        "establishments": data.draw(
            st.lists(st.sampled_from(one.establishments or HOUSES), unique=True, min_size=1)
        )
    },
    "later start": lambda one, data: {
        "valid_from": one.valid_from + timedelta(days=data.draw(st.integers(0, 90)))
    },
    "sooner end": lambda one, data: {
        "valid_until": data.draw(st.dates(max_value=one.valid_until or date(2030, 1, 1)))
    },
    "absence only": lambda one, data: {"replaces_email": "lefevre@chu.fr"},
}


@pytest.mark.parametrize("how", NARROWINGS)
@FEW
@given(one=DELEGATIONS, asked=REQUESTS, good=st.booleans(), data=st.data())
def test_narrowing_a_delegation_never_allows_more(how, one, asked, good, data):
    wide = favourable(one, asked) if good and asked.day <= date(2027, 1, 31) else one
    if how == "later start":  # the day of the grant stays
        wide = wide.model_copy(update={"decided_on": wide.granted_on})
    narrow = wide.model_copy(update=NARROWINGS[how](wide, data))

    assert not answer(narrow, asked) or answer(wide, asked)


@FEW
@given(one=DELEGATIONS, asked=REQUESTS, day=DAYS)
def test_revoking_never_allows_anything(one, asked, day):
    revoked = one.model_copy(update={"revoked_on": min(day, one.revoked_on or day)})

    assert not answer(revoked, asked) or answer(one, asked)
    assert not answer(one.model_copy(update={"revoked_on": asked.day}), asked)


@FEW
@given(one=DELEGATIONS, asked=REQUESTS)
def test_a_good_delegation_allows_until_its_last_day_and_not_the_day_after(one, asked):
    day = min(asked.day, date(2027, 1, 30))
    asked = asked.model_copy(update={"day": day})
    good = favourable(one, asked).model_copy(update={"valid_until": day})
    rule = competence(asked.act, day)

    assert answer(good, asked) == (rule.kind == "support" or asked.establishment == SIRETS["CHU"])
    assert not answer(good, asked.model_copy(update={"day": day + timedelta(days=1)}))


@FEW
@given(one=DELEGATIONS, asked=REQUESTS, more=AMOUNTS)
def test_a_larger_amount_is_never_easier(one, asked, more):
    larger = asked.model_copy(update={"amount": asked.amount + Decimal(more)})

    assert not answer(one, larger) or answer(one, asked)


@FEW
@given(extra=DELEGATIONS, asked=REQUESTS)
def test_a_further_delegation_takes_nothing_from_anyone(extra, asked):
    with_extra = register(delegations=(*WORLD.delegations, extra))

    before = {agent.email for agent, _ in signatories(asked, WORLD)}
    after = {agent.email for agent, _ in signatories(asked, with_extra)}

    assert before <= after <= before | {"martin@chu.fr"}
