"""The look-out: several times a minute, what should move and does not is started again, without anybody asking.

A process of the service (`python -m tasks.runs.lookout`). It asks its own database first, and Prefect only when
something stands still, so that a quiet minute costs a few short queries.
"""

import sys
import time
from datetime import UTC, datetime

import httpx
from sqlalchemy.exc import SQLAlchemyError

from models.errors import Failure
from tasks import leases
from tasks.outgoing import dispatch
from tasks.runs import burials, resumption
from tasks.settings import join_prefect
from tasks.store import reading, transaction

EVERY_SECONDS = 15
ROUNDS_OF_BURIAL = 4
REASON = "reprise automatique"


def look() -> resumption.Resumption | None:
    """Start again what stands still and deliver what waits; None when there was nothing to do."""
    if not resumption.still() and not dispatch.waiting():
        return None
    return resumption.resume(REASON, by_person=False)


def clean() -> None:
    """Take away the leases of the dead."""
    with reading() as session:
        dead = leases.ended(session)
    if dead:
        with transaction() as session:
            leases.bury(session)


def watch() -> None:
    """Look for ever; what fails is written to the technical log and tried again at the next look."""
    rounds = 0
    while True:
        try:
            if done := look():
                _say(done.model_dump_json())
            clean()
            rounds += 1
            if rounds % ROUNDS_OF_BURIAL == 0 and not dispatch.silence():
                burials.bury_dead()
        except (Failure, SQLAlchemyError, httpx.HTTPError, OSError) as error:
            _say(f"{type(error).__name__} : {error}")
        time.sleep(EVERY_SECONDS)


def _say(text: str) -> None:
    sys.stdout.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    join_prefect()
    watch()
