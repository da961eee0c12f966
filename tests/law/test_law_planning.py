"""Backward planning: worked out by hand, on French holidays, with what shortens it."""

import shutil
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from models.law import dated
from models.law.dated import NoValueYet
from models.law.days import legal_day, public_holidays, working_days_before
from models.law.exemptions import BridgingOption
from models.law.planning import PlannedProcedure, PlanRequest, Shortcut, alert_date, latest_start, plan
from models.process.table import PROCESS

TODAY = date(2026, 11, 22)


def milestones(procedure, start, **options):
    made = plan(PlanRequest(procedure=procedure, starts_on=start, **options), TODAY)
    return {one.stage: one.on for one in made.milestones}


def test_french_public_holidays_of_2026_and_2027():
    assert public_holidays(2026) == {
        date(2026, 1, 1),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 8),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 7, 14),
        date(2026, 8, 15),
        date(2026, 11, 1),
        date(2026, 11, 11),
        date(2026, 12, 25),
    }
    assert {date(2027, 3, 29), date(2027, 5, 6), date(2027, 5, 17)} <= public_holidays(2027)


def test_alsace_moselle_is_one_file(tmp_path):
    folder = tmp_path / "parameters"
    shutil.copytree(dated.FOLDER, folder)
    path = folder / "jours_feries_alsace_moselle.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("value = false", "value = true"), encoding="utf-8"
    )
    with dated.reading_from(folder):
        assert {date(2027, 3, 26), date(2027, 12, 26)} == public_holidays(2027) - national(2027)
    assert date(2027, 3, 26) not in public_holidays(2027)


def national(year):
    with dated.reading_from(dated.FOLDER):
        return public_holidays(year)


def test_working_days_step_over_weekends_and_holidays():
    # Thursday 14 May 2026 is Ascension Day; the 8th and the 1st are holidays too.
    assert working_days_before(date(2026, 5, 15), 1) == date(2026, 5, 13)
    assert working_days_before(date(2026, 5, 16), 0) == date(2026, 5, 15)
    assert working_days_before(date(2026, 5, 11), 1) == date(2026, 5, 7)
    assert working_days_before(date(2027, 1, 4), 2) == date(2026, 12, 30)


def test_the_legal_day_is_that_of_paris_on_both_sides_of_the_changes_of_hour():
    assert legal_day(datetime(2026, 3, 28, 22, 59, tzinfo=UTC)) == date(2026, 3, 28)
    assert legal_day(datetime(2026, 3, 28, 23, 0, tzinfo=UTC)) == date(2026, 3, 29)
    assert legal_day(datetime(2026, 6, 30, 22, 0, tzinfo=UTC)) == date(2026, 7, 1)
    assert legal_day(datetime(2026, 10, 25, 22, 59, tzinfo=UTC)) == date(2026, 10, 25)
    assert legal_day(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) == date(2027, 1, 1)
    with pytest.raises(ValueError, match="time zone"):
        legal_day(datetime(2026, 1, 1))  # noqa: DTZ001


def test_an_open_procedure_worked_out_by_hand():
    # From a start on Tuesday 1 June 2027: 15 days to get ready, 2 + 3 worked days to notify and sign, 11 days of
    # standstill, 2 + 5 + 30 + 1 worked days, tenders closing the day before the opening after 30 days, 2 to publish.
    found = milestones("ao_ouvert", date(2027, 6, 1))
    assert found["notification"] == date(2027, 5, 12)  # 14 May less two worked days
    assert found["contract_signature"] == date(
        2027, 5, 7
    )  # 12, 11, 10 then Friday 7 (6 May is Ascension Day)
    assert found["standstill"] == date(2027, 4, 26)  # 7 May - 11
    assert found["information"] == date(2027, 4, 22)
    assert found["award_decision"] == date(2027, 4, 15)
    assert found["analysis"] == date(2027, 3, 3)  # 30 worked days; Easter Monday is 29 March
    assert found["opening"] == date(2027, 3, 2)
    assert found["tendering"] == date(
        2027, 1, 29
    )  # closing Monday 1 March, less 30 days is Saturday 30 January
    assert found["publication"] == date(2027, 1, 27)
    made = plan(PlanRequest(procedure="ao_ouvert", starts_on=date(2027, 6, 1)), TODAY)
    assert made.own_working_days == 15 + 30 + 30 + 10 + 3 + 2 + 1 + 30 + 5 + 2 + 3 + 2


def test_paper_letters_wait_longer():
    electronic = milestones("ao_ouvert", date(2027, 6, 1))
    paper = milestones("ao_ouvert", date(2027, 6, 1), electronic=False)
    assert (paper["contract_signature"] - paper["standstill"]).days >= 16
    assert (paper["opening"] - paper["tendering"]).days > 35
    assert paper["strategy"] < electronic["strategy"]


def test_lighter_procedures_leave_out_what_the_law_does_not_ask():
    assert "standstill" not in milestones("mapa", date(2027, 6, 1))
    quotes = milestones("sans_publicite", date(2027, 6, 1))
    assert "quotes" in quotes and not {"standstill", "publication"} & set(quotes)


def test_a_restricted_procedure_has_two_periods():
    made = plan(PlanRequest(procedure="ao_restreint", starts_on=date(2027, 6, 1)), TODAY)
    rounds = [(one.label, one.ground) for one in made.milestones if one.stage == "tendering"]
    assert [ground.split("(")[1] for _, ground in rounds] == ["30 jours)", "10 jours ouvrés)", "25 jours)"]


def test_feasible_until_the_last_day_and_late_after():
    request = PlanRequest(procedure="ao_ouvert", starts_on=date(2027, 6, 1))
    last = latest_start(request)
    assert plan(request, last).feasible
    late = plan(request, last + timedelta(days=3))
    assert (late.feasible, late.days_late) == (False, 3)
    assert BridgingOption.AMENDMENT in late.bridging
    assert plan(request, last).bridging == ()


def test_what_shortens_names_its_ground_and_what_it_gains():
    made = plan(PlanRequest(procedure="ao_ouvert", starts_on=date(2027, 6, 1)), TODAY)
    gains = {one.shortcut: one for one in made.shortenings}
    assert set(gains) == {Shortcut.PRIOR_NOTICE, Shortcut.URGENCY}
    assert all("R. 2161-3" in one.ground for one in gains.values())
    used = PlanRequest(procedure="ao_ouvert", starts_on=date(2027, 6, 1), shortcut=Shortcut.URGENCY)
    assert (latest_start(used) - made.latest_start).days == gains[Shortcut.URGENCY].days_gained > 0
    assert plan(used, TODAY).shortenings == ()
    assert plan(PlanRequest(procedure="mapa", starts_on=date(2027, 6, 1)), TODAY).shortenings == ()


def test_the_alert_leaves_the_margin_before_the_latest_start():
    start = latest_start(PlanRequest(procedure="mapa", starts_on=date(2028, 1, 1)))
    assert alert_date(date(2027, 12, 31), PlannedProcedure.MAPA) == start - timedelta(days=60)


def test_the_durations_of_the_organisation_are_files_to_replace(tmp_path):
    folder = tmp_path / "parameters"
    shutil.copytree(dated.FOLDER, folder)
    path = folder / "duree_analyse_formalisee.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("value = 30", "value = 10"), encoding="utf-8")
    usual = latest_start(PlanRequest(procedure="ao_ouvert", starts_on=date(2027, 6, 1)))
    with dated.reading_from(folder):
        assert latest_start(PlanRequest(procedure="ao_ouvert", starts_on=date(2027, 6, 1))) > usual


def test_a_plan_that_reaches_before_the_first_known_period_is_refused():
    with pytest.raises(NoValueYet):
        plan(PlanRequest(procedure="ao_restreint", starts_on=date(2016, 6, 1)), TODAY)


def test_a_period_that_changes_on_the_way_is_the_longer_of_the_two(tmp_path):
    folder = tmp_path / "parameters"
    shutil.copytree(dated.FOLDER, folder)
    path = folder / "delai_ao_ouvert_electronique.toml"
    shorter = """
[[values]]
from = 2027-02-15
value = 20
reference = "essai"
source = "essai"
status = "verified"
"""
    path.write_text(path.read_text(encoding="utf-8") + shorter, encoding="utf-8")
    with dated.reading_from(folder):
        # Opened on 2 March under the new period, published before the change: the thirty days still hold.
        assert milestones("ao_ouvert", date(2027, 6, 1))["tendering"] == date(2027, 1, 29)
        # Both ends after the change.
        later = milestones("ao_ouvert", date(2027, 10, 8))
        assert (later["opening"] - later["tendering"]).days < 30


@pytest.mark.slow
def test_ten_thousand_contracts_are_planned_in_one_sweep_under_five_seconds():
    kinds = list(PlannedProcedure)
    begun = time.process_time()
    for rank in range(10_000):
        start = date(2027, 1, 1) + timedelta(days=rank % 1500)
        plan(PlanRequest(procedure=kinds[rank % len(kinds)], starts_on=start), TODAY)
    assert time.process_time() - begun < 5


def test_the_milestones_are_the_stages_of_the_process_under_their_labels():
    for procedure in PlannedProcedure:
        made = plan(PlanRequest(procedure=procedure, starts_on=date(2027, 6, 1)), TODAY)
        order = [stage for stage in PROCESS if stage in {one.stage for one in made.milestones}]
        assert list(dict.fromkeys(one.stage for one in made.milestones)) == order
        single = [one for one in made.milestones if one.stage != "tendering"]
        assert {one.stage: one.label for one in single} == {
            one.stage: PROCESS[one.stage].label for one in single
        }
