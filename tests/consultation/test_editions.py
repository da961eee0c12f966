"""A new version of a published dossier: what changed, and how long candidates have left."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from models.documents.dossier import Dossier
from models.errors import BadInput
from tasks.consultation.editions import changed_fields, deadline_after, differences, notice
from tasks.documents.consultation_set import parse_dossier, write_set
from tasks.documents.families import example

pytestmark = pytest.mark.documents


def second_version(**changes: object) -> Dossier:
    data = json.loads(example("perfusion").model_dump_json()) | {"version": 2} | changes
    return parse_dossier(json.dumps(data))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_differences_name_each_document_and_quote_what_changed(tmp_path: Path) -> None:
    old = example("perfusion")
    data = json.loads(old.model_dump_json())
    data["lots"][0]["items"][0]["label"] = "Perfuseur par gravité, filtre 5 µm"
    data["version"] = 2
    new = parse_dossier(json.dumps(data))
    write_set(old, tmp_path / "v1")
    write_set(new, tmp_path / "v2")
    changes = {change.name: change for change in differences(tmp_path / "v1", tmp_path / "v2")}
    schedule = changes["2026-017_BPU_lot-01.xlsx"]
    assert schedule.state == "modifié"
    assert any(line.startswith("-") and "filtre 15 µm" in line for line in schedule.diff)
    assert any(line.startswith("+") and "filtre 5 µm" in line for line in schedule.diff)
    assert schedule.old_sha256 != schedule.new_sha256
    untouched = changes["2026-017_AE_lot-02.docx"]
    assert not [line for line in untouched.diff if "µm" in line]


def test_a_document_that_goes_or_comes_is_said(tmp_path: Path) -> None:
    old = example("perfusion")
    new = second_version(
        lots=json.loads(old.model_dump_json())["lots"][:1], single_lot_reason="Un seul besoin."
    )
    write_set(old, tmp_path / "v1")
    write_set(new, tmp_path / "v2")
    states = {change.name: change.state for change in differences(tmp_path / "v1", tmp_path / "v2")}
    assert states["2026-017_BPU_lot-02.xlsx"] == "retiré"
    assert states["2026-017_BPU.xlsx"] == "ajouté"


def test_an_important_change_gives_the_minimum_period_again() -> None:
    """Thirty days from 30 December 2026: Friday 29 January 2027 whole, so Monday 1 February, same time of day."""
    old, new = example("perfusion"), second_version(description="Besoin étendu aux pompes.")
    deadline = deadline_after(old, new, at("2026-12-30T10:00:00+01:00"))
    assert deadline.extended
    assert deadline.due_at == at("2027-02-01T12:00:00+01:00")
    assert deadline.reason == "modification importante (description du besoin)"


def test_an_important_change_made_early_moves_nothing() -> None:
    old, new = example("perfusion"), second_version(description="Besoin précisé.")
    deadline = deadline_after(old, new, at("2026-12-10T10:00:00+01:00"))
    assert not deadline.extended
    assert deadline.due_at == old.calendar.offers_due_at


def test_the_period_given_again_is_counted_in_days_whatever_the_hour() -> None:
    """Thirty days from 15 December: 14 January whole, noon of the 15th is announced; from the 16th it is too early."""
    old, new = example("perfusion"), second_version(description="Besoin étendu.")
    assert not deadline_after(old, new, at("2026-12-15T23:30:00+01:00")).extended
    assert deadline_after(old, new, at("2026-12-16T00:05:00+01:00")).extended


def test_an_extension_over_the_change_of_clocks_keeps_the_time_of_day() -> None:
    """Thirty days from 10 March 2027: Friday 9 April whole, so Monday 12 April."""
    old, new = example("perfusion"), second_version(description="Besoin étendu.")
    deadline = deadline_after(old, new, at("2027-03-10T10:00:00+01:00"))
    assert deadline.due_at.isoformat() == "2027-04-12T12:00:00+02:00"


def test_a_light_change_is_told_and_moves_nothing() -> None:
    old, new = example("perfusion"), second_version(platform="https://achats.example/nouvelle")
    deadline = deadline_after(old, new, at("2027-01-14T10:00:00+01:00"))
    assert changed_fields(old, new) == ["platform"]
    assert not deadline.extended
    assert "maintenue au 15\u00a0janvier\u00a02027 à 12\u00a0h\u00a000" in notice(new, [], deadline)


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="manifest"):
        differences(tmp_path, tmp_path)
