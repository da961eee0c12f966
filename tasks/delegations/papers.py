"""The papers of a delegation: the decision, its publication, its transmission, with every mention required."""

from sqlmodel import Session, col, select

from models.documents.delegations import DelegationLetter, DelegationPaper, DelegationPublication
from models.documents.head import Head
from models.documents.parties import Buyer, Signatory
from models.documents.passing import Delegated, DelegationAct
from models.errors import BadInput
from models.organisation.group import Establishment, Family, Person, Role, RoleGrant
from models.signing.acts import Delegation, FunctionHeld
from tasks import clock
from tasks.delegations.register import load
from tasks.documents.render import render
from tasks.organisation import parties
from tasks.store import transaction


def decision_docx(reference: str) -> bytes:
    """Return the decision of delegation as a Word document (CSP art. D. 6143-34 and D. 6143-35)."""
    with transaction() as session:
        one = load(session, reference)
        context = decision(session, one)
    return render("acte_delegation", context)


def publication_docx(reference: str, where: str) -> bytes:
    """Return the record of the publication and of the other formalities, as the register has them."""
    with transaction() as session:
        one = load(session, reference)
        if one.published_on is None:
            raise BadInput(
                f"Délégation « {one.reference} » : aucune publication n'est inscrite "
                f"(achats delegation formalites {one.reference} --publication AAAA-MM-JJ)."
            )
        context = DelegationPublication(
            **_paper(one, decision(session, one)).model_dump(),
            published_on=one.published_on,
            published_where=where,
            notified_on=one.notified_on,
            transmitted_council_on=one.transmitted_council_on,
            transmitted_accountant_on=one.transmitted_accountant_on,
            specimen_on=one.specimen_on,
        )
    return render("publication_delegation", context)


def accountant_docx(reference: str) -> bytes:
    """Return the letter that sends the delegation to the accountant (CSP art. D. 6143-35)."""
    with transaction() as session:
        one = load(session, reference)
        act = decision(session, one)
        context = DelegationLetter(
            **_paper(one, act).model_dump(),
            accountant=act.accountant,
            acts=act.acts,
            establishments=act.establishments,
            families=act.families,
            published_on=one.published_on,
            reserves=act.reserves,
        )
    return render("lettre_delegation_comptable", context)


def _paper(one: Delegation, act: DelegationAct) -> DelegationPaper:
    """Return what a paper of today repeats of the decision."""
    return DelegationPaper(
        head=act.head.model_copy(update={"dated_on": clock.today()}),
        signatory=act.signatory,
        number=act.number,
        delegate=act.delegate,
        delegate_function=act.delegate_function,
        decided_on=one.granted_on,
        valid_from=act.valid_from,
        valid_until=act.valid_until,
    )


def decision(session: Session, one: Delegation) -> DelegationAct:
    """Return what the decision says; refuses a delegation whose delegator heads no establishment."""
    buyer = parties.buyer_of(session)
    head = _head_held(session, one)
    delegate = session.get_one(Person, one.delegate_email)
    return DelegationAct(
        head=_head(session, one, buyer, head),
        signatory=Signatory(
            name=session.get_one(Person, one.delegator_email).name,
            function=head.title or Role.DIRECTOR.label,
        ),
        number=one.reference,
        delegate=delegate.name,
        delegate_function=one.function,
        acts=[Delegated(nature=act.label, ceiling=one.ceiling) for act in one.acts],
        establishments=_houses(session, one),
        families=[session.get_one(Family, code).label for code in one.families],
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        reserves=_reserves(session, one),
        accountant=buyer.accountant,
    )


def _head_held(session: Session, one: Delegation) -> FunctionHeld:
    """Return the function by which the delegator delegates."""
    held = session.exec(
        select(FunctionHeld)
        .where(FunctionHeld.person_email == one.delegator_email, FunctionHeld.role == Role.DIRECTOR)
        .order_by(col(FunctionHeld.started_on).desc())
    ).all()
    found = next((row for row in held if row.held_on(one.granted_on)), None)
    if found is not None:
        return found
    someone = session.get_one(Person, one.delegator_email)
    grant = session.exec(
        select(RoleGrant).where(RoleGrant.person_email == someone.email, RoleGrant.role == Role.DIRECTOR)
    ).first()
    if held or grant is None:
        raise BadInput(
            f"Délégation « {one.reference} » : {someone.name} ne dirigeait aucun établissement à cette date, "
            "la décision ne peut pas être établie."
        )
    return FunctionHeld(
        person_email=someone.email,
        role=Role.DIRECTOR,
        title=someone.function,
        establishment_siret=grant.establishment_siret,
        started_on=one.granted_on,
    )


def _head(session: Session, one: Delegation, buyer: Buyer, held: FunctionHeld) -> Head:
    house = session.get_one(Establishment, held.establishment_siret)
    address = parties.address_of(house)
    return Head(
        organisation=house.name,
        service="Direction générale",
        group_name=buyer.group_name,
        address=address.street,
        city=address.city,
        email=buyer.email,
        phone=buyer.phone,
        reference=one.reference,
        title="Délégation de signature",
        dated_on=one.granted_on,
        on_behalf_of=_houses(session, one),
    )


def _houses(session: Session, one: Delegation) -> list[str]:
    every = session.exec(
        select(Establishment).order_by(col(Establishment.kind).desc(), col(Establishment.name))
    )
    return [house.name for house in every if not one.establishments or house.siret in one.establishments]


def _reserves(session: Session, one: Delegation) -> str | None:
    said = [one.reserves.strip()] if one.reserves.strip() else []
    if one.replaces_email:
        replaced = session.get_one(Person, one.replaces_email).name
        said.append(f"La délégation ne joue qu'en cas d'absence ou d'empêchement de {replaced}.")
    return "\n".join(said) or None
