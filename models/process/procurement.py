"""A procurement, where it stands, and what belongs to it: visits, seats, decisions, lots, needs, tenders, documents."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

from sqlmodel import JSON, Column, Field, Index, SQLModel, UniqueConstraint, text

from models.columns import Money, UTCDateTime
from models.law.regime import Regime
from models.searching import Searched, searched


@searched("objet", "ref")
class Procurement(Searched, table=True):
    """One purchase of the group, from the need to the notification; `stage` and `version` move by compare-and-set."""

    ref: str = Field(primary_key=True, max_length=20)  # 2026-017
    objet: str
    family_code: str = Field(foreign_key="family.code", index=True)
    cpv: str
    nature: str
    amount_ht: Decimal = Field(sa_type=Money)  # estimated value, EUR HT, whole duration, all members
    duration_months: int
    starts_on: date | None = None  # day on which the contract must start
    stage: str = Field(index=True)
    visit: int = 1
    version: int = 1
    process_version: int
    buyer_email: str | None = Field(default=None, foreign_key="person.email")
    renews: str | None = Field(default=None, unique=True)  # contract and term that this procurement renews
    opened_at: datetime = Field(sa_type=UTCDateTime)
    strategy: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    regime: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    launched_on: date | None = None  # from this day the regime is frozen
    tenders_due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    rejection_sent_on: date | None = None
    standstill_ends_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    signed_on: date | None = None
    notified_on: date | None = None

    @property
    def title(self) -> str:
        """Return the reference and the object, as runs and messages name the procurement."""
        return f"{self.ref} · {self.objet}"

    @property
    def legal_regime(self) -> Regime | None:
        """Return the legal regime, None before it is known."""
        return Regime.model_validate(self.regime) if self.regime else None


class StageVisit(SQLModel, table=True):
    """One stay of a procurement at a stage: the dated timeline. `settled_at` is when everything it starts was done."""

    __tablename__ = "stage_visit"
    __table_args__ = (UniqueConstraint("ref", "stage", "visit", name="uq_stage_visit"),)

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(foreign_key="procurement.ref", index=True)
    stage: str
    visit: int
    entered_at: datetime = Field(sa_type=UTCDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    outcome: str | None = None
    reminders: int = 0
    attempts: int = 0  # runs that began to work on it
    rests_until: datetime | None = Field(
        default=None, sa_type=UTCDateTime
    )  # after failures, by the database's clock


FREE = "taken_by IS NULL"
"""The seats that still wait for an answer: few beside those that history keeps."""


class Seat(SQLModel, table=True):
    """One answer awaited at a gate, from a role, from a role in one establishment, or from a signatory of an act."""

    __table_args__ = (
        Index("ix_seat_open", "ref", "stage", "visit"),
        Index(
            "ix_seat_free",
            "ref",
            "stage",
            "visit",
            "rank",
            sqlite_where=text(FREE),
            postgresql_where=text(FREE),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(foreign_key="procurement.ref")
    stage: str
    visit: int
    roles: str = ""  # codes separated by commas; empty for a signature
    establishment_siret: str | None = Field(default=None, foreign_key="establishment.siret")
    act: str | None = None
    rank: int = Field(default=1, sa_column_kwargs={"server_default": "1"})  # answered after every lower rank
    person_email: str | None = Field(default=None, foreign_key="person.email")  # named by a circuit
    replacement_email: str | None = Field(default=None, foreign_key="person.email")  # while she is away
    opened_at: datetime = Field(sa_type=UTCDateTime)
    taken_by: str | None = Field(default=None, foreign_key="person.email")
    taken_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Decision(SQLModel, table=True):
    """The answer of one person at one seat; voided when the file goes back to a stage before it."""

    id: int | None = Field(default=None, primary_key=True)
    seat_id: int = Field(foreign_key="seat.id", unique=True)
    ref: str = Field(foreign_key="procurement.ref", index=True)
    stage: str
    visit: int
    person_email: str = Field(foreign_key="person.email")
    answer: str
    form: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    decided_at: datetime = Field(sa_type=UTCDateTime)
    delegation: str | None = None  # on what ground a signature was given
    voided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Lock(SQLModel, table=True):
    """A lock that forbids locked gates while it stands (référé précontractuel, CJA art. L. 551-4)."""

    __tablename__ = "procurement_lock"

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(foreign_key="procurement.ref", index=True)
    reason: str
    placed_at: datetime = Field(sa_type=UTCDateTime)
    placed_by: str
    lifted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    lifted_by: str | None = None


class Item(SQLModel, table=True):
    """An item to buy, in its lot."""

    ref: str = Field(foreign_key="procurement.ref", primary_key=True)
    code: str = Field(primary_key=True)
    lot: int = 1
    lot_label: str = ""
    label: str
    unit: str
    rank: int = 0


class Need(SQLModel, table=True):
    """The yearly quantity of an item for one establishment (three decimals at most)."""

    ref: str = Field(foreign_key="procurement.ref", primary_key=True)
    item_code: str = Field(primary_key=True)
    establishment_siret: str = Field(foreign_key="establishment.siret", primary_key=True)
    yearly_quantity: str  # decimal text: exact on every database

    @property
    def quantity(self) -> Decimal:
        """Return the yearly quantity."""
        return Decimal(self.yearly_quantity)


UNSEALED_OR_SAID = {"id", "received_at", "content", "commitments", "repeat_mark", "is_set_aside"}
"""The columns of a tender that its registration leaves out: the opening unseals one, the journal says the others."""


class Tender(SQLModel, table=True):
    """A tender (offre) as received; a late one is set aside unopened."""

    __table_args__ = (UniqueConstraint("ref", "number", name="uq_tender_number"),)

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(foreign_key="procurement.ref", index=True)
    number: int
    supplier: str
    siret: str
    received_at: datetime = Field(sa_type=UTCDateTime)
    is_late: bool = False
    sha256: str = Field(
        max_length=64
    )  # of a random number and the file; of the file alone when sealed as before
    content: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    commitments: dict[str, str] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )  # what binds the sealed file, and each of its lots, before anybody reads them; empty when sealed as before
    repeat_mark: str = Field(
        default="", sa_column_kwargs={"server_default": ""}
    )  # tells the same file sent again
    is_set_aside: bool = Field(
        default=False, sa_column_kwargs={"server_default": "0"}
    )  # by two people, as not of the candidate: never opened, it replaces nothing

    @property
    def receipt(self) -> str:
        """Return what the journal keeps: the hash of the file, and that of what is known before the opening."""
        row = self.model_dump(mode="json", exclude=UNSEALED_OR_SAID)
        row["received_at"] = self.received_at.astimezone(UTC).isoformat(timespec="microseconds")
        digest = sha256(json.dumps(row, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        if not self.commitments:
            return f"sha256 {self.sha256} ; inscription {digest}"
        lots = ", ".join(f"{lot} {kept}" for lot, kept in self.commitments.items() if lot.isdigit())
        return f"sha256 avec aléa {self.sha256} ; lots {lots} ; inscription {digest}"


class Award(SQLModel, table=True):
    """The place of one tender on one lot after the analysis; `is_winner` for the one ranked first."""

    ref: str = Field(foreign_key="procurement.ref", primary_key=True)
    visit: int = Field(primary_key=True)  # visit of the analysis
    lot: int = Field(primary_key=True)
    tender_number: int = Field(primary_key=True)
    rank: int | None = None  # None: not ranked, see `irregular`
    score: str = "0"  # out of 100, two decimals
    amount_ht: Decimal = Field(default=Decimal(0), sa_type=Money)
    detail: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    irregular: str = ""
    is_winner: bool = False


class Document(SQLModel, table=True):
    """A generated document; `version` is the visit of the stage that made it, `recipient` tells letters apart."""

    __table_args__ = (UniqueConstraint("ref", "kind", "version", "recipient", name="uq_document"),)

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(foreign_key="procurement.ref", index=True)
    kind: str
    version: int
    recipient: str = ""
    title: str
    path: str  # relative to the home directory
    sha256: str = Field(max_length=64)
    bytes: int
    created_at: datetime = Field(sa_type=UTCDateTime)


class Notice(SQLModel, table=True):
    """A notice (avis) or data set recorded for publication, once per kind and version."""

    __table_args__ = (UniqueConstraint("ref", "kind", "version", name="uq_notice"),)

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(foreign_key="procurement.ref", index=True)
    kind: str
    version: int
    content: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    published_at: datetime = Field(sa_type=UTCDateTime)
    where: str  # what the platform answered
