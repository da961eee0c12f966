"""Drawing a page: one sealed Jinja environment, French filters, the files served beside the pages."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import QueryParams

from models.law import wording
from portal.frame.security import Here
from tasks import clock
from tasks.documents import french
from tasks.settings import settings

STATIC = Path(__file__).parent.parent / "static"
LAST_PAGE = 100_000
OPTION = re.compile(r"^--[\w-]+ : ")
SIZES = ("octets", "Ko", "Mo", "Go")


def page(here: Here, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page; everything that templates print is escaped."""
    text = _environment().get_template(template).render(ici=here, moi=here.viewer, statut=status, **values)
    return HTMLResponse(text, status_code=status)


def page_number(query: QueryParams) -> int:
    """Return the page of a list that an address asks for; the first when it is not a number."""
    number = query.get("page", "1")
    return (
        min(max(int(number), 1), LAST_PAGE)
        if number.isascii() and number.isdigit() and len(number) < 10
        else 1
    )


@lru_cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(settings().templates_dir / "portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        jour=french.day,
        jour_court=short_day,
        instant=french.instant,
        moment=moment,
        minute=minute,
        fini=ended,
        pour_cent=french.percent,
        article=french.articles,
        nombre=french.number,
        euros=wording.euros,
        taille=size,
        delai=delay,
        euros_de=euros_of_text,
    )
    made.globals.update(fichier=static_address)
    return made


def said(fault: Exception) -> str:
    """Return a refusal as a page says it: without the name of the option of the command line.

    >>> said(ValueError("--motif : la clôture doit être motivée."))
    'La clôture doit être motivée.'
    """
    text = OPTION.sub("", str(fault))
    return text[:1].upper() + text[1:]


def address_without_page(path: str, query: str) -> str:
    """Return the address of a list with its filters, ready for the number of a page."""
    kept = "&".join(part for part in query.split("&") if part and not part.startswith("page="))
    return f"{path}?{kept}&page=" if kept else f"{path}?page="


def euros_of_text(value: str) -> str:
    """Return an amount that a model gives as text, written in French."""
    return wording.euros(Decimal(value))


def short_day(value: date | datetime | None) -> str:
    """Return a date in figures, in the legal time of Paris; a dash when there is none."""
    if isinstance(value, datetime):
        value = value.astimezone(clock.PARIS).date()
    return value.strftime("%d/%m/%Y") if value else "–"


def moment(value: datetime | None) -> str:
    """Return an instant in figures, in the legal time of Paris, its hour in one piece.

    >>> moment(datetime.fromisoformat("2026-11-22T11:15:00+00:00")).replace(french.NBSP, "~")
    '22/11/2026 à~12~h~15'
    """
    if value is None:
        return "–"
    local = value.astimezone(clock.PARIS)
    return f"{local:%d/%m/%Y} à{french.NBSP}{local.hour}{french.NBSP}h{french.NBSP}{local:%M}"


def minute(value: datetime) -> str:
    """Return an instant in words, its seconds left out: for a limit that nobody reads to the second."""
    return french.instant(value.replace(second=0, microsecond=0))


def size(value: int) -> str:
    """Return a size of file.

    >>> size(2_350_000).replace(french.NBSP, " ")
    '2,4 Mo'
    """
    amount, rank = Decimal(value), 0
    while amount >= 1000 and rank < len(SIZES) - 1:
        amount, rank = amount / 1000, rank + 1
    shown = french.number(amount.quantize(Decimal("0.1") if rank else Decimal(1)))
    return f"{shown}{french.NBSP}{SIZES[rank]}"


def delay(days: int | None) -> str:
    """Return how many days are left, in words.

    >>> delay(1), delay(-3), delay(0)
    ('demain', 'en retard de 3 jours', "aujourd'hui")
    """
    if days is None:
        return ""
    if days < 0:
        return f"en retard de {-days} jour{'s' if days < -1 else ''}"
    return {0: "aujourd'hui", 1: "demain"}.get(days, f"dans {days} jours")


def ended(days: int) -> str:
    """Return for how long something is over, in words; the days are those left, so under zero.

    >>> ended(-40), ended(-1)
    ('fini depuis 40 jours', 'fini depuis hier')
    """
    return "fini depuis hier" if days == -1 else f"fini depuis {-days} jours"


@lru_cache
def static_address(name: str) -> str:
    """Return the address of a file served beside the pages; it changes with its content."""
    return f"/statique/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"
