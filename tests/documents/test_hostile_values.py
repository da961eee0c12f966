"""What people type comes out as typed, or is refused by name: nothing in the data is ever run."""

import json
import time
from pathlib import Path

import pytest
from openpyxl import load_workbook

from models.documents.dossier import Dossier
from models.errors import BadInput
from tasks.documents.consultation_set import parse_dossier, render_consultation
from tasks.documents.families import example
from tests.reading_documents import text_of

pytestmark = pytest.mark.documents

LITERAL = {
    "markup": "<w:p>Perfuseurs</w:p> & <b>cathéters</b> &amp; ]]>",
    "quotes": "l'aiguille \"fine\" de 5' «\u00a0G\u00a0»",
    "right to left": "قسطرة وريدية \u200f(test)",
    "bidi override": "abc\u202edef",
    "emoji": "Perfuseur 💉🏥 👩🏽\u200d⚕️",
    "jinja": "{{ 7*7 }} {% for x in y %} {# non #}",
    "formula": "=cmd|' /C calc'!A0",
    "plus formula": "+1+1",
    "newlines": "ligne 1\nligne 2\n\n- faux point\n| faux | tableau |",
    "bar and marks": "a | b ## c ! d \ue000 \ue001",
    "very long": "é" * 19_999 + "!",
}


def with_value(value: str) -> Dossier:
    """Return the example with the value as description of the purchase and of a lot, and as label of an item."""
    data = json.loads(example("perfusion").model_dump_json())
    data["description"] = data["lots"][0]["description"] = data["lots"][0]["items"][0]["label"] = value
    return parse_dossier(json.dumps(data))


def squeezed(text: str) -> str:
    return "".join(text.split()).replace("\ue000", "").replace("\ue001", "")


@pytest.mark.parametrize("name", LITERAL)
def test_what_is_typed_comes_out_as_typed(name: str, tmp_path: Path) -> None:
    value = LITERAL[name]
    files = render_consultation(with_value(value), tmp_path)
    for kind, path, *_ in files:
        if kind in ("rc", "ccap", "cctp"):
            assert squeezed(value) in squeezed(text_of(path)), kind
    schedule = next(path for kind, path, *_ in files if kind == "bpu")
    cell = load_workbook(schedule).active["B8"]
    assert cell.value == value
    assert cell.data_type == "s"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("zéro\x00", "U+0000"),
        ("\x1b[31m", "U+001B"),
        ("\ufffe", "U+FFFE"),
        ("x" * 20_001, "texte trop long"),
        ("   ", "texte vide"),
    ],
)
def test_what_no_document_can_hold_is_refused_by_name(value: str, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        with_value(value)
    assert reason in str(refused.value)
    assert "lots[0].items[0].label" in str(refused.value)


def test_a_lone_surrogate_is_refused() -> None:
    text = example("perfusion").model_dump_json().replace("Perfuseur par", "\\ud800 par", 1)
    with pytest.raises(BadInput):
        parse_dossier(text)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-1", "1e400", '"beaucoup"', "true"])
def test_amounts_that_are_not_amounts_are_refused(number: str) -> None:
    data = json.loads(example("perfusion").model_dump_json())
    data["lots"][0]["estimate"] = "@"
    with pytest.raises(BadInput, match="lots\\[0\\]"):
        parse_dossier(json.dumps(data).replace('"@"', number))


@pytest.mark.slow
def test_ten_thousand_items_are_written_in_seconds(tmp_path: Path) -> None:
    data = json.loads(example("perfusion").model_dump_json())
    item = data["lots"][0]["items"][0]
    data["lots"][0]["items"] = [item | {"code": f"A{n:05d}"} for n in range(10_000)]
    start = time.perf_counter()
    files = render_consultation(parse_dossier(json.dumps(data)), tmp_path)
    assert time.perf_counter() - start < 20
    schedule = next(path for kind, path, *_ in files if kind == "bpu")
    assert load_workbook(schedule, read_only=True).active.max_row >= 10_007
