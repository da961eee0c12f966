"""The scheduled backup: what the settings say of it, its age, and whom its failure is told to."""

from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import FlowRun, State

from models.organisation.group import Role
from tasks import clock
from tasks.archive.backup import Done, Order
from tasks.archive.backup import back_up as copy_home
from tasks.archive.envelope import usual_sealing
from tasks.organisation import people
from tasks.outgoing import mail, outbox
from tasks.settings import settings
from tasks.steps import step
from tasks.store import transaction

TEMPLATE = "sauvegarde_en_echec"


@step("Sauvegarder")
def back_up() -> Done | None:
    """Make the backup that the settings ask for; None when they name no folder."""
    chosen = settings()
    if chosen.backup_dir is None:
        return None
    order = Order(
        folder=chosen.backup_dir, sealing=usual_sealing(), by_code=False, keep_days=chosen.backup_days
    )
    return copy_home(order)


def report_failure(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Write to the administrators that the backup failed, and why: once a day."""
    with transaction() as session:
        for someone in people.holders(session, [Role.ADMINISTRATOR], clock.today()):
            values: dict[str, str | int | list[str] | None] = {
                "nom": someone.name,
                "motif": str(state.message or state.name),
            }
            key = f"sauvegarde:echec:{clock.today()}:{someone.email}"
            outbox.write_message(
                session,
                outbox.Letter(key=key, to=someone.email, template=TEMPLATE, values=values, at_once=True),
            )
    mail.send_pending()
