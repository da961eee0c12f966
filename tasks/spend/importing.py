"""Spend of the group: imported once per content, with totals that reconcile to the cent."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sqlmodel import Session, SQLModel, col, delete, insert, select

from models.errors import BadInput, Failure
from models.journal import Fact
from models.organisation.group import Family, FamilyWord
from models.reading.refusals import RefusedLine
from models.reading.values import fold
from models.spend.lines import ImportReport, SpendFile, SpendLine, SpendRefusal
from models.spend.reading import SpendRead
from tasks import journal
from tasks.clock import now, today
from tasks.contracts.suppliers import Named, Prepared, prepare, record
from tasks.organisation.lookup import family_of_cpv, find_establishment, find_family
from tasks.spend.reading import Recognition, SpendReading, read_spend
from tasks.store import reading, transaction

BATCH = 5_000
BY_COLUMN = "colonne"
AUTOMATIC = "auto"


Cells = dict[str, object]


class _Ready(NamedTuple):
    """What is to be written, worked out before the database is locked."""

    suppliers: Prepared
    lines: list[list[Cells]]


def import_spend(
    path: Path,
    establishment: str,
    family: str,
    mapping: dict[str, str],
    *,
    replace: bool = False,
    actor: str = journal.APPLICATION,
) -> ImportReport:
    """Import a spend file; a content already imported changes nothing, unless it is to be replaced.

    `establishment` is a SIRET, a FINESS or « colonne » (a column says it on each line); `family` is a code or
    « auto » (from a column when there is one, else from the words of the label). Raises `BadInput`.
    """
    with reading() as session:
        recognition = Recognition(
            establishment=_establishment_reader(session, establishment, mapping),
            family=_family_reader(session, family),
            today=today(),
        )
        found = read_spend(path, mapping, recognition)
    if found.total_kept + found.total_refused != found.total_read:
        raise Failure(f"Les totaux de {found.name} ne se recoupent pas : rien n'a été importé.")
    for is_last in (False, False, True):
        ready = _prepared(found, replace=replace)
        with transaction() as session:  # the lock of the database: everything above was done without it
            known = session.get(SpendFile, found.sha256)
            if known and not replace:
                return _known_report(session, known)
            if not ready.suppliers.is_current(session):
                if not is_last:
                    continue
                ready = _ready(session, found)
            if known:
                _forget(session, known)
            _store(session, found, ready)
            _say(session, found, actor)
            break
    return _report(found)


def _prepared(found: SpendReading, *, replace: bool) -> _Ready:
    with reading() as session:
        if session.get(SpendFile, found.sha256) and not replace:
            return _Ready(prepare(session, ()), [])
        return _ready(session, found)


def _say(session: Session, found: SpendReading, actor: str) -> None:
    read = len(found.kept) + len(found.refused)
    said = f"{len(found.kept)} lignes sur {read}, {found.total_kept} EUR, sha256 {found.sha256}"
    entry = journal.Entry(
        fact=Fact.IMPORT, actor=actor, subject="dépenses", after=found.name[:200], reason=said
    )
    journal.write(session, entry)


def _establishment_reader(session: Session, wanted: str, mapping: dict[str, str]) -> Callable[[str], str]:
    if fold(wanted) != BY_COLUMN:
        if "etablissement" in mapping:
            raise BadInput("--colonne etablissement=… ne sert qu'avec --etablissement colonne.")
        siret = find_establishment(session, wanted).siret
        return lambda _: siret

    def from_cell(cell: str) -> str:
        if not cell:
            raise BadInput("établissement absent")
        try:
            return find_establishment(session, cell).siret
        except BadInput as error:
            raise BadInput(f"établissement « {cell} » inconnu") from error

    return from_cell


def _family_reader(session: Session, wanted: str) -> Callable[[str, str], str | None]:
    if fold(wanted) != AUTOMATIC:
        code = find_family(session, wanted).code
        return lambda _cell, _label: code
    families = session.exec(select(Family).order_by(col(Family.code))).all()
    names = {fold(name): one.code for one in families for name in (one.code, one.label)}
    words = {
        row.word: row.family_code for row in session.exec(select(FamilyWord).order_by(col(FamilyWord.word)))
    }
    pattern = _words_pattern(list(words))

    @lru_cache(maxsize=50_000)
    def recognised(cell: str, label: str) -> str | None:
        if fold(cell) in names:
            return names[fold(cell)]
        if re.fullmatch(r"\d{8}(-\d)?", cell):
            return family_of_cpv(session, cell[:8])
        found = pattern.search(fold(f"{cell} {label}")) if pattern else None
        return words[found[1]] if found else None

    return recognised


def _words_pattern(words: list[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds a whole word or phrase, plural included; the longest first."""
    if not words:
        return None
    choices = "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
    return re.compile(rf"\b({choices})(?:s|x|es)?\b")


def _ready(session: Session, found: SpendReading) -> _Ready:
    suppliers = prepare(session, (Named(one.supplier, one.siren) for one in found.kept))
    return _Ready(suppliers, list(_batches(_rows(found, suppliers.keys))))


def _store(session: Session, found: SpendReading, ready: _Ready) -> None:
    record(session, ready.suppliers)
    session.add(
        SpendFile(
            sha256=found.sha256,
            name=found.name,
            imported_at=now(),
            lines_read=len(found.kept) + len(found.refused),
            lines_kept=len(found.kept),
            lines_refused=len(found.refused),
            lines_ignored=found.ignored,
            total_read=found.total_read,
            total_kept=found.total_kept,
        )
    )
    session.flush()
    lines = insert(SQLModel.metadata.tables["spend_line"])  # the table: a third faster than the class
    for batch in ready.lines:
        session.execute(lines, batch)
    for batch in _batches(_refusals(found)):
        session.execute(insert(SpendRefusal), batch)


def _rows(found: SpendReading, keys: dict[Named, str]) -> Iterator[Cells]:
    for one in found.kept:
        yield _cells(one, found.sha256, keys[Named(one.supplier, one.siren)])


def _cells(one: SpendRead, sha256: str, key: str) -> Cells:
    return {
        "file_sha256": sha256,
        "line_number": one.line,
        "establishment_siret": one.establishment_siret,
        "family_code": one.family_code,
        "supplier": one.supplier,
        "supplier_key": key,
        "paid_on": one.paid_on,
        "amount": one.amount,
        "label": one.label,
        "contract_number": one.contract_number,
    }


def _refusals(found: SpendReading) -> Iterator[Cells]:
    for one in found.refused:
        yield {"file_sha256": found.sha256, "line_number": one.ligne, "reason": one.motif}


def _batches(rows: Iterator[Cells]) -> Iterator[list[Cells]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _forget(session: Session, known: SpendFile) -> None:
    session.execute(delete(SpendLine).where(col(SpendLine.file_sha256) == known.sha256))
    session.execute(delete(SpendRefusal).where(col(SpendRefusal.file_sha256) == known.sha256))
    session.delete(known)
    session.flush()


def _report(found: SpendReading) -> ImportReport:
    return ImportReport(
        fichier=found.name,
        lus=len(found.kept) + len(found.refused),
        acceptes=len(found.kept),
        ignores=found.ignored,
        refuses=found.refused,
        remarques=found.remarks,
        total_lu=found.total_read,
        total_accepte=found.total_kept,
        total_refuse=found.total_refused,
    )


def _known_report(session: Session, known: SpendFile) -> ImportReport:
    refusals = session.exec(
        select(SpendRefusal)
        .where(SpendRefusal.file_sha256 == known.sha256)
        .order_by(col(SpendRefusal.line_number))
    )
    return ImportReport(
        fichier=known.name,
        lus=known.lines_read,
        acceptes=known.lines_kept,
        ignores=known.lines_ignored,
        refuses=[RefusedLine(ligne=one.line_number, motif=one.reason) for one in refusals],
        remarques=[f"Contenu déjà importé le {known.imported_at:%d/%m/%Y} : rien n'a changé."],
        deja_importe=True,
        total_lu=known.total_read,
        total_accepte=known.total_kept,
        total_refuse=known.total_read - known.total_kept,
    )
