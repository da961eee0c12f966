"""A sheet of needs is small: what swells once decompressed is refused, what is wrong is listed shortly."""

import gzip
import time

import pytest

from models.errors import BadInput
from tasks.views import needs
from tasks.views.gate import Wanted

ITEMS = [Wanted(code="PERF-1", lot=1, label="Perfuseur", unit="unité")]
HEAD = "Code;Quantité annuelle\n"


def read(text, packed=False):
    content = text.encode()
    return needs.read(gzip.compress(content) if packed else content, "besoins.csv", ITEMS)


def test_a_compressed_sheet_of_48_mb_is_refused_at_once():
    begun = time.monotonic()
    with pytest.raises(BadInput, match="5 Mo une fois décompressé"):
        read(HEAD + "a;1\n" * 12_000_000, packed=True)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_more_lines_than_a_purchase_has_items_are_refused(end):
    with pytest.raises(BadInput, match="5\u202f001 lignes, 5\u202f000 au plus"):
        read((HEAD + "a;1\n" * 5_000).replace("\n", end))


def test_fifty_refusals_are_listed_and_the_others_counted():
    found = read(HEAD + "a;1\n" * 120 + "PERF-1;12\n")
    assert found.quantities == {"PERF-1": "12"}
    assert found.refused[49] == "ligne 51 : article « a » inconnu"
    assert found.refused[50:] == ["autres lignes non reprises : 70"]


def test_a_quantity_of_a_million_figures_is_quoted_shortly():
    [said] = read(HEAD + "PERF-1;" + "9" * 1_000_000 + "\n").refused
    assert len(said) < 100
