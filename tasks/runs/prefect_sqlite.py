"""Prefect's server on SQLite: a short patience for locks (a Prefect collection, loaded by the server at its start).

Prefect lets a connection wait sixty seconds for the write lock. When a transaction has failed, Python may free its
cursor in the event loop, which then waits for that same connection; the transaction that holds the lock cannot go on
without the event loop, and the whole server stands still for the sixty seconds. Two seconds are enough for any of its
writes; past them it answers 503, and Prefect's clients ask again. PostgreSQL is not concerned.
"""

from sqlalchemy import event
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection
from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection

PATIENCE_MILLISECONDS = 2000
DONE = "patience"


@event.listens_for(Pool, "checkout")
def be_patient_for_a_short_time(
    connection: object, entry: ConnectionPoolEntry, _: PoolProxiedConnection
) -> None:
    """Set once the time for which a connection of Prefect waits for a lock; the application's own are synchronous."""
    if isinstance(connection, AsyncAdapt_aiosqlite_connection) and DONE not in entry.info:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MILLISECONDS}")
        cursor.close()
        entry.info[DONE] = True
