"""A backward planning as a picture (Gantt) and as a calendar file."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from models.law.days import months_after
from models.law.planning import Plan, PlanRequest, plan
from models.law.wording import french_day
from models.process.procurement import Procurement
from tasks import clock
from tasks.preparation import launch
from tasks.process import filing
from tasks.steps import step
from tasks.store import reading

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEGAL, OWN, LATE = "#1f4e79", "#9db7d1", "#c0392b"


def calendar_ics(plan: Plan) -> bytes:
    """Return the milestones as an iCalendar file (RFC 5545): one all-day event each, times out of play."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//achats-ght//retroplanning//FR")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Rétroplanning, marché au {french_day(plan.starts_on)}")
    stamp = datetime(plan.today.year, plan.today.month, plan.today.day, tzinfo=UTC)
    for rank, one in enumerate(plan.milestones):
        event = Event()
        event.add("uid", f"{plan.procedure}-{plan.starts_on}-{rank}-{one.stage}@achats-ght")
        event.add("dtstamp", stamp)
        event.add("dtstart", one.on)
        event.add("dtend", one.on + timedelta(days=1))
        event.add("summary", one.label)
        event.add("description", f"Au plus tard le {french_day(one.on)}. {one.ground}.")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def gantt_png(plan: Plan) -> bytes:
    """Return a Gantt picture of the plan: legal periods dark, the organisation's own durations light."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 0.42 * len(plan.milestones) + 1.6), dpi=110, layout="constrained")
    axes = figure.subplots()
    _bars(axes, plan)
    _marks(axes, plan)
    state = "faisable" if plan.feasible else f"{plan.days_late} jours de retard"
    figure.suptitle(
        f"Démarrage du marché le {french_day(plan.starts_on)} : commencer au plus tard le "
        f"{french_day(plan.latest_start)} ({state})",
        fontsize=11,
    )
    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _bars(axes: "Axes", plan: Plan) -> None:
    """Draw one bar per stage, from its milestone to the next one."""
    ends = [one.on for one in plan.milestones[1:]] + [plan.starts_on]
    for row, (one, end) in enumerate(zip(plan.milestones, ends, strict=True)):
        begin, length = one.on.toordinal(), max(1, (end - one.on).days)
        axes.barh(row, length, left=begin, height=0.6, color=LEGAL if one.is_legal else OWN)
        if row < len(plan.milestones) / 2:
            axes.text(begin + length + 1, row, french_day(one.on), va="center", fontsize=8)
        else:
            axes.text(begin - 1, row, french_day(one.on), va="center", ha="right", fontsize=8)
    axes.set_yticks(range(len(plan.milestones)), [one.label for one in plan.milestones], fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.02)
    axes.spines[["top", "right"]].set_visible(False)


def _marks(axes: "Axes", plan: Plan) -> None:
    """Draw the first day of each month, the start of the contract and, if it lies within, the present day."""
    from matplotlib.patches import Patch

    first, last = plan.latest_start, plan.starts_on
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    months = [months_after(first.replace(day=1), rank) for rank in range(count)]
    axes.set_xticks([day.toordinal() for day in months], [f"{day:%m/%Y}" for day in months], fontsize=8)
    axes.axvline(last.toordinal(), color=LEGAL, linewidth=1)
    keys = [Patch(color=LEGAL, label="Délai légal"), Patch(color=OWN, label="Durée d'usage")]
    if first <= plan.today <= last:
        axes.axvline(plan.today.toordinal(), color=LATE, linewidth=1, linestyle="--")
        keys.append(Patch(color=LATE, label=f"Aujourd'hui, {french_day(plan.today)}"))
    axes.legend(handles=keys, fontsize=8, loc="lower left")


@step("Établir le rétroplanning")
def write_plan(ref: str, visit: int) -> bool:
    """Write the planning back from the day the contract must start; return whether that day is known."""
    with reading() as session:
        procurement = session.get_one(Procurement, ref)
    if procurement.starts_on is None:
        return False
    today = clock.today()
    made = plan(
        PlanRequest(procedure=launch.planned(procurement, today), starts_on=procurement.starts_on), today
    )
    for kind, title, suffix, content in (
        ("retroplanning", "Rétroplanning (calendrier)", "ics", calendar_ics(made)),
        ("retroplanning_image", "Rétroplanning (image)", "png", gantt_png(made)),
    ):
        filing.keep(
            filing.Paper(
                ref=ref,
                kind=kind,
                title=title,
                folder="preparation",
                file_name=f"{ref}-retroplanning-v{visit}.{suffix}",
                content=content,
                version=visit,
            )
        )
    return True
