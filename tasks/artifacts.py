"""What the Prefect UI shows beside the runs: where a procurement stands, the portfolio, the calendar of contracts.

Artifacts hold tables and paths, never the documents themselves; the database can make them all again.
"""

import base64
from datetime import date, datetime

from prefect.artifacts import create_markdown_artifact
from sqlmodel import col, select

from models.contracts import Contract
from models.process import STAGES, Final, stage_of
from tasks import clock, status, storage
from tasks.steps import step
from tasks.store import reading

HISTORY_DAYS = 365


def _cell(text: object) -> str:
    """Return a text that cannot break a Markdown table or become markup."""
    return "".join(f"\\{c}" if c in "|`*_<>[]#~\\" else c for c in str(text)).replace("\n", " ")


def _day(value: date | datetime | None) -> str:
    if isinstance(value, datetime):
        return value.astimezone(clock.PARIS).strftime("%d/%m/%Y %H:%M")
    return value.strftime("%d/%m/%Y") if value else ""


def _table(headings: list[str], rows: list[list[object]]) -> str:
    lines = ["| " + " | ".join(headings) + " |", "|" + " --- |" * len(headings)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def procurement_markdown(shown: status.Status) -> str:
    """Return the page of one procurement."""
    parts = [
        f"# {_cell(shown.ref)} · {_cell(shown.objet)}",
        f"**{_cell(shown.label)}**" + (f", échéance le {_day(shown.echeance)}" if shown.echeance else ""),
        f"Famille : {_cell(shown.famille)} — montant estimé : {shown.montant_ht} € HT",
        _path(shown),
    ]
    if shown.awaiting:
        rows: list[list[object]] = [
            [a.role, ", ".join(a.personnes), _day(a.since), _day(a.due)] for a in shown.awaiting
        ]
        parts += ["## Attendus", _table(["Qui", "Personnes", "Depuis", "Pour le"], rows)]
    if shown.regime:
        law = shown.regime
        parts += [
            "## Régime juridique",
            f"Procédure : {law.procedure.value} ; publicité : {law.publicity.value}.",
        ]
        parts.append(
            _table(["Article", "Règle", "Statut"], [[g.article, g.text, g.status] for g in law.grounds])
        )
    if shown.documents:
        papers: list[list[object]] = [[d.title, d.version, d.path, d.sha256[:12]] for d in shown.documents]
        parts += ["## Documents", _table(["Document", "Version", "Fichier", "SHA-256"], papers)]
    stays: list[list[object]] = [
        [m.label, m.visit, _day(m.entered_at), _day(m.left_at), m.outcome or ""] for m in shown.timeline
    ]
    parts += ["## Chronologie", _table(["Étape", "Passage", "Du", "Au", "Suite"], stays)]
    return "\n\n".join(parts)


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
    shown = status.status(ref)
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
    rows.sort(key=lambda row: (order[row.stage], row.echeance or date.max))
    lines: list[list[object]] = [
        [
            stage_of(r.stage).label,
            r.ref,
            r.objet,
            r.famille,
            r.attendu,
            _day(r.echeance),
            "" if r.jours is None else r.jours,
        ]
        for r in rows
    ]
    return "# Portefeuille des achats\n\n" + _table(
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
            _day(c.ends_on),
            (c.ends_on - on).days,
            _day(c.alert_on),
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
    return "# Calendrier des marchés\n\n" + _table(headings, rows)


@step("Montrer le calendrier des marchés")
def show_contracts(on: date) -> None:
    """Refresh the artifact `contract-calendar`."""
    create_markdown_artifact(
        key="contract-calendar", markdown=contracts_markdown(on), description="Calendrier des marchés"
    )
