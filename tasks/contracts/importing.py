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
from models.contracts.written_terms import lots_of
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
        _Houses(session).settle(file)
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

    def settle(self, file: ContractFile) -> None:
        for raw in file.contracts:
            if not raw.buyer.strip():
                raw.buyer = (
                    "" if file.kind == "decp" else self.support
                )  # essential data always name the buyer
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
    register = _Register(file.kind)
    refused = list(file.refused)
    for raw in sorted(
        file.contracts, key=lambda one: one.published, reverse=True
    ):  # the newest publication first
        try:
            parts = [Checking(one, vocabulary, today(), file.conventions).contract() for one in _lots(raw)]
            register.take(parts, raw)
        except BadInput as refusal:
            if not is_blank(raw):
                refused.append(RefusedLine(ligne=raw.line, motif=str(refusal)))
    return sorted(register.contracts, key=lambda one: one.line), sorted(refused, key=lambda one: one.ligne)


def _lots(raw: RawContract) -> list[RawContract]:
    """Return one contract for each lot that a line names; the first carries the amounts of all."""
    found = lots_of(raw.lot)
    if len(found.numbers) == 1:
        return [raw]
    first = raw.model_copy(update={"lot": str(found.numbers[0]), "notes": [*raw.notes, found.remark]})
    bare = {"amount": "", "minimum": "", "maximum": "", "changes": []}
    return [first, *(raw.model_copy(update={**bare, "lot": str(one)}) for one in found.numbers[1:])]


class _Register:
    """The contracts of one file: a number and a lot once, its other holders on lines of their own."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._seen: dict[tuple[str, str, int], tuple[ContractRead, RawContract]] = {}

    @property
    def contracts(self) -> list[ContractRead]:
        return [contract for contract, _ in self._seen.values()]

    def take(self, parts: Sequence[ContractRead], raw: RawContract) -> None:
        """Take the contracts of a line, all or none; a line that says another holder of one completes it."""
        keys = [(one.buyer_siret, one.number, one.lot) for one in parts]
        known = [self._seen[key] for key in keys if key in self._seen]
        if not known:
            self._seen.update({key: (one, raw) for key, one in zip(keys, parts, strict=True)})
            return
        first, written = known[0]
        if len(known) == len(parts) == 1 and self.kind != "decp" and _is_other_holder(raw, written):
            first.holders += [one for one in parts[0].holders if one not in first.holders]
            return
        raise BadInput(self._refusal(parts[0], first, raw, written))

    def _refusal(
        self, contract: ContractRead, first: ContractRead, raw: RawContract, was: RawContract
    ) -> str:
        where = f"{'rang' if self.kind == 'decp' else 'ligne'} {first.line}"
        if _content(contract) == _content(first):
            return f"doublon du contrat {contract.number} ({where})"
        if raw.published < was.published:
            return (
                f"contrat {contract.number} : publication plus ancienne que celle du {where}, qui l'emporte"
            )
        return f"numéro {contract.number}, lot {contract.lot} déjà donné ({where}) avec un autre contenu"


def _is_other_holder(raw: RawContract, first: RawContract) -> bool:
    """Return whether a line says of a contract only another holder: what it repeats is the same, the rest is empty."""
    apart = {"line", "holders", "notes"}
    was = first.model_dump(exclude=apart)
    same = all(not value or value == was[name] for name, value in raw.model_dump(exclude=apart).items())
    return same and {fold(one.name) for one in raw.holders} != {fold(one.name) for one in first.holders}


def _content(contract: ContractRead) -> tuple[str, list[str]]:
    plain = contract.model_dump_json(exclude={"line", "holders", "corrections"})
    return plain, sorted(one.model_dump_json() for one in contract.holders)


def _report(
    file: ContractFile, contracts: Sequence[ContractRead], refused: list[RefusedLine]
) -> ContractReport:
    amounts = {raw.line: raw_amount(raw, file.conventions) for raw in file.contracts}
    lines = sum(1 for raw in file.contracts if not is_blank(raw)) + len(file.refused)
    read = sum(amounts.values(), Decimal("0.00"))
    kept = sum((one.amount_ht or Decimal(0) for one in contracts), Decimal("0.00"))
    lost = sum((amounts.get(one.ligne, Decimal(0)) for one in refused), Decimal("0.00"))
    return ContractReport(
        fichier=file.name,
        format=file.kind,
        lus=lines,
        acceptes=lines - len(refused),
        ignores=file.ignored + sum(1 for raw in file.contracts if is_blank(raw)),
        remarques=file.remarks,
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
                **shared.model_dump(
                    exclude={
                        "id",
                        "holder",
                        "holder_siret",
                        "holder_id_kind",
                        "holder_id",
                        "holder_key",
                        "holder_rank",
                    }
                ),
                holder=holder.name,
                holder_siret=holder.siret,
                holder_id_kind=holder.kind,
                holder_id=holder.identifier,
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
