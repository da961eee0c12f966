"""The register of contracts: imported, corrected or refused with a reason; twice changes nothing."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from sqlmodel import Session, select

from models.contracts.amendments import initial
from models.contracts.raw import RawContract, raw_amount
from models.contracts.reading import Checking, ContractRead
from models.contracts.register import Contract
from models.contracts.report import ContractReport, CorrectedLine
from models.errors import BadInput
from models.organisation.group import Establishment, EstablishmentKind, Family
from models.reading.accents import words_of
from models.reading.refusals import RefusedLine
from models.reading.values import fold
from tasks.clock import now, today
from tasks.contracts import amendments
from tasks.contracts.files import ContractFile, is_blank, read_contracts
from tasks.contracts.suppliers import Named, supplier_keys
from tasks.contracts.terms import alert_day
from tasks.organisation.lookup import family_of_cpv, find_establishment
from tasks.store import transaction

SHARED = set(ContractRead.model_fields) & set(Contract.model_fields)
KEPT_BY_THE_APPLICATION = {"id", "registered_at", "renewal_ref", "procurement_ref", "set_aside_on"}


def import_contracts(path: Path, kind: str | None = None) -> ContractReport:
    """Import a file of contracts (essential data, CSV or workbook) in one transaction.

    Raises `BadInput` for a file that cannot be read; a bad contract is refused with its reason.
    """
    file = read_contracts(path, kind)
    with transaction() as session:
        _Houses(session).settle(file.contracts)
        contracts, refused = _checked(file)
        report = _report(file, contracts, refused)
        _store(session, contracts, file, report)
        return report


class _Houses:
    """The buyer of each contract as a SIRET: written as FINESS or name, or left out for the support."""

    def __init__(self, session: Session) -> None:
        self.session = session
        support = select(Establishment.siret).where(Establishment.kind == EstablishmentKind.SUPPORT)
        self.support = session.exec(support).first() or ""

    def settle(self, contracts: Sequence[RawContract]) -> None:
        for raw in contracts:
            if not raw.buyer.strip():
                raw.buyer = self.support
            elif len("".join(filter(str.isdigit, raw.buyer))) != 14:
                raw.buyer = self._found(raw.buyer)

    def _found(self, text: str) -> str:
        try:
            return find_establishment(self.session, text).siret
        except BadInput:
            return text


def _checked(file: ContractFile) -> tuple[list[ContractRead], list[RefusedLine]]:
    vocabulary = words_of(
        text for raw in file.contracts for text in (raw.objet, *(h.name for h in raw.holders))
    )
    seen: dict[tuple[str, str, int], ContractRead] = {}
    refused: list[RefusedLine] = []
    for raw in file.contracts:
        try:
            contract = Checking(raw, vocabulary, today()).contract()
            first = seen.setdefault((contract.buyer_siret, contract.number, contract.lot), contract)
            if first is not contract:
                refused.append(RefusedLine(ligne=raw.line, motif=_twice(contract, first, file.kind)))
        except BadInput as refusal:
            if not is_blank(raw):
                refused.append(RefusedLine(ligne=raw.line, motif=str(refusal)))
    return list(seen.values()), refused


def _twice(contract: ContractRead, first: ContractRead, kind: str) -> str:
    where = f"{'rang' if kind == 'decp' else 'ligne'} {first.line}"
    if _content(contract) == _content(first):
        return f"doublon du contrat {contract.number} ({where})"
    return f"numéro {contract.number}, lot {contract.lot} déjà donné ({where}) avec un autre contenu"


def _content(contract: ContractRead) -> tuple[str, list[str]]:
    plain = contract.model_dump_json(exclude={"line", "holders", "corrections"})
    return plain, sorted(one.model_dump_json() for one in contract.holders)


def _report(
    file: ContractFile, contracts: Sequence[ContractRead], refused: list[RefusedLine]
) -> ContractReport:
    amounts = {raw.line: raw_amount(raw) for raw in file.contracts}
    read = sum(amounts.values(), Decimal("0.00"))
    kept = sum((one.amount_ht or Decimal(0) for one in contracts), Decimal("0.00"))
    lost = sum((amounts[one.ligne] for one in refused), Decimal("0.00"))
    return ContractReport(
        fichier=file.name,
        format=file.kind,
        lus=len(contracts) + len(refused),
        acceptes=len(contracts),
        corriges=[
            CorrectedLine(ligne=one.line, numero=one.number, corrections=one.corrections)
            for one in contracts
            if one.corrections
        ],
        refuses=refused,
        sans_fin=sum(one.ends_on is None for one in contracts),
        total_lu=read,
        total_accepte=kept,
        total_refuse=lost,
        total_ecarte=read - kept - lost,
    )


def _store(
    session: Session, contracts: Sequence[ContractRead], file: ContractFile, report: ContractReport
) -> None:
    keys = supplier_keys(session, (Named(one.name, one.siren) for read in contracts for one in read.holders))
    families = {
        fold(name): one.code for one in session.exec(select(Family)) for name in (one.code, one.label)
    }
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for read in contracts:
        totals[read.buyer_siret, read.number] += read.maximum_ht or read.amount_ht or Decimal(0)
    for read in contracts:
        family = families.get(fold(read.family)) or family_of_cpv(session, read.cpv)
        report.sans_famille += family is None
        alert_on = alert_day(read.ends_on, read.nature, totals[read.buyer_siret, read.number])
        shared = Contract(
            **read.model_dump(include=SHARED),
            family_code=family,
            holder="",
            alert_on=alert_on,
            source=f"{file.kind}:{file.name}",
            remarks=" ; ".join(read.corrections),
            registered_at=now(),
        )
        changed = amendments.store(session, read.buyer_siret, read.number, read.amendments, shared.source)
        report.avenants += changed
        _keep(session, _rows(shared, read, keys), report, is_amended=changed > 0)
    amendments.apply_all(session, {(read.buyer_siret, read.number) for read in contracts})


def _rows(shared: Contract, read: ContractRead, keys: dict[Named, str]) -> list[Contract]:
    """Return one row per holder, each supplier once; the first one carries the amounts."""
    rows: dict[str, Contract] = {}
    for holder in read.holders:
        key = keys[Named(holder.name, holder.siren)]
        if key not in rows:
            rows[key] = Contract(
                **shared.model_dump(exclude={"id", "holder", "holder_siret", "holder_key", "holder_rank"}),
                holder=holder.name,
                holder_siret=holder.siret,
                holder_key=key,
                holder_rank=len(rows) + 1,
            )
    for row in list(rows.values())[1:]:
        row.amount_ht = row.minimum_ht = row.maximum_ht = None
    return list(rows.values())


def _keep(session: Session, rows: Sequence[Contract], report: ContractReport, *, is_amended: bool) -> None:
    """Add or update one contract; what the application wrote on it (renewal, procurement) stays."""
    first = rows[0]
    known = session.exec(
        select(Contract).where(
            Contract.buyer_siret == first.buyer_siret,
            Contract.number == first.number,
            Contract.lot == first.lot,
        )
    ).all()
    by_holder = {row.holder_key: row for row in known}
    if any(row.procurement_ref for row in known) or _same(known, rows):
        report.inchanges += not is_amended
        report.modifies += is_amended
        return
    report.modifies += bool(known)
    report.ajoutes += not known
    for row in rows:
        old = by_holder.pop(row.holder_key, None)
        if old is None:
            session.add(row)
        else:
            if old.ends_on != row.ends_on:
                old.set_aside_on = None  # with another end it is another term
            old.sqlmodel_update(row.model_dump(exclude=KEPT_BY_THE_APPLICATION))
            session.add(old)
    for gone in by_holder.values():
        session.delete(gone)
    session.flush()


def _same(known: Sequence[Contract], rows: Sequence[Contract]) -> bool:
    """Return whether a file says of a contract what it said before; its amendments are compared apart."""
    ignored = KEPT_BY_THE_APPLICATION | amendments.WRITTEN | {"source"}
    if any(row.amendment_count for row in known):
        ignored.add("alert_on")

    def plain(many: Sequence[Contract]) -> dict[str, dict[str, object]]:
        return {row.holder_key: row.model_dump(exclude=ignored) | initial(row)._asdict() for row in many}

    return plain(known) == plain(rows)
