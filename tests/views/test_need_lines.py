"""Lines of a sheet of needs that are set aside: each is named with its reason, none is lost in silence."""

from tasks.views import needs
from tasks.views.gate import Wanted

ITEMS = [
    Wanted(code="PERF-101", lot=1, label="Perfuseur", unit="unité"),
    Wanted(code="PERF-102", lot=1, label="Rampe", unit="unité"),
]


def read(*lines: str) -> needs.Read:
    text = "\n".join(("Code\tArticle\tQuantité annuelle", *lines))
    return needs.read(text.encode(), "cellules", ITEMS)


def test_an_article_given_twice_keeps_its_first_quantity_and_the_second_line_is_listed():
    found = read("PERF-101\tPerfuseur\t100", "PERF-102\tRampe\t7", "perf-101\tPerfuseur\t900")
    assert found.quantities == {"PERF-101": "100", "PERF-102": "7"}
    assert found.refused == ["ligne 4 (PERF-101) : article déjà donné, la première quantité est gardée"]


def test_a_line_without_quantity_or_wrong_does_not_use_the_article_up():
    found = read("PERF-101\tPerfuseur\t", "PERF-101\tPerfuseur\tbeaucoup", "PERF-101\tPerfuseur\t12")
    assert found.quantities == {"PERF-101": "12"}
    assert len(found.refused) == 1
