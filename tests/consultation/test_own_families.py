"""A family of the hospital's own, which no content of the product describes: its dossier is written all the same."""

from datetime import datetime

import pytest

from tasks import clock
from tasks.loading.file import load_organisation_text
from tasks.settings import settings
from tests.homes.making import GROUP
from tests.homes.people import BUYER
from tests.homes.playing import carry, without_prefect
from tests.purchase_play import Time, documents, open_purchase
from tests.reading_documents import text_of_word

pytestmark = [pytest.mark.database, pytest.mark.documents]


@pytest.mark.parametrize(("amount", "is_asked"), [("480000", True), ("90000", False)])
def test_the_social_condition_is_written_where_the_law_asks_for_one(home, monkeypatch, amount, is_asked):
    """Since 22 August 2026, at the European thresholds (CCP art. L. 2112-2-1)."""
    time = Time(datetime(2026, 11, 23, 9, 0, tzinfo=clock.PARIS))
    monkeypatch.setattr(clock, "now", time.now)
    group = GROUP.read_text(encoding="utf-8").replace('contenu = "perfusion"\n', "")
    load_organisation_text(group, "groupement.toml")
    with without_prefect():
        ref = open_purchase(amount, family="compresses", cpv="33141114", objet="Compresses", buyer=BUYER)
        carry(ref, time, until="review")
    (ccap,) = [paper for paper in documents(ref) if paper.kind == "ccap"]
    assert (
        "éloignées de l'emploi" in text_of_word(settings().home / ccap.path).replace("\u2019", "'")
    ) is is_asked
