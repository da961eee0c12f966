"""Starting what follows a decision without making the page wait: one thread that hands the outbox to Prefect."""

import gc
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tasks.outgoing import access_news, deliveries, dispatch, mail
from tasks.runs import space_watch

LOG = logging.getLogger("achats.pages")
AGAIN_SECONDS = (5, 20, 60)
WEBHOOK_SECONDS = 5
SPACE_SECONDS = 60
_POOL = ThreadPoolExecutor(max_workers=1, thread_name_prefix="suite")


def start_next(ref: str, attempt: int = 0) -> None:
    """Ask for the runs of a purchase soon, and again a little later; then they wait in the outbox for the watch."""
    _POOL.submit(_deliver, ref, attempt)


def warm() -> None:
    """Load the client of Prefect ahead of the first decision."""
    _POOL.submit(_load)


def _load() -> None:
    """Load it, then leave what is loaded out of the collections of Python, each of which held every page for 0.25 s."""
    dispatch.prepare()
    gc.collect()
    gc.freeze()


@contextmanager
def sending_webhooks() -> Iterator[None]:
    """Send the webhooks that are due and watch the room left, in threads of their own, while the pages are served."""
    over = threading.Event()
    for work, name in ((_send_webhooks, "webhooks"), (_watch_space, "place")):
        threading.Thread(target=work, args=(over,), name=name, daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _send_webhooks(over: threading.Event) -> None:
    while not over.wait(WEBHOOK_SECONDS):
        try:
            deliveries.send_due()
            if access_news.gather():
                mail.send_pending()
        except Exception:
            LOG.exception("envoi des webhooks interrompu, repris dans %s secondes", WEBHOOK_SECONDS)


def _watch_space(over: threading.Event) -> None:
    while not over.wait(SPACE_SECONDS):
        try:
            space_watch.look()
        except Exception:
            LOG.exception("place libre non surveillée, reprise dans %s secondes", SPACE_SECONDS)


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
