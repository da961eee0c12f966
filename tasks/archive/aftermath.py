"""What happened between a copy and its restoration, from all that remembers it; and the references that stay free."""

from datetime import UTC, datetime

from sqlmodel import Session, col, select

from models.archive.restorations import Restoration
from models.archive.since import FormerLife, Further, RunSeen, Since, Unsent
from models.outbox import Message
from models.process.procurement import Notice, Procurement
from tasks import clock

SMALL_MARGIN = 10  # when Prefect went on after the copy
MARGIN = 100  # numbers left free when nothing tells how many were given since the copy


def first_numbers(
    session: Session, copied_at: datetime, life: FormerLife | None, runs: list[RunSeen]
) -> dict[str, int]:
    """Return the first number free of each year: after what the former base knew, else a margin after all that is seen.

    A Prefect that went on after the copy knows nearly all that was opened since; an older one knows nothing of it.
    """
    refs = {
        *session.exec(select(Procurement.ref)),
        *(one.ref for one in runs),
        *(life.stages if life else ()),
    }
    first = raised({str(clock.today().year): 1, str(copied_at.year): 1}, refs)
    if life:
        return first
    margin = SMALL_MARGIN if any(one.created > copied_at for one in runs) else MARGIN
    return {year: number + margin for year, number in first.items()}


def raised(first: dict[str, int], refs: object) -> dict[str, int]:
    """Return the first numbers, raised above every reference seen."""
    found = dict(first)
    for one in refs:  # type: ignore[attr-defined]
        ref = one.ref if isinstance(one, RunSeen) else one
        year, _, number = ref.partition("-")
        if number.isdigit():
            found[year] = max(found.get(year, 1), int(number) + 1)
    return found


def since(session: Session, row: Restoration, life: FormerLife | None, runs: list[RunSeen]) -> Since:
    """Return the report of a restoration, as far as what remembers goes."""
    purchases = {one.ref: one.stage for one in session.exec(select(Procurement))}
    unsent = session.exec(
        select(Message)
        .where(col(Message.sent_at).is_(None))
        .order_by(col(Message.created_at), col(Message.key))
    ).all()
    keys = set(session.exec(select(Message.key)))
    known = {(one.ref, one.kind, one.version) for one in session.exec(select(Notice))}
    return Since(
        numero=row.number,
        copie=row.copy_name,
        copiee_le=row.copied_at,
        restauree_le=row.restored_at,
        messages=[
            Unsent(
                cle=one.key,
                destinataire=one.to,
                objet=one.subject,
                est_parti=one.key in life.sent if life else None,
            )
            for one in unsent
            if one.created_at <= row.restored_at
        ],
        partis_depuis=sorted(life.sent.keys() - keys) if life else [],
        publications=sorted(
            f"{ref} : {kind} (version {version})" for ref, kind, version in life.notices - known
        )
        if life
        else [],
        avances=_further(purchases, row, life, runs),
        inconnus=sorted({*(one.ref for one in runs), *(life.stages if life else ())} - purchases.keys()),
        premiers_numeros=row.first_numbers,
        lignes_perdues=life.lines - row.journal_seq if life else None,
    )


def _further(
    purchases: dict[str, str], row: Restoration, life: FormerLife | None, runs: list[RunSeen]
) -> list[Further]:
    later = {
        one.ref: one.stage
        for one in runs
        if one.stage and row.copied_at < one.created <= real(row.restored_at)
    }
    found = {ref: (stage, "Prefect") for ref, stage in later.items()}
    found |= {ref: (stage, "ancienne base") for ref, stage in (life.stages if life else {}).items()}
    return [
        Further(ref=ref, etape_copie=purchases[ref], etape_depuis=stage, source=source)
        for ref, (stage, source) in sorted(found.items())
        if ref in purchases and purchases[ref] != stage
    ]


def real(instant: datetime) -> datetime:
    """Return an instant of the application on the clock of Prefect."""
    return clock.real(instant).astimezone(UTC)
