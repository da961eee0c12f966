"""The shared diagnostic of a family, drawn from the imported spend and the register of contracts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import sqlalchemy
from sqlmodel import Session, col, func, select

from models.contracts.register import Contract
from models.contracts.suppliers import Supplier
from models.organisation.group import Establishment, Family
from models.process.procurement import Procurement
from models.reading.values import fold
from models.spend.diagnosis import (
    TOP,
    ZERO,
    Breakdown,
    ContractLine,
    Cover,
    Coverage,
    Diagnostic,
    Line,
    Names,
    OutsideSupplier,
    breakdown,
    by_establishment,
    by_year,
    coverage,
    part,
    total_of,
)
from models.spend.lines import SpendLine
from tasks import clock
from tasks.organisation.lookup import find_family
from tasks.process import filing
from tasks.spend.workbook import write_workbook
from tasks.steps import step
from tasks.store import reading


def diagnose(family_code: str, on: date) -> Diagnostic:
    """Return the diagnostic of a family on a day, from what was paid until that day. Raises `BadInput`."""
    with reading() as session:
        family = find_family(session, family_code)
        lines = _lines(session, family.code, on)
        houses = session.exec(select(Establishment)).all()
        contracts = _contracts(session, family.code, [one.siret for one in houses])
        keys = {line.supplier_key for line in lines}
        suppliers = {one.key: one.name for one in session.exec(select(Supplier)) if one.key in keys}
        names = Names({one.siret: one.name for one in houses}, suppliers)
        unclassified = session.exec(
            select(func.count()).select_from(SpendLine).where(col(SpendLine.family_code).is_(None))
        ).one()
    judged = _judged(lines, _covers(contracts, houses))
    return _diagnostic(family, on, judged, contracts, names).model_copy(
        update={"unclassified_lines": unclassified}
    )


class _Judged:
    """The lines of the family, sorted by how they stand to the contracts."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.by_coverage: dict[Coverage, list[Line]] = defaultdict(list)
        self.spent: dict[tuple[str, int], Decimal] = defaultdict(lambda: ZERO)


def _lines(session: Session, family: str, on: date) -> list[Line]:
    wanted = sqlalchemy.select(
        col(SpendLine.establishment_siret),
        col(SpendLine.supplier_key),
        col(SpendLine.paid_on),
        col(SpendLine.amount),
        col(SpendLine.contract_number),
    ).where(col(SpendLine.family_code) == family, col(SpendLine.paid_on) <= on)
    return [Line(*row) for row in session.execute(wanted)]


def _contracts(session: Session, family: str, houses: Sequence[str]) -> list[Contract]:
    return list(
        session.exec(
            select(Contract)
            .where(Contract.family_code == family, col(Contract.buyer_siret).in_(houses))
            .order_by(
                col(Contract.ends_on), col(Contract.number), col(Contract.lot), col(Contract.holder_rank)
            )
        )
    )


def _covers(contracts: Sequence[Contract], houses: Sequence[Establishment]) -> list[Cover]:
    members = {one.siret for one in houses if not one.is_support}
    return [
        Cover(
            number=one.number,
            lot=one.lot,
            holder_key=one.holder_key,
            establishment_siret=one.buyer_siret if one.buyer_siret in members else None,
            starts_on=one.starts_on or one.notified_on,
            ends_on=one.ends_on,
        )
        for one in contracts
    ]


def _judged(lines: Sequence[Line], covers: Sequence[Cover]) -> _Judged:
    """Sort the lines: the contract that a line names, else the contracts of its supplier."""
    by_number: dict[str, list[Cover]] = defaultdict(list)
    by_holder: dict[str, list[Cover]] = defaultdict(list)
    for cover in covers:
        by_number[fold(cover.number)].append(cover)
        by_holder[cover.holder_key].append(cover)
    judged = _Judged()
    for line in lines:
        named = by_number.get(fold(line.contract_number)) if line.contract_number else None
        candidates = sorted(named or (), key=lambda cover: cover.holder_key != line.supplier_key)
        found, under = coverage(line, candidates or by_holder[line.supplier_key])
        judged.lines.append(line)
        judged.by_coverage[found].append(line)
        if under:
            judged.spent[under.number, under.lot] += line.amount
    return judged


def _diagnostic(
    family: Family, on: date, judged: _Judged, contracts: Sequence[Contract], names: Names
) -> Diagnostic:
    lines, whole = judged.lines, total_of(judged.lines)
    suppliers = breakdown(lines, lambda line: line.supplier_key, names.suppliers)
    outside = judged.by_coverage[Coverage.AFTER_END] + judged.by_coverage[Coverage.NONE]
    return Diagnostic(
        family=family.code,
        label=family.label,
        on=on,
        first_paid_on=min((line.paid_on for line in lines), default=None),
        last_paid_on=max((line.paid_on for line in lines), default=None),
        total=whole,
        lines=len(lines),
        supplier_count=len(suppliers),
        establishments=by_establishment(lines, names.establishments),
        suppliers=_top(suppliers, whole),
        years=by_year(lines),
        outside=part("hors_marche", outside, "Hors marché", whole),
        outside_suppliers=_outside(judged, whole, names),
        contracts=[_contract_line(one, on, judged, names) for one in contracts],
        unclassified_lines=0,
    )


def _top(suppliers: Sequence[Breakdown], whole: Decimal) -> list[Breakdown]:
    """Return the largest suppliers, the others together at the end, so that the sum is the whole."""
    others = suppliers[TOP:]
    if not others:
        return list(suppliers)
    amount = sum((one.amount for one in others), ZERO)
    share = (
        Decimal("100.0") - sum((one.share for one in suppliers[:TOP]), Decimal(0))
        if whole > 0
        else Decimal("0.0")
    )
    rest = Breakdown(
        key="autres",
        label=f"{len(others)} autres fournisseurs",
        amount=amount,
        lines=sum(one.lines for one in others),
        share=share,
    )
    return [*suppliers[:TOP], rest]


def _outside(judged: _Judged, whole: Decimal, names: Names) -> list[OutsideSupplier]:
    found = [
        OutsideSupplier(**one.model_dump(), reason=reason)
        for reason in (Coverage.AFTER_END, Coverage.NONE)
        for one in breakdown(
            judged.by_coverage[reason], lambda line: line.supplier_key, names.suppliers, whole
        )
    ]
    return sorted(found, key=lambda one: (-one.amount, one.key, one.reason))


def _contract_line(one: Contract, on: date, judged: _Judged, names: Names) -> ContractLine:
    return ContractLine(
        number=one.number,
        lot=one.lot,
        objet=one.objet,
        holder=one.holder,
        buyer=names.establishments.get(one.buyer_siret, one.buyer_siret),
        amount_ht=one.amount_ht,
        maximum_ht=one.maximum_ht,
        notified_on=one.notified_on,
        ends_on=one.ends_on,
        days_left=(one.ends_on - on).days if one.ends_on else None,
        spent=judged.spent[one.number, one.lot] if one.holder_rank == 1 else ZERO,
    )


@step("Établir le diagnostic partagé")
def write_diagnostic(ref: str, visit: int) -> None:
    """Write what the group spends in the family: establishments, suppliers, years, and what escapes contracts."""
    with reading() as session:
        family = session.get_one(Procurement, ref).family_code
    found = diagnose(family, clock.today())
    filing.keep(
        filing.Paper(
            ref=ref,
            kind="diagnostic",
            title="Diagnostic partagé de la famille",
            folder="preparation",
            file_name=f"{ref}-diagnostic-v{visit}.xlsx",
            content=write_workbook(found),
            version=visit,
        )
    )
