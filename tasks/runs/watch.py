"""The watch of one day: each check as a step, and all of them in one call for the command line.

Every check is safe to run again: a fact is kept once under its key, and told once per level.
"""

from collections.abc import Callable
from datetime import date

from sqlmodel import Session, col, select

from models.errors import Unavailable
from models.reading.values import parse_date
from models.risks.register import Level, Risk
from models.risks.watch import Finding, Sweep, list_of
from tasks import clock
from tasks.access import accounts, erasure
from tasks.consultation import calendar
from tasks.contracts import amendments, expiry, options
from tasks.delegations import endings
from tasks.disputes import register
from tasks.execution import consumption, payments, performance, shortages
from tasks.outgoing import deliveries, digest, dispatch, mail, restored
from tasks.process import anchoring, reminders
from tasks.risks import bells, escalation
from tasks.runs import resumption
from tasks.spend import splitting
from tasks.steps import step
from tasks.store import transaction

NO_SERVER = "Prefect n'est pas démarré : renouvellements ouverts sans événement, aucun segment relancé"


def begin(text: str | None) -> Sweep:
    """Return the empty sweep of the day; with the reason as a remark when a restored home may do nothing yet."""
    reason = restored.hold()
    return Sweep(jour=day_of(text), remarques=[reason] if reason else [])


def day_of(text: str | None) -> date:
    """Return the day of the watch: the one given, else today."""
    return parse_date(text, "--date") if text else clock.today()


@step("Marchés arrivant à leur terme")
def expiring_contracts(on: date, by_event: bool = True) -> list[str]:
    """Alert on the contracts whose day has come, and have their renewal opened; return what went wrong."""
    return expiry.check(on, expiry.Opening(by_event=by_event))


@step("Ruptures, litiges, paiements, consommations")
def other_checks(on: date) -> list[str]:
    """Run every other check of the watch; return their remarks."""
    return [remark for check in CHECKS for remark in check(on)]


@step("Étapes en retard")
def overdue_gates(on: date) -> list[Finding]:
    """Remind the gates that are past their date."""
    return reminders.check(clock.at(on))


@step("Reprises")
def resume_stopped() -> list[Finding]:
    """Start again what should be moving, and deliver what waits in the outbox, with the digests of the day."""
    digest.gather()
    done = resumption.resume("veille", by_person=False)
    return [
        Finding(cle=ref, niveau=Level.AMBER, objet=ref, echeance=None, action="segment relancé")
        for ref in done.reprises
    ]


@step("Compte rendu")
def tell(sweep: Sweep) -> Sweep:
    """Add to the lists every risk that is new or has changed, and note that it was told.

    A sweep that was killed before it told leaves its findings to the next one.
    """
    with transaction() as session:
        for risk in _news(session):
            getattr(sweep, list_of(risk)).append(Finding.of(risk))
            risk.is_listed, risk.times_listed = True, risk.times_listed + 1
    return sweep


def _news(session: Session) -> list[Risk]:
    rows = session.exec(select(Risk).where(col(Risk.is_listed).is_(False))).all()
    return sorted(rows, key=lambda one: (-one.level.rank, one.due_on or date.max, one.key))


def whole(on: date) -> Sweep:
    """Run the whole watch for a day without a Prefect run: what needs a server is left out, and said."""
    sweep = Sweep(jour=on)
    sweep.remarques += expiring_contracts.fn(on, False)
    sweep.remarques += other_checks.fn(on)
    sweep.relances = overdue_gates.fn(on)
    escalation.climb(clock.at(on))
    sweep.reprises += _resume(sweep)
    return tell.fn(sweep)


def _resume(sweep: Sweep) -> list[Finding]:
    try:
        if not dispatch.silence():
            bells.ring.fn()
            return resume_stopped.fn()
    except Unavailable as error:
        sweep.remarques.append(str(error))
    sweep.remarques.append(NO_SERVER)
    digest.gather()
    mail.send_pending()
    deliveries.send_due()
    return []


CHECKS: tuple[Callable[[date], list[str]], ...] = (
    options.check,
    shortages.check,
    register.check,
    payments.check,
    consumption.check,
    splitting.check,
    calendar.check,
    amendments.check,
    performance.check,
    endings.check,
    accounts.close_departed,
    erasure.erase,
    anchoring.check,
)
"""The other checks of the watch: each takes the day, keeps its risks, and returns its remarks."""
