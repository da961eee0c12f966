"""How much one decision and one page ask of the database, on a purchase of three lots for five establishments."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tasks import clock
from tasks.settings import ROOT
from tests.homes.playing import carry, without_prefect
from tests.portal_scene import BUYER, DIRECTOR, PURCHASING, inside
from tests.purchase_play import Time, open_purchase, where
from tests.views.counting import statements

pytestmark = [pytest.mark.database, pytest.mark.documents]

START = datetime(2026, 11, 23, 9, 0, tzinfo=clock.PARIS)
MOST_OF_A_DECISION = 45
MOST_WITH_ITS_PROOF = 60  # with the digests of the rows that it writes, kept in the journal
MOST_OF_A_PAGE = 25


@pytest.fixture
def awarded(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A purchase whose award waits for its signature: analysed tenders on three lots, five establishments."""
    from tasks.loading.file import load_organisation

    time = Time(START)
    monkeypatch.setattr(clock, "now", time.now)
    monkeypatch.setattr("portal.frame.forward.start_next", lambda ref: None)
    load_organisation(ROOT / "examples" / "ght-demo.toml")
    with without_prefect():
        ref = open_purchase("150000")
        carry(ref, time, until="award_decision")
    return ref


def test_a_signature_given_on_the_pages_asks_little_of_the_database(awarded):
    browser = inside(PURCHASING)
    form = {
        "jeton": browser.form_token(f"/achats/{awarded}/repondre"),
        "reponse": "approve",
        "etape": "award_decision/1",
    }
    with statements() as sent:
        answer = browser.post(f"/achats/{awarded}/repondre", data=form, follow_redirects=False)
    assert answer.status_code == 303
    assert where(awarded) == "information"
    assert len(sent.asked) <= MOST_OF_A_DECISION
    assert len(sent.asked) + len(sent.proving) <= MOST_WITH_ITS_PROOF


@pytest.mark.parametrize("who", [BUYER, DIRECTOR])
def test_the_page_of_a_purchase_asks_little_of_the_database(awarded, who):
    browser = inside(who)
    with statements() as sent:
        answer = browser.get(f"/achats/{awarded}")
    assert answer.status_code == 200
    assert len(sent.asked) + len(sent.proving) <= MOST_OF_A_PAGE
