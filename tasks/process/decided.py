"""What was decided, as the journal and the letters say it."""

import hashlib
import json

from sqlmodel import Session, col, select

from models.process.procurement import Award, Decision, Procurement


def summary(form: dict[str, object]) -> str:
    """Return the reason or comment of a form, and the hash of the whole, for the journal."""
    said = str(form.get("motif") or form.get("observation") or "")
    digest = hashlib.sha256(json.dumps(form, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return f"{said} [formulaire {digest[:16]}]".strip()


def written(session: Session, decision: Decision) -> str:
    """Return what the journal says of a decision: its reason, the hash of its form, its ground, what it ranked."""
    said = [summary(decision.form), decision.delegation, _ranking(session, decision)]
    return " ; ".join(filter(None, said))


def _ranking(session: Session, decision: Decision) -> str:
    """Return the hash of the ranking that the analysis made, empty for any other decision."""
    query = select(Award).where(Award.ref == decision.ref, Award.visit == decision.visit)
    if decision.stage != "analysis" or decision.answer != "approve":
        return ""
    query = query.order_by(col(Award.lot), col(Award.tender_number))
    rows = session.exec(query.execution_options(populate_existing=True)).all()  # as the database keeps them
    text = json.dumps([row.model_dump(mode="json") for row in rows], sort_keys=True, ensure_ascii=False)
    return f"classement {hashlib.sha256(text.encode()).hexdigest()}"


def reason(session: Session, procurement: Procurement) -> str:
    """Return the reason given by the last decision, empty when it gives none."""
    last = session.exec(
        select(Decision).where(Decision.ref == procurement.ref).order_by(col(Decision.id).desc())
    ).first()
    return str(last.form.get("motif", "")) if last else ""
