"""What a change of the register of delegations would do, seen before it is confirmed.

The change is made for real in a transaction that is then undone: what is shown is what will be, refusals included.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.delegations.coverage import Gap, Scope, gaps, scope_of
from models.organisation.group import Family
from models.process.procurement import Procurement
from models.signing.acts import Act, DelegationTerms
from models.signing.authority import signatories as able
from models.signing.questions import Question
from tasks.delegations import entry, register, vacancies
from tasks.delegations.register import Recorded
from tasks.delegations.vacancies import WATCHED, Vacancy
from tasks.organisation import people
from tasks.signing import power
from tasks.signing.purchase_powers import Powers
from tasks.store import reading, transaction


class Change(BaseModel):
    """An act that becomes, or is no more, possible to sign from an amount on (EUR HT, included)."""

    acte: str
    familles: list[str]
    a_partir_de: str
    motif: str


class Signers(BaseModel):
    """Who could sign an act before a change and after it, by name, up to the ceiling of the delegation."""

    acte: str
    avant: list[str]
    apres: list[str]


class Impact(BaseModel):
    """What a change would do, from its day on."""

    jour: date
    avertissements: list[str] = []
    plus_personne: list[Change] = []  # what nobody could sign any more
    signataires: list["Signers"] = []
    bloques: list[Vacancy] = []  # gates open today that would be left without a signatory
    debloques: list[str] = []  # references of purchases that would find one

    @property
    def is_harmless(self) -> bool:
        """Return whether everything that can be signed today still can."""
        return not self.plus_personne and not self.bloques


Write = Callable[[Session], Recorded]


def _tried(change: Write, former: str | None, given: DelegationTerms | None, on: date) -> Impact:
    """Return what a change would do on a day, by doing it and undoing it; raises what the change raises."""
    with transaction() as session:
        concerned = [register.load(session, former)] if former else []
        touched = [*concerned, *([given] if given else [])]
        before = _look(session, touched, on)
        done = change(session)
        impact = _compare(before, _look(session, touched, on), done, on)
        session.rollback()
    return impact


class _Seen(BaseModel):
    """What the register lets nobody sign: within the scopes of the delegations concerned, and at open gates."""

    gaps: list[Gap]
    vacancies: list[Vacancy]
    signers: dict[Act, list[str]]


def _look(session: Session, touched: Sequence[DelegationTerms], on: date) -> _Seen:
    """Return what nobody may sign, as the register stands in this session."""
    session.flush()
    support = people.support(session).siret
    families = list(session.exec(select(Family.code).order_by(Family.code)))
    by_house: dict[str, list[Scope]] = {}
    for one in touched:
        for house in one.establishments or [support]:
            by_house.setdefault(house, []).append(scope_of(one, families))
    waiting = session.exec(select(Procurement).where(col(Procurement.stage).in_(WATCHED))).all()
    known = power.register(session)
    return _Seen(
        gaps=[gap for house, scopes in by_house.items() for gap in gaps(scopes, known, house, on)],
        vacancies=[found for one in waiting for found in vacancies.of(Powers(session, one, known=known))],
        signers={
            act: [agent.name for agent, _ in able(_plainest(act, one, families, support, on), known)]
            for one in touched
            for act in one.acts
        },
    )


def _plainest(act: Act, one: DelegationTerms, families: list[str], support: str, on: date) -> Question:
    """Return the question that a delegation answers at best: its first family and house, at its ceiling."""
    return Question(
        act=act,
        amount=one.ceiling or Decimal(0),
        family=next(iter(one.families or families), ""),
        establishment=next(iter(one.establishments), support),
        day=on,
    )


def _compare(before: _Seen, after: _Seen, done: Recorded, on: date) -> Impact:
    named = [(one.ref, one.acte) for one in before.vacancies]
    still = [(one.ref, one.acte) for one in after.vacancies]
    return Impact(
        jour=on,
        avertissements=done.avertissements,
        plus_personne=[_shown(one) for one in after.gaps if not _is_among(one, before.gaps)],
        signataires=[
            Signers(acte=act.label, avant=names, apres=after.signers.get(act, []))
            for act, names in before.signers.items()
        ],
        bloques=[one for one in after.vacancies if (one.ref, one.acte) not in named],
        debloques=sorted({ref for ref, act in named if (ref, act) not in still}),
    )


def _is_among(one: Gap, others: list[Gap]) -> bool:
    return any(
        one.act == other.act
        and one.from_amount >= other.from_amount
        and set(one.families) <= set(other.families)
        for other in others
    )


def _shown(gap: Gap) -> Change:
    return Change(
        acte=gap.act.label,
        familles=list(gap.families),
        a_partir_de=str(gap.from_amount),
        motif=gap.reason,
    )


def of_ending(reference: str, on: date, reason: str, actor: str) -> Impact:
    """Return what ending a delegation on a day would do."""

    def end(session: Session) -> Recorded:
        return register.revoke(session, reference, on, reason, actor)

    return _tried(end, reference, None, on)


def of_giving(given: dict[str, object], former: str | None, actor: str) -> Impact:
    """Return what giving a delegation, in the place of another when named, would do once it is published."""
    with reading() as session:
        terms = entry.terms_of(session, given)
    published = terms.model_copy(update={"published_on": terms.published_on or terms.valid_from})

    def give(session: Session) -> Recorded:
        if former:
            return register.replace(session, former, published, actor)
        return register.record(session, published, actor)

    impact = _tried(give, former, published, terms.valid_from)
    if terms.published_on is None:
        impact.avertissements.append("Elle n'a d'effet qu'une fois publiée (CSP art. D. 6143-35).")
    return impact
