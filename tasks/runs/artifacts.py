"""What the Prefect UI shows beside the runs: where a procurement stands, the portfolio, the calendar of contracts.

Artifacts hold tables and paths, never the documents themselves; the database can make them all again. Prefect has one
password and no roles: what it shows is what anyone of the group may read, so no file written on the tenders.
"""

import base64
from datetime import date, datetime
from decimal import Decimal

from prefect.artifacts import create_markdown_artifact
from sqlmodel import col, select

from models.access.sight import ANYONE
from models.contracts.register import Contract
from models.contracts.renewals import RenewalFile
from models.law.wording import euros
from models.process.table import STAGES, Final, stage_of
from tasks import clock, storage
from tasks.steps import step
from tasks.store import reading
from tasks.views import status

HISTORY_DAYS = 365


def cell(text: object) -> str:
    """Return a text that cannot break a Markdown table or become markup."""
    return "".join(f"\\{c}" if c in "|`*_<>[]#~\\" else c for c in str(text)).replace("\n", " ")


def day(value: date | datetime | None) -> str:
    """Return a day, or an instant in Paris, as people write them; empty for none."""
    if isinstance(value, datetime):
        return value.astimezone(clock.PARIS).strftime("%d/%m/%Y %H:%M")
    return value.strftime("%d/%m/%Y") if value else ""


def table(headings: list[str], rows: list[list[object]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(headings) + " |", "|" + " --- |" * len(headings)]
    lines += ["| " + " | ".join(cell(one) for one in row) + " |" for row in rows]
    return "\n".join(lines)


def procurement_markdown(shown: status.Status) -> str:
    """Return the page of one procurement."""
    parts = [
        f"# {cell(shown.ref)} · {cell(shown.objet)}",
        f"**{cell(shown.label)}**" + (f", échéance le {day(shown.due_at)}" if shown.due_at else ""),
        f"Famille : {cell(shown.family)} — montant estimé : {euros(Decimal(shown.amount_ht))} HT",
        _path(shown),
    ]
    if shown.awaiting:
        rows: list[list[object]] = [[a.role, day(a.since), day(a.due)] for a in shown.awaiting]
        parts += ["## Attendus", table(["Qui", "Depuis", "Pour le"], rows)]
    if shown.regime:
        law = shown.regime
        parts += [
            "## Régime juridique",
            f"Procédure : {law.procedure.label} ; publicité : {law.publicity.label}.",
        ]
        parts.append(
            table(["Article", "Règle", "Statut"], [[g.article, g.text, g.status] for g in law.grounds])
        )
    if shown.documents:
        papers: list[list[object]] = [[d.title, d.version, d.path, d.sha256[:12]] for d in shown.documents]
        parts += ["## Documents", table(["Document", "Version", "Fichier", "SHA-256"], papers)]
    parts += _history(shown.ref)
    stays: list[list[object]] = [
        [m.label, m.visit, day(m.entered_at), day(m.left_at), m.outcome or ""] for m in shown.timeline
    ]
    parts += ["## Chronologie", table(["Étape", "Passage", "Du", "Au", "Suite"], stays)]
    return "\n\n".join(parts)


def _history(ref: str) -> list[str]:
    """Return the history of the contract that a renewal follows; nothing for another procurement."""
    with reading() as session:
        found = session.get(RenewalFile, ref)
    if found is None:
        return []
    past = found.history
    rows: list[list[object]] = [
        [
            one.lot,
            one.objet,
            ", ".join(one.titulaires),
            one.montant_ht or "",
            one.maximum_ht or "",
            one.commande_ht,
        ]
        for one in past.lots
    ]
    houses: list[list[object]] = [[name, amount] for name, amount in past.commande_par_etablissement.items()]
    parts = [
        f"## Marché renouvelé : {cell(past.numero)}, fin le {day(past.fin)}",
        table(["Lot", "Objet", "Titulaires", "Montant HT", "Maximum HT", "Commandé HT"], rows),
    ]
    if houses:
        parts.append(table(["Établissement", "Commandé"], houses))
    if past.incidents:
        parts.append("Incidents : " + cell(" ; ".join(past.incidents)))
    return parts


def _path(shown: status.Status) -> str:
    """Return the stages of the table as a line, the present one in bold."""
    passed = {moment.stage for moment in shown.timeline}
    words = []
    for stage in STAGES:
        if isinstance(stage, Final) and stage.key != shown.stage:
            continue
        if stage.key == shown.stage:
            words.append(f"**▶ {stage.label}**")
        elif stage.key in passed:
            words.append(f"✔ {stage.label}")
    return " → ".join(words)


def _planning_picture(shown: status.Status) -> str:
    """Return the last Gantt picture of the procurement, inside the page: nothing is fetched from elsewhere."""
    pictures = [paper.path for paper in shown.documents if paper.kind == "retroplanning_image"]
    if not pictures:
        return ""
    data = base64.b64encode(storage.read(pictures[-1])).decode()
    return f"\n\n## Rétroplanning\n\n![Rétroplanning](data:image/png;base64,{data})"


@step("Montrer l'achat")
def show_procurement(ref: str) -> None:
    """Refresh the artifact `procurement-<ref>`, its backward planning drawn at the end."""
    shown = status.status(ref, ANYONE)
    create_markdown_artifact(
        key=f"procurement-{ref.lower()}",
        markdown=procurement_markdown(shown) + _planning_picture(shown),
        description=f"Où en est l'achat {ref}",
    )


def portfolio_markdown() -> str:
    """Return the portfolio: every procurement by stage, with the days left."""
    with reading() as session:
        rows = status.portfolio(session)
    order = {stage.key: rank for rank, stage in enumerate(STAGES)}
    rows.sort(key=lambda row: (order[row.stage], row.due or date.max))
    lines: list[list[object]] = [
        [
            stage_of(r.stage).label,
            r.ref,
            r.objet,
            r.family,
            r.awaited,
            day(r.due),
            "" if r.days is None else r.days,
        ]
        for r in rows
    ]
    return "# Portefeuille des achats\n\n" + table(
        ["Étape", "Référence", "Objet", "Famille", "Attendu", "Échéance", "Jours restants"], lines
    )


@step("Montrer le portefeuille")
def show_portfolio() -> None:
    """Refresh the artifact `portfolio`."""
    create_markdown_artifact(
        key="portfolio", markdown=portfolio_markdown(), description="Portefeuille des achats"
    )


def contracts_markdown(on: date) -> str:
    """Return the calendar of the contracts that end within a year or ended within a year, by end date."""
    with reading() as session:
        found = session.exec(
            select(Contract)
            .where(col(Contract.ends_on).is_not(None), Contract.holder_rank == 1)
            .order_by(col(Contract.ends_on), col(Contract.number), col(Contract.lot))
        ).all()
    rows: list[list[object]] = [
        [
            day(c.ends_on),
            (c.ends_on - on).days,
            day(c.alert_on),
            c.number,
            c.lot,
            c.objet,
            c.holder,
            c.renewal_ref or "",
        ]
        for c in found
        if c.ends_on and abs((c.ends_on - on).days) <= HISTORY_DAYS
    ]
    headings = ["Fin", "Jours restants", "Alerte", "Marché", "Lot", "Objet", "Titulaire", "Renouvellement"]
    return "# Calendrier des marchés\n\n" + table(headings, rows)


@step("Montrer le calendrier des marchés")
def show_contracts(on: date) -> None:
    """Refresh the artifact `contract-calendar`."""
    create_markdown_artifact(
        key="contract-calendar", markdown=contracts_markdown(on), description="Calendrier des marchés"
    )
