"""Backup (sauvegarde): a consistent copy each night, in the folder of the settings."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.archive import schedule


@flow(name="backup", on_failure=[schedule.report_failure], on_crashed=[schedule.report_failure])
def backup() -> State[str]:
    """Copy the home and take away the copies that are too old; « Sans objet » when no folder is set."""
    done = schedule.back_up()
    return Completed(
        name=f"Sauvegardé : {done.copie}" if done else "Sans objet : aucun dossier de sauvegarde"
    )
