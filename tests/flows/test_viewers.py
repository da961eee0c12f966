"""What the API says of a purchase is what its pages show to the same person, at every stage and for every role.

The pages are the reference: a person of the group reads on them what CCP art. L. 2132-1 lets her read. Each word of
the answer of the API is looked for on them; so is what Prefect shows, on the pages of who reads least.
"""

import html
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest

from models.process.table import Final, Gate, Timer, stage_of
from portal.app import create_app
from portal.frame import pages
from tasks.access import sessions, tokens
from tasks.documents import french
from tasks.runs import artifacts
from tasks.views import status
from tests.portal_scene import (
    ACCOUNTANT,
    ADMINISTRATOR,
    BUYER,
    DIRECTOR,
    MEMBER,
    PHARMACIST,
    PRESCRIBER,
    inside,
)
from tests.purchase_play import answer_all, deposit_tenders, open_purchase, reach_due_date, run_segment, where

pytestmark = pytest.mark.flow

TEAM = (DIRECTOR, BUYER)
OUTSIDE = (
    PRESCRIBER,
    PHARMACIST,
    MEMBER,
    ADMINISTRATOR,
    ACCOUNTANT,
)  # of the group, but not of the procedure
SECRETS = ("Médiflux", "rapport", "lettre_rejet")
# Never shown as such: what tools compare and pages only follow, and the rule of law behind a word that is shown.
UNSEEN = re.compile(
    r"^(status\.(stage|visit|regime\..*|preuve_identite|awaiting.\d+.since|timeline.\d+.(stage|visit|outcome))|place"
    r"|status.signatures.\d+.acte|duration_months|is_\w+|documents.\d+.(kind|size|version|recipient|is_latest|created_at)"
    r"|status.documents.\d+.(kind|version|recipient)|decisions.\d+.(stage|is_\w+)|needs.has_total|needs.rows.\d+.lot"
    r"|journal.\d+.(hash|previous_hash|signing_key|signature|rows_digest|before|ref|at|id)|prefect_url|risks.\d+.level)$"
)


def leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Give each word of an answer with its place."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for rank, part in enumerate(value):
            yield from leaves(part, f"{path}.{rank}")
    elif value not in (None, "", True, False):
        yield path, str(value)


def written(text: str) -> set[str]:
    """Return the ways in which pages write a value."""
    found = {text, text.rpartition("/")[2], french.articles(text)}
    try:
        found |= {french.number(Decimal(text)), french.number(Decimal(text)).replace(french.NBSP, " ")}
        found.add(french.number(Decimal(text).quantize(Decimal(1))))
    except ArithmeticError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return found
    if "T" in text:
        return found | {pages.moment(moment), pages.short_day(moment), french.instant(moment)}
    return found | {pages.short_day(date.fromisoformat(text))}


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(text))


def unshown(answer: object, shown: str) -> list[str]:
    """Return the words of an answer that no page shows."""
    return [
        f"{path} = {text}"
        for path, text in leaves(answer)
        if not UNSEEN.match(path) and not any(plain(one) in shown for one in written(text))
    ]


def say(ref: str, people: dict, secrets: tuple[str, ...]) -> list[str]:
    """Return what the API says at the present stage that the page does not show, for each person."""
    found = []
    run = artifacts.procurement_markdown(status.status(ref, artifacts.ANYONE))
    for email, (browser, header) in people.items():
        answer = browser.get(f"/api/v1/achats/{ref}", headers=header)
        browser.cookies.set("achats_session", sessions.open_session(email, "essai").token)
        page = plain(browser.get(f"/achats/{ref}").text)
        assert answer.status_code == 200
        found += [f"{where(ref)} {email} {one}" for one in unshown(answer.json(), page)]
        if email in OUTSIDE:
            hidden = [one for one in secrets for said in (answer.text, page, run) if one in said]
            assert hidden == [], (where(ref), email)
    return found


def test_the_api_and_prefect_say_what_the_pages_show_to_the_same_person_and_no_more(
    prefect_server, group, time
):
    ref = open_purchase("480000")
    app, people = create_app(), {}
    for email in (*TEAM, *OUTSIDE):
        browser = inside(email, app)  # an account without a password: the tenders open as on the command line
        token = tokens.issue(email, "essai", ["lire"], 366).get_secret_value()
        people[email] = browser, {"Authorization": f"Bearer {token}"}
    seen, found, secrets = [], [], ()
    while True:
        run_segment(ref)
        stage = stage_of(where(ref))
        seen.append(stage.key)
        found += say(ref, people, () if stage.key == "notified" else secrets)
        if isinstance(stage, Final):
            break
        if isinstance(stage, Gate):
            answer_all(ref)
        elif stage.key == "tendering":
            deposit_tenders(ref, time)
            secrets = SECRETS
        elif isinstance(stage, Timer):
            reach_due_date(ref, time)
    assert found == []
    assert seen[-1] == "notified"
