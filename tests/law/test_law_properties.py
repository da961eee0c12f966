"""What must hold whatever the amount and the day."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from models.law.dated import value
from models.law.days import is_working_day
from models.law.interest import Payment, late_interest
from models.law.modification import Modification, ModificationGround, judge
from models.law.need import Nature, Need, Procedure
from models.law.planning import PlannedProcedure, PlanRequest, Shortcut, alert_date, latest_start, plan
from models.law.regime import Regime, regime_for
from models.reading.values import to_cents

RANK = {one: rank for rank, one in enumerate(Procedure)}
amounts = st.decimals("0.01", 20_000_000, places=2)
days = st.dates(date(2016, 1, 1), date(2027, 12, 31))
natures = st.sampled_from(Nature)
starts = st.dates(date(2019, 1, 1), date(2032, 12, 31))
procedures = st.sampled_from(PlannedProcedure)


def regime(nature, amount, day, lots=()):
    return regime_for(Need(nature=nature, amount_ht=amount, launched_on=day, lots=lots))


@settings(deadline=None)
@given(natures, amounts, amounts, days)
def test_raising_the_amount_never_lightens_anything(nature, one, other, day):
    low, high = sorted((one, other))
    below, above = regime(nature, low, day), regime(nature, high, day)
    assert RANK[below.procedure] <= RANK[above.procedure]
    for duty in (
        "buyer_profile",
        "essential_data",
        "environmental_criterion",
        "written_contract",
        "social_condition",
    ):
        assert getattr(below, duty) <= getattr(above, duty)
    for period in ("standstill_days", "tender_days", "award_notice_days"):
        assert (getattr(below, period) or 0) <= (getattr(above, period) or 0)


@settings(deadline=None)
@given(natures, st.lists(amounts, min_size=1, max_size=6), days)
def test_lots_never_go_beyond_the_procedure_of_the_whole(nature, lots, day):
    whole = regime(nature, sum(lots), day, tuple(lots))
    assert all(RANK[lot.procedure] <= RANK[whole.procedure] for lot in whole.lots)
    lightened = sum(lot.amount_ht for lot in whole.lots if RANK[lot.procedure] < RANK[whole.procedure])
    assert lightened * 5 <= whole.amount_ht


@settings(deadline=None)
@given(natures, amounts, days)
def test_a_regime_survives_being_kept_as_json(nature, amount, day):
    found = regime(nature, amount, day)
    assert Regime.model_validate_json(found.model_dump_json()) == found
    assert Regime.model_validate(found.model_dump(mode="json")) == found
    assert all(used.effective <= day for used in found.versions)


@settings(deadline=None)
@given(procedures, starts, st.booleans(), st.sampled_from((None, *Shortcut)), days)
def test_a_plan_is_ordered_and_keeps_every_legal_minimum(procedure, start, electronic, shortcut, today):
    request = PlanRequest(procedure=procedure, starts_on=start, electronic=electronic, shortcut=shortcut)
    made = plan(request, today)
    on = [one.on for one in made.milestones]
    assert on == sorted(on)
    assert on[-1] < start
    assert all(map(is_working_day, on))
    assert made.latest_start == on[0] == latest_start(request)
    assert made.feasible == (today <= on[0]) == (made.days_late == 0)
    for one, following in zip(made.milestones, made.milestones[1:], strict=False):
        if one.is_legal:
            least = int(one.ground.split("(")[1].split()[0])
            assert (following.on - one.on).days >= least


@settings(deadline=None)
@given(starts, procedures, st.integers(1, 400))
def test_a_later_end_is_never_alerted_earlier(start, procedure, more):
    later = start + timedelta(days=more)
    assert alert_date(start, procedure) <= alert_date(later, procedure)
    assert alert_date(start, procedure) < latest_start(PlanRequest(procedure=procedure, starts_on=start))


payments = st.tuples(
    st.decimals("0.01", 5_000_000, places=2),
    st.dates(date(2016, 1, 1), date(2026, 10, 1)),
    st.integers(0, 700),
)


@settings(deadline=None)
@given(payments, st.decimals("0.01", 1_000_000, places=2), st.integers(1, 60))
def test_interest_grows_with_the_amount_and_with_the_days(payment, more_money, more_days):
    amount, received, wait = payment
    paid = received + timedelta(days=wait)

    def total(sum_due, day):
        return late_interest(Payment(amount_ttc=sum_due, received_on=received, paid_on=day)).total

    base = total(amount, paid)
    assert base <= total(amount + more_money, paid)
    assert base <= total(amount, paid + timedelta(days=more_days))
    assert base == to_cents(base) >= 0


@settings(deadline=None)
@given(
    st.sampled_from((Nature.SUPPLIES, Nature.SERVICES, Nature.WORKS)),
    st.decimals(1, 10_000_000, places=2),
    st.lists(st.decimals("0.01", 500_000, places=2), min_size=1, max_size=12),
    st.dates(date(2016, 4, 1), date(2027, 1, 1)),
)
def test_small_modifications_never_add_up_beyond_the_rule(nature, initial, changes, day):
    cumulated = Decimal()
    for amount in changes:
        change = Modification(
            nature=nature,
            initial_ht=initial,
            previous_ht=cumulated,
            amount_ht=amount,
            ground=ModificationGround.SMALL,
            on=day,
        )
        if judge(change).allowed:
            cumulated += amount
    family = "travaux" if nature is Nature.WORKS else "fournitures_services"
    assert cumulated * 100 < initial * value(f"modification_faible_{family}", on=day)
    assert cumulated < value(f"seuil_{family}", on=day)
