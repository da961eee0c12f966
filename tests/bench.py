"""`make bench`: what the product costs on this machine. Prints figures, asserts nothing."""

import time
from datetime import date, timedelta

from models.law.planning import PlannedProcedure, PlanRequest, alert_date, plan
from tests import bench_documents, bench_watch

PLANS = 10_000


def planning() -> None:
    """Time ten thousand backward plans and as many alert dates, as one sweep of the watch needs them."""
    first, today = date(2027, 1, 4), date(2026, 11, 23)
    start = time.perf_counter()
    for rank in range(PLANS):
        wanted = PlanRequest(
            procedure=PlannedProcedure.AO_OUVERT, starts_on=first + timedelta(days=rank % 700)
        )
        plan(wanted, today)
    middle = time.perf_counter()
    for rank in range(PLANS):
        alert_date(first + timedelta(days=rank % 700), PlannedProcedure.AO_OUVERT)
    print(f"{'10 000 rétroplannings':48} {middle - start:.2f} s")
    print(f"{'10 000 dates d’alerte':48} {time.perf_counter() - middle:.2f} s")


if __name__ == "__main__":
    planning()
    bench_documents.main()
    bench_watch.main()
