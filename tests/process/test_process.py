"""The process table itself: every path of it can be walked, and each row says what people need."""

from datetime import date
from decimal import Decimal

import pytest

from models.law.regime import Nature, Need, Regime, regime_for
from models.organisation.group import Role
from models.process.procurement import Procurement
from models.process.stages import Answer, Condition
from models.process.table import (
    CHANGE,
    FIRST,
    PROCESS,
    STAGES,
    Action,
    EachEstablishment,
    Final,
    Gate,
    Roles,
    Signatory,
    Timer,
    Visas,
    destination,
    is_on_the_way,
    successors,
)
from tasks.views import process_page


def regime(amount: str) -> Regime:
    return regime_for(Need(nature=Nature.SUPPLIES, amount_ht=Decimal(amount), launched_on=date(2026, 11, 23)))


def reachable(start: str) -> set[str]:
    found, todo = {start}, [start]
    while todo:
        for following in successors(PROCESS[todo.pop()]):
            if following not in found:
                found.add(following)
                todo.append(following)
    return found


def test_every_stage_is_reached_from_the_first() -> None:
    assert reachable(FIRST) == set(PROCESS)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.key)
def test_every_stage_can_still_end(stage) -> None:
    ends = {one.key for one in STAGES if isinstance(one, Final)}
    assert reachable(stage.key) & ends


def test_every_answer_leads_somewhere_and_has_a_form() -> None:
    for stage in STAGES:
        if isinstance(stage, Gate):
            assert stage.answers, stage.key
            for answer in stage.answers:
                assert answer.leads_to in PROCESS
                assert answer.form.model_json_schema()


def test_every_gate_names_who_may_answer() -> None:
    for stage in STAGES:
        match stage:
            case Gate(asks=Roles(roles=roles, seats=seats)):
                assert roles
                assert seats >= 1
            case Gate(asks=Visas(groups=groups)):
                assert all(groups)
            case Gate(asks=asks):
                assert isinstance(asks, EachEstablishment | Signatory)


def test_every_timer_names_its_ground_and_its_date() -> None:
    for stage in STAGES:
        if isinstance(stage, Timer):
            assert "art." in stage.ground
            assert stage.until in Procurement.model_fields


def test_a_request_for_changes_goes_back_and_gives_its_reason() -> None:
    order = [stage.key for stage in STAGES]
    changes = [(s.key, a) for s in STAGES if isinstance(s, Gate) for a in s.answers if a.key == CHANGE]
    assert {key for key, _ in changes} == {"review", "dce_approval", "award_decision"}
    for key, answer in changes:
        assert order.index(answer.leads_to) < order.index(key)
        assert "motif" in answer.form.model_json_schema()["required"]


def test_opening_asks_two_people() -> None:
    opening = PROCESS["opening"]
    assert isinstance(opening, Gate)
    assert isinstance(opening.asks, Roles)
    assert opening.asks.seats == 2


def test_signature_alone_is_refused_under_a_lock() -> None:
    assert [s.key for s in STAGES if isinstance(s, Gate) and s.locked] == ["contract_signature"]


def test_below_the_dispense_quotes_replace_publication_and_no_standstill_is_due() -> None:
    small = regime("59999.99")  # R. 2122-8: 60 000 EUR HT since 1 April 2026
    assert destination("publication", small) == "quotes"
    assert destination("standstill", small) == "contract_signature"


def test_at_the_dispense_threshold_a_publication_is_due_without_standstill() -> None:
    adapted = regime("60000")
    assert destination("publication", adapted) == "publication"
    assert destination("standstill", adapted) == "contract_signature"


def test_a_formalised_procedure_takes_the_standstill() -> None:
    formalised = regime("216000")  # threshold of 2026-2027 for public health establishments
    assert destination("standstill", formalised) == "standstill"
    assert destination("publication", formalised) == "publication"


def test_actions_lead_on_and_may_fall_back_only_to_a_known_stage() -> None:
    for stage in STAGES:
        if isinstance(stage, Action):
            assert stage.leads_to in PROCESS
            assert stage.fallback is None or stage.fallback in PROCESS


OPTIONAL = Gate(
    key="essai",
    label="Étape d'essai",
    when=Condition.STANDSTILL,
    asks=Roles(roles=(Role.BUYER,)),
    due_days=10,
    answers=(Answer(key="approve", label="Clore l'essai", leads_to="award_decision"),),
)


def test_a_gate_may_be_optional_and_is_passed_where_its_first_answer_leads(monkeypatch) -> None:
    monkeypatch.setitem(PROCESS, "essai", OPTIONAL)
    assert destination("essai", regime("216000")) == "essai"
    assert destination("essai", regime("60000")) == "award_decision"
    assert is_on_the_way(OPTIONAL, regime("216000"))
    assert not is_on_the_way(OPTIONAL, regime("60000"))


def test_the_page_says_under_which_condition_a_gate_is_kept(monkeypatch) -> None:
    monkeypatch.setattr(process_page, "STAGES", (*STAGES, OPTIONAL))
    row = next(line for line in process_page.page().splitlines() if line.startswith("| Étape d'essai"))
    assert row.endswith("| 10 jours avant la relance ; seulement si un délai de suspension est dû |")
