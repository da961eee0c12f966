"""The legal regime of a procurement: estimated with the strategy, checked and frozen on the day of the launch."""

from datetime import date, datetime, time

from sqlmodel import Session

from models.errors import Refused
from models.law.dated import days
from models.law.days import working_days_after
from models.law.deadlines import first_closing, leaves_enough
from models.law.planning import PlannedProcedure
from models.law.regime import Nature, Need, Procedure, Regime, regime_for
from models.process.forms import Strategy
from models.process.procurement import Procurement
from tasks import clock

CLOSING_TIME = time(12)
BEFORE_LAUNCH = ("duree_visa", "duree_validation", "duree_publication")
PLANNED = {
    Procedure.WITHOUT_PUBLICITY: PlannedProcedure.WITHOUT_PUBLICITY,
    Procedure.MAPA: PlannedProcedure.MAPA,
    Procedure.FORMALISED: PlannedProcedure.AO_OUVERT,
}
MATERIAL = ("procedure", "publicity", "standstill_days", "tender_days", "environmental_criterion")


def regime_on(procurement: Procurement, launched_on: date) -> Regime:
    """Return the regime that the law gives to the procurement if it is launched that day."""
    lots = Strategy.model_validate(procurement.strategy).lots
    return regime_for(
        Need(
            nature=Nature(procurement.nature),
            amount_ht=procurement.amount_ht,
            launched_on=launched_on,
            lots=tuple(lot.maximum_ht or lot.estimate_ht for lot in lots),
        )
    )


def planned(procurement: Procurement, launched_on: date) -> PlannedProcedure:
    """Return the timetable that a procurement follows if it is launched that day."""
    return PLANNED[regime_on(procurement, launched_on).procedure]


def estimate_regime(session: Session, procurement: Procurement) -> None:
    """Write the regime of today on a procurement that is not launched yet."""
    procurement.regime = regime_on(procurement, clock.today()).model_dump(mode="json")
    session.add(procurement)
    session.flush()


def check_regime(procurement: Procurement) -> Regime:
    """Return the regime of today; refuse the launch when the documents were written under another one."""
    written = Regime.model_validate(procurement.regime)
    present = regime_on(procurement, clock.today())
    changed = [name for name in MATERIAL if getattr(written, name) != getattr(present, name)]
    if changed:
        raise Refused(
            f"Le droit applicable a changé depuis la rédaction ({', '.join(changed)}) : "
            "répondez « change » pour que le DCE soit récrit."
        )
    check_deadline(procurement, clock.today(), present)
    return present


def freeze_regime(procurement: Procurement) -> None:
    """Freeze the regime of today on a procurement whose consultation is launched now."""
    procurement.regime = check_regime(procurement).model_dump(mode="json")
    procurement.launched_on = clock.today()


def tender_days(procurement: Procurement, regime: Regime) -> int:
    """Return the days left to tenderers: those of the strategy, else the legal minimum or the usual duration."""
    asked = Strategy.model_validate(procurement.strategy).tender_days
    if asked or regime.tender_days:
        return max(asked or 0, regime.tender_days or 0)
    kind = "mapa" if regime.procedure is Procedure.MAPA else "sans_publicite"
    return days(f"duree_consultation_{kind}", on=regime.launched_on)


def deadline(procurement: Procurement, drafted_on: date) -> datetime:
    """Return when tenders are due: noon in Paris of a working day, the visas and the approval counted in."""
    regime = Regime.model_validate(procurement.regime)
    before = sum(days(name, on=drafted_on) for name in BEFORE_LAUNCH)
    launched_on = working_days_after(drafted_on, before)
    due_on = first_closing(launched_on, tender_days(procurement, regime))
    return datetime.combine(due_on, CLOSING_TIME, clock.PARIS)


def check_deadline(procurement: Procurement, launched_on: date, regime: Regime) -> None:
    """Refuse a launch that leaves tenderers less than the legal minimum before the deadline that the RC prints."""
    due_at = procurement.tenders_due_at
    minimum = regime.tender_days or 0
    if due_at is None or not leaves_enough(launched_on, due_at.astimezone(clock.PARIS), minimum):
        raise Refused(
            f"La date limite écrite dans le DCE laisse moins de {minimum} jours entiers aux candidats "
            "(CCP art. R. 2161-3, règlement n° 1182/71 art. 3) : répondez « change » pour que le DCE soit récrit."
        )
