"""Snapshots of the public database of medicines: read once, compared with the last one, never losing an alert."""

from datetime import date

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.contracts.register import ContractItem, StockLine
from models.execution.medicines import (
    Availability,
    AvailabilityChange,
    AvailabilityFile,
    AvailabilityRow,
    Snapshot,
)
from tasks.clock import now

SUSPICIOUS_SHARE = 2  # a file with less than half of the lines of the last one is taken for a cut one


class Applied(BaseModel):
    """What a snapshot changed: transitions by CIS, and what is to be said of the file."""

    transitions: int = 0
    remarques: list[str] = []


def apply(session: Session, snapshot: Snapshot, on: date) -> Applied:
    """Bring the known availability to a snapshot; a cut, older or repeated file takes no alert away."""
    _enrich(session, snapshot)
    done = Applied(remarques=_remarks(snapshot, on))
    last = session.exec(select(AvailabilityFile).order_by(col(AvailabilityFile.on_day).desc())).first()
    same = session.get(AvailabilityFile, snapshot.sha256)
    if same:
        done.remarques.append(f"relevé déjà lu le {same.on_day:%d/%m/%Y} : rien ne change")
        return done
    if last and on < last.on_day:
        done.remarques.append(
            f"relevé du {on:%d/%m/%Y} plus ancien que celui du {last.on_day:%d/%m/%Y} : il n'est pas pris"
        )
        return done
    cut = snapshot.is_truncated or bool(last and len(snapshot.rows) * SUSPICIOUS_SHARE < last.rows)
    if cut:
        done.remarques.append("relevé tronqué : les alertes qu'il ne cite plus sont gardées")
    done.transitions = _compare(session, snapshot, on, cut)
    session.add(
        AvailabilityFile(
            sha256=snapshot.sha256,
            on_day=on,
            rows=len(snapshot.rows),
            refused=len(snapshot.refused),
            is_truncated=cut,
            read_at=now(),
        )
    )
    return done


def _remarks(snapshot: Snapshot, on: date) -> list[str]:
    later = sum(1 for row in snapshot.rows if row.updated_on and row.updated_on > on)
    if not later:
        return []
    return [
        f"{later} lignes mises à jour après le {on:%d/%m/%Y} : relevé plus récent que le jour de la veille"
    ]


def worst_rows(snapshot: Snapshot) -> dict[tuple[str, str], AvailabilityRow]:
    """Return one row per medicine: the gravest when the file has several, then the latest."""
    found: dict[tuple[str, str], AvailabilityRow] = {}
    for row in snapshot.rows:
        known = found.get((row.cis, row.cip13))
        if known is None or _weight(row) > _weight(known):
            found[row.cis, row.cip13] = row
    return found


def _weight(row: AvailabilityRow) -> tuple[int, date]:
    return row.status.gravity, row.updated_on or date.min


def _compare(session: Session, snapshot: Snapshot, on: date, cut: bool) -> int:
    known = {(one.cis, one.cip13): one for one in session.exec(select(Availability))}
    rows, changes = worst_rows(snapshot), 0
    for key, row in rows.items():
        old = known.get(key)
        before = old.status if old else 0
        if before != row.status:
            session.add(
                AvailabilityChange(cis=row.cis, cip13=row.cip13, on_day=on, before=before, after=row.status)
            )
            changes += 1
        session.merge(_availability(row, snapshot, on))
    for key in set() if cut else known.keys() - rows.keys():
        gone = known[key]
        session.add(
            AvailabilityChange(cis=gone.cis, cip13=gone.cip13, on_day=on, before=gone.status, after=0)
        )
        session.delete(gone)
        changes += 1
    return changes


def _availability(row: AvailabilityRow, snapshot: Snapshot, on: date) -> Availability:
    return Availability(
        cis=row.cis,
        cip13=row.cip13,
        status=int(row.status),
        name=snapshot.names.get(row.cis, ""),
        is_essential=row.cis in snapshot.essential,
        started_on=row.started_on,
        updated_on=row.updated_on,
        link=row.link,
        seen_on=on,
    )


def _enrich(session: Session, snapshot: Snapshot) -> None:
    """Complete items and stocks known by CIP13 alone with their CIS, and stocks with their weight for care."""
    known = snapshot.cis_of_cip13
    for item in session.exec(select(ContractItem).where(col(ContractItem.cis).is_(None))):
        item.cis = known.get(item.cip13 or "")
    for line in session.exec(select(StockLine).where(col(StockLine.cis).is_(None))):
        line.cis = known.get(line.cip13 or "")
    for stock in session.exec(select(StockLine).where(col(StockLine.cis).is_not(None))):
        if snapshot.essential:
            stock.is_essential = stock.cis in snapshot.essential
    session.flush()


def unknown(session: Session, snapshot: Snapshot) -> list[str]:
    """Return the items whose codes the public base does not know, or whose codes name two medicines, one by one.

    Nothing is said of codes that the files given cannot tell: names for the CIS, presentations for the CIP13.
    """
    rows = session.exec(
        select(ContractItem).order_by(
            col(ContractItem.contract_number), col(ContractItem.lot), col(ContractItem.code)
        )
    )
    return [
        f"{one.contract_number}/{one.lot} {one.code} : {why}"
        for one in rows
        if (why := _doubt(one, snapshot))
    ]


def _doubt(item: ContractItem, snapshot: Snapshot) -> str:
    if item.ucd13 and not item.cis and not item.cip13:
        return f"UCD13 {item.ucd13}, que la base publique ne donne pas : ajoutez le CIS"
    if item.cis and snapshot.names and item.cis not in snapshot.names:
        return f"CIS {item.cis} inconnu"
    if item.cip13 and snapshot.cis_of_cip13:
        cis = snapshot.cis_of_cip13.get(item.cip13)
        if cis is None:
            return f"CIP13 {item.cip13} inconnu"
        if item.cis and item.cis != cis:
            return f"CIP13 {item.cip13} du CIS {cis}, pas du CIS {item.cis}"
    return ""
