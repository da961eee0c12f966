"""Rules that are not one figure: grounds without competition, the need of the whole group, splitting, lots."""

import re
from datetime import date, datetime
from decimal import Decimal

import pytest

from models.errors import BadInput
from models.law.aggregation import MemberNeed, Purchase, check_splitting, estimates
from models.law.criteria import AwardCriterion, CriterionKind, check_criteria
from models.law.days import PARIS
from models.law.deadlines import authorising_share, leaves_enough, prior_notice_holds, standstill_for
from models.law.exemptions import NEEDED, Exemption, ExemptionGround, ExemptionRefused
from models.law.framework import Level, NoLotsReason, allotment_faults, consumption
from models.law.interest import Payer, Payment, late_interest
from models.law.modification import Modification, ModificationGround, SubstantialSign, ground_named, judge
from models.law.regime import Nature, Need, Procedure, Publicity, regime_for

DAY = date(2026, 11, 22)
MEMBERS = ("CHU", "CH A", "CH B")


def exemption(ground, **options):
    return Exemption(ground=ground, facts=frozenset(NEEDED[ground][1]), **options)


def regime(amount, exemption=None, nature=Nature.SUPPLIES):
    return regime_for(Need(nature=nature, amount_ht=Decimal(amount), launched_on=DAY, exemption=exemption))


def test_a_true_urgency_needs_no_publicity_but_still_an_award_notice():
    found = regime(500_000, exemption(ExemptionGround.URGENCY))
    assert found.procedure is Procedure.WITHOUT_PUBLICITY
    assert found.publicity is Publicity.NONE
    assert found.standstill_days is None
    assert found.award_notice_days == 30
    assert found.grounds[0].article == "CCP art. R. 2122-1"


def test_an_urgency_made_by_a_late_renewal_is_refused_with_what_remains_possible():
    with pytest.raises(ExemptionRefused) as refused:
        exemption(ExemptionGround.URGENCY, contract_ended_on=date(2026, 10, 31))
    for article in ("R. 2122-1", "R. 2194-1", "L. 2113-2", "R. 2122-8", "R. 2161-3"):
        assert article in str(refused.value)
    assert "31/10/2026" in str(refused.value)


@pytest.mark.parametrize("ground", list(ExemptionGround))
def test_each_ground_is_refused_when_one_of_its_facts_is_missing(ground):
    article, needed = NEEDED[ground]
    for fact in needed:
        with pytest.raises(ExemptionRefused, match=re.escape(str(fact))):
            Exemption(ground=ground, facts=frozenset(needed) - {fact})
    assert exemption(ground).article == article


def test_an_innovative_purchase_stays_under_its_ceiling():
    assert regime("99999.99", exemption(ExemptionGround.INNOVATION)).procedure is Procedure.WITHOUT_PUBLICITY
    with pytest.raises(ExemptionRefused, match="innovant"):
        regime(100_000, exemption(ExemptionGround.INNOVATION))


def test_innovation_exempts_small_lots_of_a_larger_need():
    """Lots under 80 000 € of supplies (100 000 € of works), within 20 % of the whole (CCP art. R. 2122-9-1)."""
    lots = (Decimal("79999.99"), Decimal(420_000))
    need = Need(
        nature=Nature.SUPPLIES,
        amount_ht=Decimal(500_000),
        launched_on=DAY,
        lots=lots,
        exemption=exemption(ExemptionGround.INNOVATION),
    )
    found = regime_for(need)
    assert found.procedure is Procedure.FORMALISED
    assert [lot.procedure for lot in found.lots] == [Procedure.WITHOUT_PUBLICITY, Procedure.FORMALISED]
    larger = need.model_copy(update={"lots": (Decimal(80_000), Decimal(420_000))})
    assert [lot.procedure for lot in regime_for(larger).lots] == [Procedure.FORMALISED] * 2


def test_books_go_without_publicity_under_their_ceiling():
    assert regime("89999.99", exemption(ExemptionGround.BOOKS)).procedure is Procedure.WITHOUT_PUBLICITY
    with pytest.raises(ExemptionRefused, match=r"R\. 2122-9"):
        regime(90_000, exemption(ExemptionGround.BOOKS))


@pytest.mark.parametrize(
    ("ground", "options", "refused", "open_to"),
    [
        (ExemptionGround.LIQUIDATION, {}, (Nature.WORKS,), (Nature.SUPPLIES, Nature.SERVICES)),
        (
            ExemptionGround.SIMILAR_SERVICES,
            {"initial_concluded_on": date(2025, 1, 1)},
            (Nature.SUPPLIES,),
            (Nature.SERVICES, Nature.WORKS),
        ),
        (
            ExemptionGround.ADDITIONAL_DELIVERIES,
            {"months": 12},
            (Nature.SERVICES, Nature.WORKS),
            (Nature.SUPPLIES,),
        ),
    ],
)
def test_a_ground_is_open_to_the_natures_of_its_article(ground, options, refused, open_to):
    """Liquidation: supplies and services; similar: services and works; additional deliveries: supplies."""
    for nature in open_to:
        assert regime(9_000_000, exemption(ground, **options), nature).publicity is Publicity.NONE
    for nature in refused:
        with pytest.raises(ExemptionRefused, match="ouvert aux seuls marchés"):
            regime(9_000_000, exemption(ground, **options), nature)


def test_additional_deliveries_last_three_years_at_most_unless_duly_justified():
    ground = ExemptionGround.ADDITIONAL_DELIVERIES
    regime(500_000, exemption(ground, deliveries_end_on=date(2029, 11, 22)))
    regime(500_000, exemption(ground, months=36))
    for options in ({"deliveries_end_on": date(2029, 11, 23)}, {"months": 37}):
        with pytest.raises(ExemptionRefused, match="3 ans"):
            regime(500_000, exemption(ground, **options))
        regime(500_000, exemption(ground, **options, justification="pièces captives d'un automate de 2019"))
    with pytest.raises(ExemptionRefused, match="doit être connue"):
        regime(500_000, exemption(ground))


def test_similar_services_are_concluded_within_three_years_of_the_first_conclusion():
    def similar(**options):
        return regime(500_000, exemption(ExemptionGround.SIMILAR_SERVICES, **options), Nature.SERVICES)

    similar(initial_concluded_on=date(2023, 11, 22))
    similar(initial_concluded_on=date(2024, 1, 15), concluded_on=date(2027, 1, 15))
    for late in (
        {"initial_concluded_on": date(2023, 11, 21)},
        {"initial_concluded_on": date(2024, 1, 15), "concluded_on": date(2027, 1, 16)},
        {},
    ):
        with pytest.raises(ExemptionRefused, match="3 ans"):
            similar(**late)


@pytest.mark.parametrize(
    ("closing", "enough"),
    [
        (datetime(2026, 12, 2, 12, tzinfo=PARIS), False),  # noon of day 30
        (datetime(2026, 12, 2, 23, 58, tzinfo=PARIS), False),
        (datetime(2026, 12, 2, 23, 59, tzinfo=PARIS), True),  # the end of day 30
        (datetime(2026, 12, 3, 12, tzinfo=PARIS), True),  # noon of day 31
    ],
)
def test_a_period_ends_with_the_last_hour_of_its_last_day(closing, enough):
    """Sent on 2 November for thirty days: the last day is 2 December, a Wednesday (règlement 1182/71 art. 3)."""
    assert leaves_enough(date(2026, 11, 2), closing, 30) is enough


def test_a_period_that_ends_on_a_day_off_ends_with_the_next_worked_day():
    """Sent on 13 November for thirty days: 13 December is a Sunday, Monday 14 counts whole."""
    assert not leaves_enough(date(2026, 11, 13), datetime(2026, 12, 14, 12, tzinfo=PARIS), 30)
    assert leaves_enough(date(2026, 11, 13), datetime(2026, 12, 15, 12, tzinfo=PARIS), 30)


def test_a_body_that_is_not_a_health_establishment_pays_within_thirty_days():
    """EHPAD, GCS: thirty days (R. 2192-10); a public health establishment: fifty (R. 2192-11 1°)."""
    paid = {"amount_ttc": Decimal(12_000), "received_on": date(2026, 1, 10), "paid_on": date(2026, 2, 9)}
    other = late_interest(Payment(**paid, payer=Payer.OTHER))
    assert (other.due_on, other.days_late) == (date(2026, 2, 9), 0)
    assert late_interest(Payment(**paid)).due_on == date(2026, 3, 1)


def test_the_need_is_that_of_all_members_over_the_whole_duration():
    needs = [
        MemberNeed(establishment="CHU", category="18.01", yearly_ht=Decimal(30_000)),
        MemberNeed(
            establishment="CH A", category="18.01", yearly_ht=Decimal(15_000), options_ht=Decimal(6_000)
        ),
        MemberNeed(establishment="CH B", category="18.01", yearly_ht=Decimal(10_000)),
        MemberNeed(establishment="CH B", category="18.02", yearly_ht=Decimal(1_000)),
    ]
    perfusion, other = estimates(needs, MEMBERS, 48, DAY)
    assert (perfusion.amount_ht, perfusion.is_complete) == (Decimal("226000.00"), True)
    assert regime(perfusion.amount_ht).procedure is Procedure.FORMALISED
    assert other.missing == ("CH A", "CHU") and not other.is_complete


def test_a_regular_need_counts_for_twelve_months_at_least():
    need = MemberNeed(establishment="CHU", category="18.01", yearly_ht=Decimal(90_000))
    (found,) = estimates([need], ["CHU"], 6, DAY)
    assert (found.amount_ht, found.months) == (Decimal("90000.00"), 12)
    with pytest.raises(BadInput, match="durée"):
        estimates([need], ["CHU"], 0, DAY)


def test_an_autonomous_unit_is_apart_only_with_a_motive():
    common = MemberNeed(establishment="CHU", category="18.01", yearly_ht=Decimal(50_000))
    blank = MemberNeed(establishment="CH A", category="18.01", yearly_ht=Decimal(5_000), autonomous_unit=" ")
    (together,) = estimates([common, blank], ["CHU", "CH A"], 12, DAY)
    assert together.amount_ht == 55_000
    apart = blank.model_copy(update={"autonomous_unit": "pharmacie autonome, budget propre"})
    first, second = estimates([common, apart], ["CHU"], 12, DAY)
    assert (first.amount_ht, second.amount_ht) == (50_000, 5_000)


def test_splitting_counts_the_same_category_of_all_members_over_twelve_months():
    past = [
        Purchase(
            establishment="CHU", category="18.01", amount_ht=Decimal(30_000), bought_on=date(2026, 2, 1)
        ),
        Purchase(
            establishment="CH A", category="18.01", amount_ht=Decimal(10_000), bought_on=date(2025, 11, 23)
        ),
        Purchase(
            establishment="CH A", category="18.01", amount_ht=Decimal(90_000), bought_on=date(2025, 11, 22)
        ),
        Purchase(
            establishment="CH B", category="99.99", amount_ht=Decimal(90_000), bought_on=date(2026, 6, 1)
        ),
    ]
    fine = check_splitting(Decimal("19999.99"), Nature.SUPPLIES, "18.01", past, DAY)
    assert (fine.is_split, fine.total_ht) == (False, Decimal("59999.99"))
    split = check_splitting(Decimal(20_000), Nature.SUPPLIES, "18.01", past, DAY)
    assert split.is_split and split.together is Procedure.MAPA
    assert "R. 2121-6" in split.reason


def test_refusing_lots_takes_a_reason_of_the_law_and_a_motive():
    assert allotment_faults(3) == ()
    assert allotment_faults(1)[0].article == "CCP art. L. 2113-10 et L. 2113-11"
    assert "motivé" in allotment_faults(1, NoLotsReason.COST)[0].text
    assert allotment_faults(1, NoLotsReason.COST, "un seul automate, consommables captifs") == ()


@pytest.mark.parametrize(
    ("ordered", "level"),
    [
        ("69999.99", Level.NORMAL),
        ("70000", Level.WATCH),
        ("85000", Level.ALERT),
        ("99999.99", Level.ALERT),
        ("100000", Level.EXHAUSTED),
        ("120000", Level.EXHAUSTED),
    ],
)
def test_a_framework_whose_maximum_is_reached_is_exhausted(ordered, level):
    found = consumption(Decimal(100_000), Decimal(ordered), DAY)
    assert found.level is level
    assert found.blocks_orders == (level is Level.EXHAUSTED)
    assert found.left_ht == max(0, 100_000 - Decimal(ordered))


def test_no_standstill_for_a_sole_tenderer():
    found = regime(216_000)
    assert (standstill_for(found), standstill_for(found, electronic=False)) == (11, 16)
    assert standstill_for(found, tenderers=1) is None
    assert standstill_for(regime(100_000)) is None


def test_a_prior_notice_is_neither_too_late_nor_too_old():
    notice = date(2026, 11, 22)
    assert prior_notice_holds(date(2026, 10, 18), notice)
    assert not prior_notice_holds(date(2026, 10, 19), notice)
    assert prior_notice_holds(date(2025, 11, 22), notice)
    assert not prior_notice_holds(date(2025, 11, 21), notice)


def test_the_accountant_leaves_thirty_five_days():
    assert authorising_share(DAY) == 35


def test_faults_of_criteria_are_told_together():
    only = [AwardCriterion(label="Prix", kind=CriterionKind.PRICE, weight=Decimal(90))]
    with pytest.raises(BadInput) as refused:
        check_criteria(only, Procedure.FORMALISED, DAY)
    assert str(refused.value).count("CCP art.") == 3
    with pytest.raises(BadInput, match="Aucun critère"):
        check_criteria([], Procedure.MAPA, DAY)


def test_a_substantial_change_is_refused_with_its_sign():
    change = Modification(
        nature=Nature.SERVICES,
        initial_ht=Decimal(100),
        amount_ht=Decimal(1),
        ground=ModificationGround.NON_SUBSTANTIAL,
        on=DAY,
    )
    assert judge(change).allowed
    signs = frozenset({SubstantialSign.WIDER_SCOPE})
    verdict = judge(change.model_copy(update={"signs": signs}))
    assert not verdict.allowed and SubstantialSign.WIDER_SCOPE in verdict.reason


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("R. 2194-1", ModificationGround.REVIEW_CLAUSE),
        ("r2194-3", ModificationGround.ADDITIONAL),
        ("CCP art. R. 2194-9", ModificationGround.SMALL),
        ("prestations supplémentaires", ModificationGround.ADDITIONAL),
        ("substitution", ModificationGround.SUBSTITUTION),
    ],
)
def test_a_ground_is_named_by_article_or_word(text, ground):
    assert ground_named(text) is ground


@pytest.mark.parametrize("text", ["R. 2194-4", "R. 2194-10", "R. 2194-88", "avenant", ""])
def test_an_unknown_ground_is_refused(text):
    with pytest.raises(BadInput, match="Fondement"):
        ground_named(text)
