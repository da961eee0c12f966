"""The set follows the purchase: lots, framework, lump sum, threshold, procedure, nature."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from models.documents.dossier import Dossier
from models.documents.legal_sources import legal_frame
from tasks.consultation.editions import text_of
from tasks.documents.consultation_set import documents, parse_dossier
from tasks.documents.families import FAMILY_NAMES, example

pytestmark = pytest.mark.documents

HOLES = re.compile(r"\{\{|\{%|\bNone\b|\bnan\b|\bTrue\b|\bFalse\b| {2}|[a-z]_[a-z]|^\W*$")


def as_data(family: str) -> dict[str, object]:
    return json.loads(example(family).model_dump_json())


def one_lot(data: dict[str, object]) -> None:
    data["lots"] = data["lots"][:1]
    data["single_lot_reason"] = "Le besoin ne comporte pas de prestations distinctes."


def twelve_lots(data: dict[str, object]) -> None:
    data["lots"] = [data["lots"][0] | {"number": n, "title": f"Gamme {n}"} for n in range(1, 13)]


def framework_without_minimum(data: dict[str, object]) -> None:
    data["form"] = "accord_cadre"
    data["lots"] = [lot | {"minimum": None, "maximum": "900000"} for lot in data["lots"]]
    data["award"] = "multi_attributaire"


def lump_sum(data: dict[str, object]) -> None:
    data["form"] = "marche"
    data["lots"] = [lot | {"pricing": "forfait", "minimum": None, "maximum": None} for lot in data["lots"]]


def frame_for(data: dict[str, object], amount: int) -> dict[str, object]:
    frame = legal_frame(date.fromisoformat(data["calendar"]["launched_on"]), data["nature"], Decimal(amount))
    return json.loads(frame.model_dump_json())


def below_the_threshold(data: dict[str, object]) -> None:
    data["legal"] = frame_for(data, 30_000)


def adapted_procedure(data: dict[str, object]) -> None:
    data["legal"] = frame_for(data, 150_000)
    data["negotiation"] = True
    data["single_lot_reason"] = data["single_lot_reason"] or "Besoin homogène et de faible étendue."
    data["price"] = {"form": "actualisable"}


def works(data: dict[str, object]) -> None:
    data["nature"], data["family"] = "travaux", "generale"
    data["conditions"] |= {"ccag": "CCAG-Travaux", "subcontracting": True, "guarantee_rate": 5}
    data["single_lot_reason"] = data["single_lot_reason"] or "Un seul corps d'état."
    data["legal"] = frame_for(data, 400_000)


CASES = [
    one_lot,
    twelve_lots,
    framework_without_minimum,
    lump_sum,
    below_the_threshold,
    adapted_procedure,
    works,
]


def changed(family: str, case: Callable[[dict[str, object]], None]) -> Dossier:
    data = as_data(family)
    case(data)
    return parse_dossier(json.dumps(data))


def texts(dossier: Dossier) -> Iterator[tuple[str, str]]:
    for kind, name, content in documents(dossier):
        yield kind, "\n".join(text_of(name, content))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_every_family_in_every_case_is_whole_and_well_formed(
    family: str, case: Callable[[dict[str, object]], None]
) -> None:
    for _, name, content in documents(changed(family, case)):
        for line in text_of(name, content):
            if "\t" not in line:
                assert not HOLES.search(line) or line == "☐", (name, line)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.namelist():
                if part.endswith((".xml", ".rels")):
                    etree.fromstring(archive.read(part))


def test_twelve_lots_have_their_own_commitment_and_workbooks() -> None:
    kinds = [kind for kind, *_ in documents(changed("perfusion", twelve_lots))]
    assert [kinds.count(kind) for kind in ("acte_engagement", "bpu", "dqe", "dpgf", "rc")] == [
        12,
        12,
        12,
        0,
        1,
    ]


def test_a_lump_sum_has_a_breakdown_and_no_unit_prices() -> None:
    said = dict(texts(changed("imagerie", lump_sum)))
    assert "dpgf" in said
    assert "bpu" not in said
    assert "prix global et forfaitaire" in said["acte_engagement"]
    assert "BPU" not in said["rc"]


def test_below_the_threshold_a_letter_takes_the_place_of_the_rules() -> None:
    said = dict(texts(changed("generale", below_the_threshold)))
    assert "rc" not in said
    assert "R.\u00a02122-8" in said["lettre_consultation"]
    assert "50\u00a0jours" in said["lettre_consultation"]


def test_an_open_procedure_says_its_standstill_and_an_adapted_one_says_none() -> None:
    """Eleven days by electronic means (CCP art. R. 2182-1); none for an adapted procedure."""
    formal = dict(texts(example("perfusion")))["rc"]
    adapted = dict(texts(changed("perfusion", adapted_procedure)))["rc"]
    assert "avant un délai de 11\u00a0jours" in formal
    assert "délai de 11" not in adapted
    assert "Il n’est pas négocié" in formal
    assert "sur la base des offres initiales, sans négociation" in adapted


def test_works_quote_their_own_ccag_and_divisor() -> None:
    """CCAG-Travaux 2021: 1/3000, article 19."""
    ccap = dict(texts(changed("generale", works)))["ccap"]
    assert "P = V × R / 3\u202f000" in ccap
    assert "CCAG-Travaux, art.\u00a019" in ccap
    assert "CCAG-FCS" not in ccap
    assert "retenue de garantie de 5\u00a0%" in ccap


def test_the_family_brings_its_own_exigences() -> None:
    said = {family: dict(texts(example(family))) for family in FAMILY_NAMES}
    assert "2017/745" in said["perfusion"]["cctp"]
    assert "UCD" in said["medicaments"]["cctp"]
    assert "14065" in said["blanchisserie"]["cctp"]
    assert "DICOM" in said["imagerie"]["cctp"]
    assert "L. 230-5-1" in said["alimentation"]["cctp"].replace("\u00a0", " ")
    assert "HDS" in said["hebergement"]["liste_candidature"]
    assert "sous-traitant au sens du règlement" in said["hebergement"]["ccap"]
    assert "DICOM" not in said["perfusion"]["cctp"]
