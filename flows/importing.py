"""Doing an import that was asked through the API."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.runs import import_runs


@flow(name="importing")
def importing(number: str) -> State[str]:
    """Import one file, then have the next one start; « Sans objet » when it is not its turn."""
    ended = import_runs.carry_out(number)
    return Completed(name=f"Import {ended}" if ended else "Sans objet", message=number)
