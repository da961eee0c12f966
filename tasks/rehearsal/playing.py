"""A rehearsal: what fictional people answer at each gate, and what fictional candidates tender.

It plays through the doors of real people (`achats decider`, `achats offre deposer`); nothing else uses it.
"""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel
from sqlmodel import col, select

from models.process.forms import Strategy
from models.process.procurement import Item, Procurement, StageVisit
from models.process.table import Timer, stage_of
from models.reading.values import to_cents
from tasks import clock, storage
from tasks.rehearsal import home
from tasks.rehearsal.data import CONTRACTS_FILE, SPEND_FILE, RehearsalFiles, write_rehearsal_files
from tasks.runs import segments
from tasks.settings import settings
from tasks.store import reading
from tasks.tendering import tenders
from tasks.views.status import Task

CANDIDATES = (
    ("Laboratoires Médivance", "92000001500015", Decimal("1.00"), "12 rue des Tanneurs", "69007", "Lyon"),
    ("Perfusions de l'Ouest", "92000002300019", Decimal("1.07"), "4 quai de la Fosse", "44000", "Nantes"),
    ("Soins & Dispositifs", "92000003100012", Decimal("0.96"), "88 avenue de la Gare", "67000", "Strasbourg"),
)
LATE = ("Candidat Tardif", "92000004900014", Decimal("0.90"), "1 rue du Retard", "31000", "Toulouse")
MARKS = {1: 82, 2: 91, 3: 70}
SMALLEST_PRICE = Decimal("0.25")


class Reply(BaseModel):
    """An answer to give: who, which, and its form."""

    person: str
    answer: str
    fields: dict[str, object]


def reply_to(task: Task, rank: int = 0) -> Reply:
    """Return what the rank-th person awaited answers at a gate: the favourable answer, its form filled."""
    person = task.holders[min(rank, len(task.holders) - 1)]
    fields = dict(task.example)
    if task.stage == "needs":
        quantities = fields.get("quantites")
        codes = list(quantities) if isinstance(quantities, dict) else []
        fields["quantites"] = {code: _quantity(code, task.ask) for code in codes}
    if task.stage == "analysis":
        rows = fields.get("offres")
        for row in rows if isinstance(rows, list) else []:
            row["notes"] = dict.fromkeys(row["notes"], MARKS.get(int(row["offre"]), 60))
            row["points_forts"] = "réponse complète, échantillons conformes"
            row["points_faibles"] = "stock de sécurité à confirmer"
    return Reply(person=person, answer="approve", fields=fields)


def _quantity(code: str, who: str) -> int:
    """Return a steady, plausible yearly quantity: the same for the same item and establishment."""
    return 200 + sum(map(ord, code + who)) % 37 * 100


def write_tenders(ref: str) -> list[Path]:
    """Write the tender files of the candidates in the home directory; return them in order of deposit."""
    model = tenders.example(ref).model_dump(mode="json", by_alias=True)
    means = _mean_prices(ref)
    return [
        _write(ref, rank, candidate, means, model)
        for rank, candidate in enumerate((*CANDIDATES, LATE), start=1)
    ]


def _mean_prices(ref: str) -> dict[int, Decimal]:
    """Return the mean unit price of each lot that brings a tender to four fifths of the estimate of the lot."""
    with reading() as session:
        procurement = session.get_one(Procurement, ref)
        quantities = tenders.yearly_quantities(session, ref)
        items = session.exec(select(Item).where(Item.ref == ref)).all()
    years = Decimal(procurement.duration_months) / tenders.MONTHS_A_YEAR
    means = {}
    for lot in Strategy.model_validate(procurement.strategy).lots:
        yearly = sum(
            (quantities.get(item.code, Decimal(0)) for item in items if item.lot == lot.number), Decimal(0)
        )
        means[lot.number] = lot.estimate_ht * Decimal("0.8") / ((yearly or Decimal(1)) * years)
    return means


def _write(
    ref: str,
    rank: int,
    candidate: tuple[str, str, Decimal, str, str, str],
    means: dict[int, Decimal],
    model: dict[str, object],
) -> Path:
    name, siret, factor, street, postal_code, city = candidate
    filled = json.loads(json.dumps(model))
    filled["candidat"] = {
        "nom": name,
        "siret": siret,
        "courriel": f"marches{rank}@candidat.invalid",
        "adresse": street,
        "code_postal": postal_code,
        "ville": city,
    }
    for lot in filled["lots"]:
        for place, code in enumerate(lot["prix"]):
            spread = Decimal(80 + (place * 13 + rank * 7) % 41) / 100
            lot["prix"][code] = str(max(to_cents(means[lot["lot"]] * factor * spread), SMALLEST_PRICE))
    file = settings().home / "repetition" / f"{ref}-offre-{rank}.json"
    storage.write(f"repetition/{file.name}", json.dumps(filled, ensure_ascii=False, indent=2).encode())
    return file


def awaited_date(ref: str) -> bool:
    """Return whether the procurement waits for a date."""
    return isinstance(stage_of(segments.place(ref).stage), Timer)


def jump(ref: str) -> None:
    """Move the clock of this home to the date that the procurement waits for."""
    due_at = segments.place(ref).due_at
    if due_at and due_at > clock.now():
        home.move_to(due_at + timedelta(seconds=1))


def is_settled(ref: str) -> bool:
    """Return whether everything that the present stage starts is done."""
    here = segments.place(ref)
    with reading() as session:
        stay = session.exec(
            select(StageVisit).where(
                StageVisit.ref == ref, StageVisit.stage == here.stage, StageVisit.visit == here.visit
            )
        ).one()
    return stay.settled_at is not None


def data_files() -> RehearsalFiles:
    """Return the spend and contracts of the fictional group, written on the first day of the rehearsal."""
    folder = settings().home / "repetition"
    files = RehearsalFiles(folder / SPEND_FILE, folder / CONTRACTS_FILE)
    if files.spend.exists() and files.contracts.exists():
        return files
    return write_rehearsal_files(folder, clock.today())


def write_form(ref: str, stage: str, rank: int, fields: dict[str, object]) -> Path:
    """Write a filled form in the home directory, as a person gives it with `--fichier`."""
    file = settings().home / "repetition" / f"{ref}-{stage}-{rank}.json"
    content = json.dumps(fields, ensure_ascii=False, indent=2, default=str)
    storage.write(f"repetition/{file.name}", content.encode())
    return file


def run_watch() -> None:
    """Ask Prefect for the watch now, as the schedule does each morning."""
    from prefect.deployments import run_deployment

    run_deployment(
        "watch/ght", timeout=0, as_subflow=False, flow_run_name="Veille demandée par la répétition"
    )


def opened_renewal() -> str | None:
    """Return the procurement that renews a contract, once it is open."""
    with reading() as session:
        return session.exec(select(Procurement.ref).where(col(Procurement.renews).is_not(None))).first()
