"""Starting what follows a decision without making the page wait: one thread that hands the outbox to Prefect."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from tasks import dispatch

LOG = logging.getLogger("achats.pages")
AGAIN_SECONDS = (5, 20, 60)
_POOL = ThreadPoolExecutor(max_workers=1, thread_name_prefix="suite")


def start_next(ref: str, attempt: int = 0) -> None:
    """Ask for the runs of a purchase soon, and again a little later; then they wait in the outbox for the watch."""
    _POOL.submit(_deliver, ref, attempt)


def warm() -> None:
    """Load the client of Prefect ahead of the first decision."""
    _POOL.submit(dispatch.prepare)


def _deliver(ref: str, attempt: int) -> None:
    try:
        delivery = dispatch.deliver(ref)
    except Exception:
        LOG.exception("suite de %s non demandée", ref)
        return
    if not delivery.motif:
        return
    LOG.warning("suite de %s en attente : %s", ref, delivery.motif)
    if attempt < len(AGAIN_SECONDS):
        later = threading.Timer(AGAIN_SECONDS[attempt], start_next, (ref, attempt + 1))
        later.daemon = True
        later.start()
