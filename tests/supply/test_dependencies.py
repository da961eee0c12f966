"""What the product is built from: known vulnerabilities found in a downloaded list, licences, bill of materials."""

import json
import zipfile

import pytest

from flows.__main__ import app
from flows.commands.application import run
from models.errors import BadInput
from tasks.supply.advisories import audit
from tasks.supply.bill import bill
from tasks.supply.licences import UNKNOWN, licences
from tasks.supply.packages import Package, pinned, runtime

HASH = "a" * 64


def advisory(name, events=(), versions=(), ecosystem="PyPI", **more):
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}] if events else []
    affected = {
        "package": {"ecosystem": ecosystem, "name": name},
        "ranges": ranges,
        "versions": list(versions),
    }
    return {
        "id": "PYSEC-2026-1",
        "modified": "2026-11-02T00:00:00Z",
        "summary": "faute",
        "affected": [affected],
        **more,
    }


def found(tmp_path, *advisories, version="2.5"):
    """The versions of the package `essai` that a list touches."""
    file = tmp_path / "avis.json"
    file.write_text(json.dumps(list(advisories)))
    return audit([Package(name="essai", version=version)], [file]).vulnerabilites


@pytest.mark.parametrize(
    ("events", "touched"),
    [
        ([{"introduced": "0"}, {"fixed": "2.5"}], False),
        ([{"introduced": "0"}, {"fixed": "2.5.1"}], True),
        ([{"introduced": "2.5"}], True),
        ([{"introduced": "2.5.1"}], False),
        ([{"introduced": "0"}, {"last_affected": "2.5"}], True),
        ([{"introduced": "0"}, {"last_affected": "2.4.9"}], False),
        ([{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "2.0"}, {"fixed": "3.0"}], True),
        ([{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "2.6"}], False),
        ([{"introduced": "2.10"}], False),  # 2.10 is after 2.5: versions are no decimal numbers
        ([{"introduced": "2.5rc1"}, {"fixed": "2.5"}], False),
    ],
)
def test_a_version_is_touched_from_its_introduction_until_its_correction(tmp_path, events, touched):
    assert bool(found(tmp_path, advisory("essai", events))) is touched


def test_a_version_that_is_listed_is_touched_and_what_concerns_others_is_not(tmp_path):
    (one,) = found(tmp_path, advisory("Essai", versions=["2.4", "2.5"], aliases=["CVE-2026-1"]))
    assert (one.paquet, one.avis, one.alias, one.corrige_en) == ("essai", "PYSEC-2026-1", ["CVE-2026-1"], [])
    assert found(tmp_path, advisory("essai", versions=["2.4"])) == []
    assert found(tmp_path, advisory("autre", versions=["2.5"])) == []
    assert found(tmp_path, advisory("essai", versions=["2.5"], ecosystem="npm")) == []
    assert found(tmp_path, advisory("essai", versions=["2.5"], withdrawn="2026-11-03T00:00:00Z")) == []


def test_the_list_is_read_from_its_archive_its_folder_or_files_and_dated(tmp_path):
    folder = tmp_path / "avis"
    folder.mkdir()
    (folder / "1.json").write_text(json.dumps(advisory("essai", [{"introduced": "0"}, {"fixed": "3.0"}])))
    (folder / "2.json").write_text(
        json.dumps(advisory("autre", versions=["1"], modified="2026-11-20T10:00:00Z"))
    )
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    for source in ([folder], [tmp_path / "all.zip"], sorted(folder.iterdir())):
        done = audit([Package(name="essai", version="2.5")], source)
        assert done.avis_lus == 2
        assert f"{done.liste_du:%d/%m/%Y}" == "20/11/2026"
        assert [one.corrige_en for one in done.vulnerabilites] == [["3.0"]]


@pytest.mark.parametrize("content", ["[]", "{", '{"id": "x"}'])
def test_a_list_that_holds_no_advisory_is_refused_rather_than_reassuring(tmp_path, content):
    file = tmp_path / "avis.json"
    file.write_text(content)
    with pytest.raises(BadInput, match=r"avis"):
        audit([Package(name="essai", version="2.5")], [file])


def test_the_lock_file_is_read_with_its_hashes(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        f"Essai_Deux==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:{HASH} \\\n    --hash=sha256:{'b' * 64}\n"
        "    # via httpx\nhttpx==0.28.1 \\\n    --hash=sha256:" + "c" * 64 + "\n"
    )
    other, httpx = pinned(lock)
    assert (other.name, other.version, len(other.hashes), other.is_runtime) == ("essai-deux", "1.0", 2, False)
    assert (httpx.name, httpx.is_runtime) == ("httpx", True)
    lock.write_text("rien")
    with pytest.raises(BadInput, match="n'épingle aucun paquet"):
        pinned(lock)


def test_what_serves_to_develop_is_told_from_what_serves_to_run():
    assert {"prefect", "httpx", "lxml", "anyio"} <= runtime()
    assert not {"pytest", "ruff", "mypy", "hypothesis"} & runtime()


def test_every_licence_is_known_and_none_forbids_the_use():
    rows = licences(pinned())
    assert len(rows) > 100
    assert [one.paquet for one in rows if one.licence == UNKNOWN] == []
    served = [one for one in rows if not one.developpement]
    assert [one.paquet for one in served if "AGPL" in one.licence or "Affero" in one.licence] == []


def test_the_bill_of_materials_names_every_pinned_package_and_is_the_same_each_time():
    packages = pinned()
    content = json.loads(bill(packages))
    assert (content["bomFormat"], content["specVersion"], content["version"]) == ("CycloneDX", "1.6", 1)
    assert bill(packages) == bill(pinned())
    names = {one["purl"] for one in content["components"]}
    assert len(names) == len(packages)
    references = {one["bom-ref"] for one in content["components"]} | {"achats-ght"}
    told = {one["ref"]: one["dependsOn"] for one in content["dependencies"]}
    assert set(told) == references
    assert {one for needs in told.values() for one in needs} <= references
    assert any(one.startswith("pkg:pypi/prefect@") for one in told["achats-ght"])
    prefect = next(one for one in content["components"] if one["name"] == "prefect")
    assert all(len(file["hashes"][0]["content"]) == 64 for file in prefect["externalReferences"])


def test_the_commands_say_what_they_found_and_leave_with_their_code(tmp_path, capsys):
    version = next(one.version for one in pinned() if one.name == "httpx")
    file = tmp_path / "avis.json"
    file.write_text(json.dumps(advisory("httpx", versions=[version])))
    assert run(app, ["dependances", "verifier", str(file)]) == 1
    assert f"- httpx {version} : PYSEC-2026-1 faute ; pas de correction connue" in capsys.readouterr().out
    file.write_text(json.dumps(advisory("httpx", versions=["0.0.1"])))
    assert run(app, ["dependances", "verifier", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["vulnerabilites"] == []
    assert run(app, ["dependances", "sbom", str(tmp_path / "sbom.json")]) == 0
    assert json.loads((tmp_path / "sbom.json").read_text())["components"]
