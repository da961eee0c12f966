"""Events that Prefect's automations listen to. An event is a doorbell, never the only record of a fact."""

from prefect.events import emit_event

from models import happenings
from tasks import segments
from tasks.steps import step


@step("Annoncer l'étape")
def announce(here: segments.Place) -> None:
    """Emit `ght.procurement.<stage>` for the stage just reached."""
    emit_event(
        event=f"{happenings.PROCUREMENT}.{here.stage}",
        resource={
            "prefect.resource.id": f"{happenings.PROCUREMENT}.{here.ref}",
            "prefect.resource.name": here.title,
        },
        payload={"ref": here.ref, "stage": here.stage, "visit": here.visit, "family": here.family},
    )


def contract_expiring(contract: str, title: str) -> None:
    """Emit `ght.contract.expiring`: the trigger of `prefect.yaml` opens the renewal."""
    emit_event(
        event=happenings.CONTRACT_EXPIRING,
        resource={"prefect.resource.id": f"ght.contract.{contract}", "prefect.resource.name": title},
        payload={"contract": contract},
    )


def dispute_opened(key: str, title: str, subject: str) -> None:
    """Emit `ght.dispute.opened`."""
    emit_event(
        event=happenings.DISPUTE_OPENED,
        resource={"prefect.resource.id": f"ght.dispute.{key}", "prefect.resource.name": title},
        payload={"dispute": key, "subject": subject},
    )
