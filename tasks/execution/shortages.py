"""Shortages: what ANSM says joined to the items of the contracts and to the stocks of the hospitals."""

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.contracts.register import Contract, ContractItem, StockLine
from models.errors import BadInput
from models.execution.medicines import Availability, AvailabilityChange, Status, transition
from models.execution.shortages import ShortageFinding, ShortageReport, level_of, way_out
from models.risks.register import Observation, Risk, RiskKind
from models.risks.watch import Finding
from tasks import clock
from tasks.connectors import bdpm
from tasks.execution import availability, stocks
from tasks.execution.medicine_files import read_folder
from tasks.risks import register
from tasks.settings import settings
from tasks.store import transaction

PREFIX, STOCK_PREFIX = "rupture:", "stock:"
TENTH = Decimal("0.1")
NAMED = 20  # unknown codes in a remark; all of them are in the report


class Case(BaseModel):
    """One medicine in trouble: its rows in the public file, the items and stocks concerned."""

    model_config = {"arbitrary_types_allowed": True}

    cis: str
    rows: list[Availability]
    items: list[ContractItem] = []
    lines: list[StockLine] = []

    @property
    def worst(self) -> Availability:
        """The gravest row."""
        return max(self.rows, key=lambda row: Status(row.status).gravity)

    @property
    def coverage(self) -> Decimal | None:
        """Days of stock of the establishment that has fewest, one decimal; None when it is not known."""
        houses: dict[str, list[StockLine]] = defaultdict(list)
        for line in self.lines:
            houses[line.establishment_siret].append(line)
        days = [found for found in map(_coverage, houses.values()) if found is not None]
        return min(days, default=None)


def _coverage(lines: list[StockLine]) -> Decimal | None:
    use = sum((Decimal(line.daily_use) for line in lines), Decimal())
    stock = sum((Decimal(line.usable) for line in lines), Decimal())
    return (stock / use).quantize(TENTH, ROUND_HALF_UP) if use > 0 else None


def report(folder: Path, stock_file: Path | None, on: date) -> ShortageReport:
    """Read a folder of the public database and a stock file, and return every shortage that stands.

    A file that cannot be read is said in the remarks: what was known before stays.
    """
    told = ShortageReport(jour=on.isoformat())
    if stock_file:
        _read_stocks(stock_file, on, told)
    with transaction() as session:
        try:
            snapshot = read_folder(folder)
        except BadInput as refusal:
            told.remarques.append(str(refusal))
        else:
            told.lignes_lues = len(snapshot.rows)
            told.lignes_refusees = [f"ligne {one.ligne} : {one.motif}" for one in snapshot.refused]
            told.remarques += availability.apply(session, snapshot, on).remarques
            told.codes_inconnus = availability.unknown(session, snapshot)
            if told.codes_inconnus:
                said = f"{len(told.codes_inconnus)} articles de marchés que la base publique ne connaît pas"
                told.remarques.append(f"{said} : {' ; '.join(told.codes_inconnus[:NAMED])}")
        told.ruptures = keep(session, on)
        told.retablies = _ended(session, on)
    return told


def _read_stocks(path: Path, on: date, told: ShortageReport) -> None:
    try:
        done = stocks.import_stocks(path, on)
    except BadInput as refusal:
        told.remarques.append(f"{refusal} Les stocks d'hier sont gardés.")
        return
    told.remarques += done.remarques
    told.remarques += [f"{done.fichier}, ligne {one.ligne} refusée : {one.motif}" for one in done.refuses]


def check(on: date) -> list[str]:
    """Keep the shortages that stand that day, from the last files read; fetch them first when an address is set."""
    if settings().bdpm_url and on == clock.today():
        return _fetched(settings().bdpm_url or "", on)
    with transaction() as session:
        keep(session, on)
    return []


def _fetched(url: str, on: date) -> list[str]:
    folder = settings().home / "bdpm"
    done = bdpm.fetch(url, folder)
    told = report(folder, None, on)
    return [*done.remarques, *told.lignes_refusees, *told.remarques]


def keep(session: Session, on: date) -> list[ShortageFinding]:
    """Keep a risk for each shortage, close those that ended, and return those that stand, the worst first."""
    troubled = cases(session)
    found = [one for case in troubled if (one := _judge(session, case, on))]
    found += _low_stocks(session, {line.id for case in troubled for line in case.lines}, on)
    keys = {one.cle for one in found}
    for risk in register.open_risks(session, RiskKind.STOCK_OUT):
        if risk.key not in keys:
            register.settle(session, risk, "approvisionnement rétabli", on, told=True)
    return sorted(found, key=lambda one: (-one.niveau.rank, one.couverture_jours or Decimal(9999), one.cle))


def cases(session: Session) -> list[Case]:
    """Return the medicines short, in tension or withdrawn that a contract or a stock concerns."""
    troubled = session.exec(
        select(Availability).where(
            col(Availability.status).in_([Status.SHORTAGE, Status.TENSION, Status.END])
        )
    ).all()
    if not troubled:
        return []
    by_cis: dict[str, list[Availability]] = defaultdict(list)
    for row in troubled:
        by_cis[row.cis].append(row)
    items, lines = _index(session)
    found = []
    for cis, rows in by_cis.items():
        concerned = [one for one in items[cis] if _matches(one.cip13, rows)]
        codes = {one.code for one in concerned}
        stock = [one for one in lines[cis] if _matches(one.cip13, rows) or one.item in codes]
        stock += [one for code in codes for one in lines[code] if one not in stock]
        if concerned or stock:
            matched = [row for row in rows if _row_concerns(row, [*concerned, *stock])] or rows
            found.append(Case(cis=cis, rows=matched, items=concerned, lines=stock))
    return found


def _index(session: Session) -> tuple[dict[str, list[ContractItem]], dict[str, list[StockLine]]]:
    items: dict[str, list[ContractItem]] = defaultdict(list)
    lines: dict[str, list[StockLine]] = defaultdict(list)
    for item in session.exec(select(ContractItem).where(col(ContractItem.cis).is_not(None))):
        items[item.cis or ""].append(item)
    for line in session.exec(select(StockLine)):
        lines[line.cis or line.item].append(line)
    return items, lines


def _matches(cip13: str | None, rows: list[Availability]) -> bool:
    """Return whether a presentation is concerned: by its CIP13, by its whole CIS, or not known finely."""
    return cip13 is None or any(row.cip13 in ("", cip13) for row in rows)


def _row_concerns(row: Availability, concerned: list[ContractItem | StockLine]) -> bool:
    return row.cip13 == "" or any(one.cip13 in (None, row.cip13) for one in concerned)


def _judge(session: Session, case: Case, on: date) -> ShortageFinding | None:
    row, coverage = case.worst, case.coverage
    rule = level_of(row.status, row.is_essential, coverage)
    if rule is None:
        return None
    now, ended = _contracts(session, case, on)
    if not now and not case.lines:
        return None  # nobody orders it any more
    action = way_out(
        row.status, row.is_essential, _others(session, case), any(one.at_holder_expense for one in case.items)
    )
    finding = ShortageFinding(
        cle=PREFIX + case.cis,
        niveau=rule.level,
        objet=_title(case),
        echeance=None,
        action=action,
        cis=case.cis,
        cip13=row.cip13,
        statut=Status(row.status).label,
        mitm=row.is_essential,
        couverture_jours=coverage,
        marches=now or ended,
        transition=_transition(session, row, on),
    )
    _record(session, finding, now[0].rpartition("/")[0] if now else None, rule.is_vital, on)
    return finding


def _contracts(session: Session, case: Case, on: date) -> tuple[list[str], list[str]]:
    """Return the contracts in force that provide a medicine, and those that have ended, with the day."""
    now, ended = set[str](), set[str]()
    for one in case.items:
        query = select(Contract).where(
            Contract.buyer_siret == one.buyer_siret, Contract.number == one.contract_number
        )
        rows = session.exec(query.where(Contract.lot == one.lot)).all()
        ends = max((row.ends_on for row in rows if row.ends_on), default=None)
        name = f"{one.contract_number}/{one.lot}"
        if ends is not None and ends < on:
            ended.add(f"{name} (échu le {ends:%d/%m/%Y})")
        else:
            now.add(name)
    return sorted(now), sorted(ended)


def _title(case: Case) -> str:
    row = case.worst
    name = row.name or next((one.label for one in case.items), "") or f"CIS {case.cis}"
    since = f" depuis le {row.started_on:%d/%m/%Y}" if row.started_on else ""
    return f"{name} : {Status(row.status).label.lower()}{since}"


def _others(session: Session, case: Case) -> list[str]:
    """Return the next-ranked holders and other lots that give the same item from another medicine."""
    codes = {one.code for one in case.items}
    if not codes:
        return []
    same = session.exec(select(ContractItem).where(col(ContractItem.code).in_(codes))).all()
    return sorted(
        {
            f"{one.holder} ({one.contract_number}, lot {one.lot}, rang {one.rank})"
            for one in same
            if one.cis != case.cis
        }
    )


def _transition(session: Session, row: Availability, on: date) -> str:
    change = session.exec(
        select(AvailabilityChange)
        .where(AvailabilityChange.cis == row.cis, AvailabilityChange.cip13 == row.cip13)
        .where(AvailabilityChange.on_day == on)
        .order_by(col(AvailabilityChange.id).desc())
    ).first()
    return transition(change.before, change.after) if change else ""


def _record(session: Session, finding: Finding, contract: str | None, is_vital: bool, on: date) -> None:
    seen = Observation(
        key=finding.cle,
        kind=RiskKind.STOCK_OUT,
        level=finding.niveau,
        title=finding.objet,
        action=finding.action,
        contract=contract,
        is_vital=is_vital,
    )
    register.record(session, seen, on)


def _low_stocks(session: Session, told: set[int | None], on: date) -> list[ShortageFinding]:
    """Return the items whose stock is nearly gone although ANSM says nothing of them."""
    found = []
    for line in session.exec(select(StockLine)):
        coverage = _coverage([line])
        rule = level_of(0, line.is_essential, coverage)
        if rule is None or line.id in told:
            continue
        finding = ShortageFinding(
            cle=f"{STOCK_PREFIX}{line.establishment_siret}:{line.item}",
            niveau=rule.level,
            objet=f"{line.label or line.item} : stock de {coverage} jours",
            echeance=None,
            action=way_out(0, line.is_essential, [], at_expense=False),
            cis=line.cis or "",
            cip13=line.cip13 or "",
            statut="Stock bas",
            mitm=line.is_essential,
            couverture_jours=coverage,
        )
        _record(session, finding, None, rule.is_vital, on)
        found.append(finding)
    return found


def _ended(session: Session, on: date) -> list[str]:
    query = select(Risk).where(Risk.kind == RiskKind.STOCK_OUT, Risk.changed_on == on)
    return [risk.key for risk in session.exec(query.where(col(Risk.closed_at).is_not(None)))]
