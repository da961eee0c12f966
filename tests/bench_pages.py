"""Measures the pages with many purchases and 20 people at once: `python -m tests.bench_pages` prints a table.

2,000 purchases, 20,000 contracts and a journal of a million lines are written in a temporary home directory.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx

PEOPLE, PURCHASES, CONTRACTS, LINES, TURNS = 20, 2_000, 20_000, 1_000_000, 5
WARM_SECONDS = 20
PAGES = (
    "/",
    "/achats",
    "/achats?q=perfusion&tri=montant",
    "/achats/2026-0500",
    "/contrats",
    "/risques",
    "/delegations",
)
STAGES = (
    "strategy",
    "needs",
    "review",
    "dce_approval",
    "tendering",
    "opening",
    "analysis",
    "award_decision",
    "notified",
)


def fill() -> None:
    """Write the purchases, contracts and journal lines."""
    from models.contracts import Contract
    from models.journal import Fact, JournalLine
    from models.process import PROCESS_VERSION
    from models.procurement import Procurement
    from tasks import clock, transitions
    from tasks.organisation_file import load_organisation
    from tasks.settings import ROOT
    from tasks.store import engine, transaction
    from tests.portal_scene import BUYER, DIRECTOR

    load_organisation(ROOT / "examples" / "ght-demo.toml")
    now, today = clock.now(), clock.today()
    for first in range(0, PURCHASES, 200):
        with transaction() as session:
            for rank in range(first, first + 200):
                one = Procurement(
                    ref=f"2026-{rank:04d}",
                    objet=f"Dispositifs de perfusion {rank}",
                    family_code="perfusion",
                    cpv="33194000",
                    nature="fournitures",
                    amount_ht=100_000 + rank * 100,
                    duration_months=48,
                    stage=STAGES[rank % len(STAGES)],
                    process_version=PROCESS_VERSION,
                    buyer_email=BUYER,
                    opened_at=now - timedelta(days=rank % 300),
                    tenders_due_at=now + timedelta(days=20),
                    strategy={"lots": [{"numero": 1, "libelle": "Lot", "estimation": "100000"}]},
                )
                session.add(one)
                session.flush()
                transitions.enter(session, one, in_segment=True)
    with engine().begin() as connection:
        connection.execute(
            Contract.__table__.insert(),
            [
                {
                    "number": f"M-{rank}",
                    "lot": 1,
                    "objet": f"Marché {rank}",
                    "cpv": "33194000",
                    "nature": "fournitures",
                    "procedure": "",
                    "buyer_siret": "26990001500018",
                    "holder": f"Titulaire {rank % 900}",
                    "holder_key": str(rank % 900),
                    "holder_rank": 1,
                    "amount_ht": 50_000,
                    "starts_on": today - timedelta(days=400),
                    "ends_on": today + timedelta(days=rank % 1400 - 200),
                    "alert_on": today + timedelta(days=rank % 1400 - 500),
                    "source": "bench",
                    "remarks": "",
                    "registered_at": now,
                }
                for rank in range(CONTRACTS)
            ],
        )
        start = 10_000_000
        for first in range(0, LINES, 50_000):
            connection.execute(
                JournalLine.__table__.insert(),
                [
                    {
                        "seq": start + first + rank,
                        "at": now,
                        "fact": Fact.DECISION,
                        "ref": f"2026-{rank % PURCHASES:04d}",
                        "actor": DIRECTOR,
                        "subject": "bench",
                        "reason": "",
                        "previous_hash": "0" * 64,
                        "hash": f"{first + rank:064d}",
                    }
                    for rank in range(50_000)
                ],
            )


def visit(address: str, tokens: list[str], page: str) -> list[float]:
    """Return how long each of many visits to a page took, in milliseconds, 20 people at once."""

    def turns(token: str) -> list[float]:
        found = []
        with httpx.Client(base_url=address, cookies={"achats_session": token}, timeout=60) as browser:
            for _ in range(TURNS):
                before = time.perf_counter()
                answer = browser.get(page)
                found.append((time.perf_counter() - before) * 1000)
                assert answer.status_code == 200, (page, answer.status_code)
        return found

    with ThreadPoolExecutor(PEOPLE) as crowd:
        return [one for some in crowd.map(turns, tokens) for one in some]


def main() -> None:
    """Fill a home, serve its pages, measure."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ACHATS_HOME"] = folder
        from tasks import sessions
        from tasks.server import free_port
        from tests.portal_scene import BUYER, DIRECTOR, LEGAL, MEMBER, give_access

        before = time.perf_counter()
        fill()
        print(
            f"rempli en {time.perf_counter() - before:.0f} s ; {os.cpu_count()} cœurs, charge {os.getloadavg()}"
        )
        for email in (BUYER, DIRECTOR, LEGAL, MEMBER):
            give_access(email)
        people = (BUYER, DIRECTOR, LEGAL, MEMBER)
        tokens = [sessions.open_session(people[rank % 4], "bench").token for rank in range(PEOPLE)]
        port = str(free_port(None))
        words = [sys.executable, "-m", "uvicorn", "portal.app:create_app", "--factory", "--port", port]
        log = (Path(folder) / "pages.log").open("wb")
        server = subprocess.Popen([*words, "--log-level", "warning"], stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        try:
            while True:
                try:
                    httpx.get(f"{address}/sante")
                    break
                except httpx.HTTPError:
                    time.sleep(0.2)
            time.sleep(WARM_SECONDS)  # the client of Prefect loads behind the first pages
            print(f"{'page':36} {'médiane':>9} {'p95':>9}   (ms, {PEOPLE} personnes à la fois)")
            for page in PAGES:
                visit(address, tokens[:2], page)
                took = sorted(visit(address, tokens, page))
                print(f"{page:36} {statistics.median(took):9.0f} {took[int(len(took) * 0.95)]:9.0f}")
        finally:
            server.terminate()
            server.wait()
            log.close()


if __name__ == "__main__":
    main()
