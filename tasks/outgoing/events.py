"""Events that Prefect's automations listen to. An event is a doorbell, never the only record of a fact."""

from prefect.events import emit_event

from models.outgoing import happenings


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
