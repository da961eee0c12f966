"""The units of systemd that the guide gives: read by systemd without a remark, an account for each part."""

import configparser
import shutil
import subprocess

import pytest

from tasks.settings import ROOT

UNITS = sorted((ROOT / "examples" / "systemd").glob("*.service"))


def read(unit):
    found = configparser.RawConfigParser(strict=False)
    found.optionxform = str
    found.read_string(unit.read_text(encoding="utf-8"))
    return found["Service"]


def test_each_part_has_an_account_and_a_home_of_its_own():
    services = {unit.stem: read(unit) for unit in UNITS}
    assert set(services) == {"achats-prefect", "achats-worker", "achats-pages"}
    assert {service["User"] for service in services.values()} == set(services)
    for name, service in services.items():
        part = name.removeprefix("achats-")
        assert f"demarrer --seulement {part}" in service["ExecStart"]
        assert (service["StateDirectory"], service["StateDirectoryMode"], service["UMask"]) == (
            name,
            "0700",
            "0077",
        )
        assert service["NoNewPrivileges"] == "yes"
        assert not service["CapabilityBoundingSet"]
    assert (
        "achats.env" not in services["achats-prefect"]["EnvironmentFile"]
    )  # no key, no database of the purchases
    assert "SupplementaryGroups" not in services["achats-prefect"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_reads_the_unit_without_a_remark(unit, tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    text = unit.read_text(encoding="utf-8")
    text = text.replace("/opt/achats/.venv/bin/achats", "/bin/true").replace(
        "WorkingDirectory=/opt/achats", ""
    )
    copy = tmp_path / unit.name
    copy.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False
    )
    remarks = [line for line in (done.stdout + done.stderr).splitlines() if unit.name in line]
    assert (done.returncode, remarks) == (0, [])
