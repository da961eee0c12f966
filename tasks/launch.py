"""The legal regime of a procurement: estimated with the strategy, checked and frozen on the day of the launch."""

from datetime import date

from sqlmodel import Session

from models.errors import Refused
from models.law.regime import Nature, Need, Regime, regime_for
from models.procurement import Procurement
from tasks import clock

MATERIAL = ("procedure", "publicity", "standstill_days", "tender_days", "environmental_criterion")


def regime_on(procurement: Procurement, launched_on: date) -> Regime:
    """Return the regime that the law gives to the procurement if it is launched that day."""
    return regime_for(
        Need(nature=Nature(procurement.nature), amount_ht=procurement.amount_ht, launched_on=launched_on)
    )


def estimate_regime(session: Session, procurement: Procurement) -> None:
    """Write the regime of today on a procurement that is not launched yet."""
    procurement.regime = regime_on(procurement, clock.today()).model_dump(mode="json")
    session.add(procurement)
    session.flush()


def check_regime(session: Session, procurement: Procurement) -> None:
    """Freeze the regime of today; refuse the launch when the documents were written under another one."""
    written = Regime.model_validate(procurement.regime)
    present = regime_on(procurement, clock.today())
    changed = [name for name in MATERIAL if getattr(written, name) != getattr(present, name)]
    if changed:
        raise Refused(
            f"Le droit applicable a changé depuis la rédaction ({', '.join(changed)}) : "
            "répondez « change » pour que le DCE soit récrit."
        )
    procurement.regime = present.model_dump(mode="json")
    procurement.launched_on = clock.today()
    session.add(procurement)
    session.flush()
