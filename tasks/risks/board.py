"""The risk board: counts by kind and level, as a table for the Prefect UI and as a picture (heat map)."""

from io import BytesIO

from pydantic import BaseModel
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import and_, col, func, select

from models.risks.register import Level, Risk, RiskKind
from tasks.store import reading

COLOURS = {Level.AMBER: "#f5a623", Level.RED: "#d0342c", Level.BLACK: "#2b2b2b"}
LEVELS = (Level.AMBER, Level.RED, Level.BLACK)


class Board(BaseModel):
    """How many risks stand, by kind and level; how many are vital, and how many nobody has taken in hand."""

    nombre: dict[RiskKind, dict[Level, int]]
    vitaux: int
    non_acquittes: int

    @property
    def total(self) -> int:
        """Return how many risks stand."""
        return sum(count for row in self.nombre.values() for count in row.values())


def board(*among: ColumnElement[bool]) -> Board:
    """Return the counts of the risks that stand, all of them or among those that meet conditions."""
    open_ones = and_(col(Risk.closed_at).is_(None), *among)
    with reading() as session:
        counts = session.exec(
            select(Risk.kind, Risk.level, func.count())
            .where(open_ones)
            .group_by(col(Risk.kind), col(Risk.level))
        ).all()
        vital = session.exec(
            select(func.count()).select_from(Risk).where(open_ones, col(Risk.is_vital))
        ).one()
        alone = session.exec(
            select(func.count()).select_from(Risk).where(open_ones, col(Risk.acknowledged_at).is_(None))
        ).one()
    grid = {kind: dict.fromkeys(LEVELS, 0) for kind in RiskKind}
    for kind, level, count in counts:
        if level in LEVELS:
            grid[RiskKind(kind)][Level(level)] = count
    return Board(nombre=grid, vitaux=vital, non_acquittes=alone)


def heat_map() -> bytes:
    """Return the board as a PNG picture: one row per kind, one column per level, the number in each cell."""
    from matplotlib.colors import to_rgba
    from matplotlib.figure import Figure

    found = board()
    figure = Figure(figsize=(8.5, 4.6), dpi=120, layout="constrained")
    axes = figure.subplots()
    most = max((count for row in found.nombre.values() for count in row.values()), default=0) or 1
    for y, kind in enumerate(RiskKind):
        for x, level in enumerate(LEVELS):
            count = found.nombre[kind][level]
            strength = 0.25 + 0.75 * count / most if count else 0.05
            axes.fill_between([x, x + 1], y, y + 1, color=to_rgba(COLOURS[level], strength), linewidth=0)
            ink = "white" if strength > 0.55 else "black"
            axes.text(x + 0.5, y + 0.5, str(count or "–"), ha="center", va="center", color=ink, fontsize=12)
    axes.set_xticks([x + 0.5 for x in range(len(LEVELS))], [level.value.capitalize() for level in LEVELS])
    axes.set_yticks([y + 0.5 for y in range(len(RiskKind))], [kind.label for kind in RiskKind])
    axes.set_xlim(0, len(LEVELS))
    axes.set_ylim(len(RiskKind), 0)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for place in range(1, max(len(LEVELS), len(RiskKind))):
        axes.axhline(place, color="white", linewidth=2)
        if place < len(LEVELS):
            axes.axvline(place, color="white", linewidth=2)
    axes.spines[:].set_visible(False)
    figure.suptitle(
        f"Risques en cours : {found.total}, dont {found.vitaux} vitaux ; {found.non_acquittes} non acquittés",
        fontsize=12,
    )
    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
