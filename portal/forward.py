"""Starting what follows a decision without making the page wait: one thread that hands the outbox to Prefect."""

import logging
from concurrent.futures import ThreadPoolExecutor

from tasks import dispatch

LOG = logging.getLogger("achats.pages")
_POOL = ThreadPoolExecutor(max_workers=1, thread_name_prefix="suite")


def start_next(ref: str) -> None:
    """Ask for the runs of a purchase soon; what is not delivered waits in the outbox for the watch."""
    _POOL.submit(_deliver, ref)


def warm() -> None:
    """Load the client of Prefect ahead of the first decision."""
    _POOL.submit(_deliver, "")


def _deliver(ref: str) -> None:
    try:
        if not ref:
            dispatch.prepare()
            return
        delivery = dispatch.deliver(ref)
    except Exception:
        LOG.exception("suite de %s non demandée", ref)
        return
    if delivery.motif:
        LOG.warning("suite de %s en attente : %s", ref, delivery.motif)
