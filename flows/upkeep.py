"""Upkeep (entretien): once a week, what can be made again goes, and the databases give their room back."""

from prefect import flow

from tasks.runs import upkeep as verbs


@flow(name="upkeep")
def upkeep() -> verbs.Upkeep:
    """Take away old previews and leftovers, turn the logs, write the database again when it is worth it."""
    return verbs.keep_up()
