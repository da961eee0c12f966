"""Starting what follows a decision without making the page wait: one thread that hands the outbox to Prefect."""

import gc
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tasks.outgoing import access_news, deliveries, dispatch, mail
from tasks.runs import failures, space_watch

LOG = logging.getLogger("achats.pages")
AGAIN_SECONDS = (5, 20, 60)
WEBHOOK_SECONDS = 5
MAIL_SECONDS = 20
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
def sending() -> Iterator[None]:
    """Send the webhooks and the mail that are due and watch the room left, each in a thread, while pages are served."""
    over = threading.Event()
    for name, work, pause in (
        ("envoi des webhooks", deliveries.send_due, WEBHOOK_SECONDS),
        ("envoi des courriers", mail.send_due, MAIL_SECONDS),
        ("nouvelles des accès", _tell_access, WEBHOOK_SECONDS),
        ("comptes rendus d'échec", failures.tell_kept, MAIL_SECONDS),
        ("surveillance de la place libre", space_watch.look, SPACE_SECONDS),
    ):
        threading.Thread(target=_keep_on, args=(name, work, pause, over), name=name, daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _tell_access() -> None:
    """Send at once what is told of accesses that changed."""
    if access_news.gather():
        mail.send_pending()


def _keep_on(name: str, work: Callable[[], object], pause: int, over: threading.Event) -> None:
    while not over.wait(pause):
        try:
            work()
        except Exception:
            LOG.exception("%s : interruption, reprise dans %s secondes", name, pause)


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
