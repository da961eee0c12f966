"""What the answers and signatures of one procurement rest on: read once in a session, then passed on.

Each part is read when it is first needed. In a writing transaction the rows of the register are held until the commit
(`tasks.signing.power`), so that what was read at the first check still holds when the signature is written.
"""

from datetime import date
from decimal import Decimal
from functools import cached_property

from sqlmodel import Session, col, or_, select

from models.organisation.group import EstablishmentKind, Person, Role, RoleGrant
from models.process.procurement import Lock, Procurement
from models.signing.acts import Act
from models.signing.questions import Question, Register, Verdict
from tasks import clock
from tasks.signing import amounts, power


class Powers:
    """Who may answer and sign for one procurement on a day; `known` is the register of the group, if already read."""

    def __init__(
        self,
        session: Session,
        procurement: Procurement,
        on: date | None = None,
        known: Register | None = None,
    ) -> None:
        self.session, self.procurement, self.on = session, procurement, on or clock.today()
        self._known = known
        self._able: dict[Act, list[Person]] = {}

    @cached_property
    def barred(self) -> frozenset[str]:
        """Return the addresses of those who declared a conflict of interests on it."""
        return power.conflicted(self.session, self.procurement.ref)

    @cached_property
    def locks(self) -> list[Lock]:
        """Return what forbids its signature, the oldest first."""
        return power.standing_locks(self.session, self.procurement.ref)

    @cached_property
    def register(self) -> Register:
        """Return the register of delegations, with what is of this procurement alone."""
        lock = self.locks[0].reason if self.locks else None
        known = self._known or power.register(self.session)
        return known.model_copy(update={"conflicts": self.barred, "lock": lock})

    @cached_property
    def awarded(self) -> Decimal:
        """Return the total of the tenders ranked first (EUR HT), zero before the analysis."""
        return amounts.awarded_total(self.session, self.procurement.ref)

    @cached_property
    def held(self) -> list[tuple[Person, RoleGrant]]:
        """Return the roles held by the people in activity, by name."""
        query = (
            select(Person, RoleGrant)
            .join(RoleGrant, col(RoleGrant.person_email) == col(Person.email))
            .where(or_(col(Person.active_until).is_(None), col(Person.active_until) >= self.on))
        )
        return sorted(self.session.exec(query), key=lambda pair: (pair[0].name, pair[0].email))

    @cached_property
    def away(self) -> frozenset[str]:
        """Return the addresses of those who have left or are away."""
        return power.away(self.session, self.on)

    def holding(self, roles: list[Role], siret: str | None = None) -> list[Person]:
        """Return the people in activity who hold one of the roles (in one establishment when given), by name."""
        found = {
            someone.email: someone
            for someone, grant in self.held
            if grant.role in roles and siret in (None, grant.establishment_siret)
        }
        return list(found.values())

    def amount(self, act: str) -> Decimal:
        """Return what an act engages (EUR HT): the estimate at launch, then the awarded total or a higher maximum."""
        if act == Act.LAUNCH:
            return self.procurement.amount_ht
        return amounts.engaged(self.procurement.strategy, self.awarded)

    def question(self, act: str) -> Question:
        """Return the question that signing an act of this procurement asks that day."""
        support = next(
            one.siret for one in self.register.houses.values() if one.kind == EstablishmentKind.SUPPORT
        )
        family, ref = self.procurement.family_code, self.procurement.ref
        return power.question(act, self.amount(act), family, support, self.on, ref)

    def meaning(self, act: str) -> str:
        """Return in words what the amount that an act engages is."""
        return amounts.meaning(
            self.procurement.strategy, Decimal(0) if act == Act.LAUNCH else self.awarded, act
        )

    def verdict(self, email: str, act: Act) -> Verdict:
        """Return whether a person may sign an act, with the delegation used or the reason why not."""
        return power.verdict(self.session, email, self.question(act), self.register)

    def signatories(self, act: Act) -> list[Person]:
        """Return everyone who may sign an act, delegates before heads of establishment."""
        if act not in self._able:
            self._able[act] = power.signatories(self.session, self.question(act), self.register)
        return self._able[act]
