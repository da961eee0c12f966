"""A contract as files write it, and what is left of it once checked: corrections said, nonsense refused."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel

from models.contracts.raw import RawContract, RawHolder
from models.contracts.written_terms import lots_of, months_of, nature_of
from models.errors import BadInput
from models.law.days import last_day
from models.reading.accents import LOST, restored
from models.reading.figures import SCIENTIFIC, Convention, parse_amount, quoted, to_cents
from models.reading.identifiers import IdentifierKind, checked_cpv, checked_siret, identified
from models.reading.values import parse_date

OLDEST_YEAR = 1990
FURTHEST_END = 99  # years
ROUNDED = "en écriture scientifique : mettez la colonne au format Texte et saisissez le numéro de nouveau"
LARGEST = Decimal(5_000_000_000)


class Holder(BaseModel):
    """A holder once checked."""

    name: str
    siret: str | None = None
    siren: str | None = None
    kind: str = ""  # of the identifier: SIRET, SIREN, TVA, RIDET, TAHITI, HORS-UE, or nothing
    identifier: str = ""


class AmendmentRead(BaseModel):
    """An amendment once checked, EUR HT: the change, the total after it, the last day after it."""

    number: int
    lot: int = 1
    dated_on: date | None = None
    ground: str = ""
    subject: str = ""
    amount_ht: Decimal | None = None
    total_ht: Decimal | None = None
    new_ends_on: date | None = None


class ContractRead(BaseModel):
    """A contract once checked, before its family and its holders' keys are known."""

    line: int
    number: str
    lot: int
    objet: str
    family: str
    cpv: str
    nature: str
    procedure: str
    buyer_siret: str
    holders: list[Holder]
    amount_ht: Decimal | None
    minimum_ht: Decimal | None
    maximum_ht: Decimal | None
    notified_on: date | None
    starts_on: date | None
    duration_months: int | None
    ends_on: date | None
    amendments: list[AmendmentRead] = []
    corrections: list[str] = []


class Checking:
    """The check of one contract: each method returns a value and notes what it had to correct."""

    def __init__(
        self,
        raw: RawContract,
        vocabulary: frozenset[str],
        today: date,
        conventions: Sequence[Convention] = (),
    ) -> None:
        """Start with no correction."""
        self.raw = raw
        self.vocabulary = vocabulary
        self.today = today
        self.conventions = conventions
        self.corrections: list[str] = list(raw.notes)

    def contract(self) -> ContractRead:
        """Return the contract, or raise `BadInput` when one cannot tell which it is, whose or with whom."""
        raw = self.raw
        if not raw.number.strip():
            raise BadInput("numéro absent")
        if SCIENTIFIC.fullmatch(raw.number.strip()):
            raise BadInput(f"numéro « {quoted(raw.number)} » {ROUNDED}")
        if not raw.objet.strip():
            raise BadInput("objet absent")
        if not raw.buyer.strip():
            raise BadInput("acheteur absent")
        buyer_siret = self.buyer()
        holders = [one for one in map(self.holder, raw.holders) if one]
        if not holders:
            raise BadInput("titulaire absent")
        cpv = self.cpv()
        notified_on = self.day(raw.notified, "date de notification")
        starts_on = self.day(raw.starts, "date de début")
        months = self.months(raw.months)
        amount_ht = self.amount(raw.amount, "montant")
        return ContractRead(
            line=raw.line,
            number=" ".join(raw.number.split()),
            lot=self.lot(),
            objet=self.text(raw.objet, "objet"),
            family=raw.family.strip(),
            cpv=cpv,
            nature=nature_of(raw.nature, cpv),
            procedure=self.text(raw.procedure, "procédure"),
            buyer_siret=buyer_siret,
            holders=holders,
            amount_ht=amount_ht,
            minimum_ht=self.amount(raw.minimum, "minimum", zero=True),
            maximum_ht=self.amount(raw.maximum, "maximum"),
            notified_on=notified_on,
            starts_on=starts_on,
            duration_months=months,
            ends_on=self.end(starts_on or notified_on, months),
            amendments=self.amendments(amount_ht, starts_on or notified_on),
            corrections=self.corrections,
        )

    def correct(self, what: str) -> None:
        """Note a correction."""
        self.corrections.append(what)

    def text(self, text: str, what: str) -> str:
        """Return a text on one line, its lost accents given back where that is sure."""
        bare = " ".join(text.split())
        if LOST not in bare:
            return bare
        mended = restored(bare, self.vocabulary)
        doubt = " (« ? » : lettre perdue)" if "?" in mended and "?" not in bare else ""
        self.correct(f"{what} : accents perdus rétablis{doubt}, « {mended} »")
        return mended

    def buyer(self) -> str:
        """Return the SIRET of the buyer; with a wrong check digit it is kept, nothing else is known."""
        siret = _valid(checked_siret, self.raw.buyer)
        if siret:
            return siret
        digits = "".join(self.raw.buyer.split())
        if not re.fullmatch("[0-9]{14}", digits):
            raise BadInput(f"acheteur « {self.raw.buyer} » : ni un SIRET, ni un établissement du groupement")
        self.correct(f"SIRET de l'acheteur « {digits} » : clé de contrôle fausse, gardé tel quel")
        return digits

    def lot(self) -> int:
        """Return the number of the lot; a line of several lots was parted before."""
        found = lots_of(self.raw.lot)
        if found.remark and len(found.numbers) == 1:
            self.correct(found.remark)
        return found.numbers[0]

    def cpv(self) -> str:
        """Return the CPV as eight digits, or nothing."""
        if not self.raw.cpv.strip():
            return ""
        try:
            return checked_cpv(self.raw.cpv)
        except BadInput:
            self.correct(f"CPV « {self.raw.cpv.strip()} » incorrect : laissé vide")
            return ""

    def amount(self, text: str, what: str, *, zero: bool = False) -> Decimal | None:
        """Return an amount in EUR HT, or None when it is absent or means nothing."""
        if not text.strip():
            return None
        try:
            amount = to_cents(parse_amount(text, what, self.conventions))
        except BadInput as refusal:
            if "se lit" in str(refusal):  # one of two amounts: leaving it empty would hide it
                raise
            self.correct(f"{what} « {quoted(text)} » illisible : laissé vide")
            return None
        if (zero and amount == 0) or 0 < amount <= LARGEST:
            return amount
        self.correct(f"{what} {quoted(text)} impossible : laissé vide")
        return None

    def day(self, text: str, what: str) -> date | None:
        """Return a day; a year with swapped figures (0218) is mended when the file confirms it."""
        bare = text.strip()
        if not bare:
            return None
        try:
            day = parse_date(bare)
        except BadInput:
            self.correct(f"{what} « {bare} » illisible : laissée vide")
            return None
        if OLDEST_YEAR <= day.year <= self.today.year + 10:
            if bare not in (day.isoformat(), f"{day:%d/%m/%Y}"):
                self.correct(f"{what} « {bare} » lue {day:%d/%m/%Y}")
            return day
        year = self.likely_year(day.year)
        if year is None:
            self.correct(f"{what} « {bare} » impossible : laissée vide")
            return None
        mended = day.replace(year=year, day=min(day.day, 28) if day.month == 2 else day.day)
        self.correct(f"{what} « {bare} » corrigée en {mended:%d/%m/%Y}")
        return mended

    def likely_year(self, written: int) -> int | None:
        """Return the year that has the same figures, when the publication or the number says it too."""
        hints = {self.raw.published[:4], self.raw.number[:4]}
        years = {
            int(hint)
            for hint in hints
            if hint.isascii() and hint.isdigit() and OLDEST_YEAR <= int(hint) <= self.today.year
        }
        same = {year for year in years if sorted(f"{year:04}") == sorted(f"{written:04}")}
        return same.pop() if len(same) == 1 else None

    def amendments(self, amount: Decimal | None, start: date | None) -> list[AmendmentRead]:
        """Return the amendments, oldest first: each change is what its total adds to the one before."""
        found = []
        for rank, change in enumerate(self.raw.changes, 1):
            total = self.amount(change.amount, f"montant de la modification {rank}")
            months = self.months(change.months)
            found.append(
                AmendmentRead(
                    number=rank,
                    dated_on=self.day(change.notified, f"date de la modification {rank}"),
                    amount_ht=total - amount if total is not None and amount is not None else None,
                    total_ht=total,
                    new_ends_on=last_day(start, months) if start and months else None,
                )
            )
            amount = total if total is not None else amount
        return found

    def months(self, text: str) -> int | None:
        """Return a duration in months, or None when it is absent or means nothing."""
        if not text.strip():
            return None
        found = months_of(text)
        if found.remark:
            self.correct(found.remark)
        return found.number

    def end(self, start: date | None, months: int | None) -> date | None:
        """Return the last day of the contract: the one written, else from the start and the duration."""
        written = self.far_end() or self.day(self.raw.ends, "date de fin")
        if written and start and written < start:
            self.correct(f"date de fin {written:%d/%m/%Y} antérieure au début : recalculée")
            written = None
        return written or (last_day(start, months) if start and months else None)

    def far_end(self) -> date | None:
        """Return an end further than ten years, which a lease may have; 31/12/9999 is no end."""
        try:
            day = parse_date(self.raw.ends.strip())
        except BadInput:
            return None
        if not self.today.year + 10 < day.year <= self.today.year + FURTHEST_END:
            return None
        self.correct(f"date de fin lointaine, {day:%d/%m/%Y} : à vérifier")
        return day

    def holder(self, raw: RawHolder) -> Holder | None:
        """Return a holder, or None when nothing says who it is."""
        name = self.text(raw.name, "titulaire")
        found = identified(raw.identifier, raw.kind)
        if raw.identifier.strip() and found is None:
            self.correct(f"identifiant de titulaire « {quoted(raw.identifier)} » incorrect : laissé vide")
        if found and found.siren and found.kind is not IdentifierKind.SIRET:
            self.correct(f"SIREN tiré de « {quoted(raw.identifier)} »")
        if not name and not raw.identifier.strip():
            return None
        return Holder(
            name=name
            or (f"{found.kind} {found.value}" if found else f"Identifiant {quoted(raw.identifier)}"),
            siret=found.value if found and found.kind is IdentifierKind.SIRET else None,
            siren=found.siren if found else None,
            kind=found.kind.value if found else "",
            identifier=found.value if found else "",
        )


def _valid(check: Callable[[object], str], text: str) -> str | None:
    try:
        return check(text)
    except BadInput:
        return None
