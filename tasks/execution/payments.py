"""Invoices that wait: warned at 35 days, alerted at 45, interest computed beyond the legal period."""

from datetime import date, timedelta

from sqlmodel import Session, col, select

from models.execution.facts import Invoice
from models.law.dated import NoValue, days
from models.law.deadlines import authorising_share
from models.law.interest import Payment, late_interest, payment_due_on
from models.law.wording import euros, percent
from models.risks.register import Level, Observation, RiskKind
from tasks.risks import register
from tasks.store import transaction

PREFIX = "paiement:"


def check(on: date) -> list[str]:
    """Keep a risk for each invoice that waits too long that day, and close those that are paid."""
    with transaction() as session:
        found = set()
        for invoice in _waiting(session, on):
            if seen := observation(invoice, on):
                register.record(session, seen, on)
                found.add(seen.key)
        register.settle_gone(session, [RiskKind.PAYMENT], {PREFIX: "facture payée ou rejetée"}, found, on)
    return []


def _waiting(session: Session, on: date) -> list[Invoice]:
    """Return the invoices not paid that day that have waited for the share of the ordonnateur at least."""
    oldest = on - timedelta(days=_warning_days(on))
    query = select(Invoice).where(col(Invoice.paid_on).is_(None), col(Invoice.received_on) <= oldest)
    return list(session.exec(query.order_by(col(Invoice.received_on), col(Invoice.id))))


def _warning_days(on: date) -> int:
    return authorising_share(on)


def observation(invoice: Invoice, on: date) -> Observation | None:
    """Return what is to be said of an invoice not paid that day, None when it is not late enough."""
    waited = (on - invoice.runs_from).days
    if waited < _warning_days(on):
        return None
    due_on = payment_due_on(invoice.runs_from)
    alert = days("paiement_alerte", on=on)
    level = Level.BLACK if on > due_on else Level.RED if waited >= alert else Level.AMBER
    blocked = f" ; bloquée : {invoice.blocked_reason}" if invoice.blocked_reason else ""
    return Observation(
        key=invoice.key,
        kind=RiskKind.PAYMENT,
        level=level,
        title=f"Facture {invoice.number} de {invoice.supplier}, {euros(invoice.amount_ttc)} TTC{blocked}",
        action=_action(invoice, level, on),
        due_on=due_on,
        contract=invoice.contract_number,
        establishment_siret=invoice.establishment_siret,
    )


def _action(invoice: Invoice, level: Level, on: date) -> str:
    if level is Level.AMBER:
        return "l'ordonnateur mandate : sa part du délai est écoulée (décret n° 2013-269)"
    if level is Level.RED:
        return "mandater et payer aussitôt : le délai légal se termine dans quelques jours"
    try:
        payment = Payment(amount_ttc=invoice.amount_ttc, received_on=invoice.runs_from, paid_on=on)
        due = late_interest(payment)
    except NoValue:
        return "payer ; intérêts moratoires dus, taux du semestre à saisir"
    return (
        f"payer avec {euros(due.total)} ({euros(due.interest)} d'intérêts à {percent(due.rate or due.total)} "
        f"pour {due.days_late} jours au {on:%d/%m/%Y}, {euros(due.indemnity)} d'indemnité)"
    )
