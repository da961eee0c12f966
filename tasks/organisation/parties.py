"""The parties as documents name them: addresses, the buyer, the members."""

from sqlmodel import Session

from models.documents.parties import Address, Buyer, Member, Site
from models.errors import BadInput
from models.organisation.group import Establishment, Group, Role
from tasks import clock
from tasks.organisation import people

TO_COMPLETE = "à compléter"


def address_of(house: Establishment) -> Address:
    """Return the postal address of an establishment; what the organisation file left out is said."""
    return Address(
        street=house.address or f"Adresse {TO_COMPLETE}",
        postal_code=house.postal_code or f"code postal {TO_COMPLETE}",
        city=house.city or f"ville {TO_COMPLETE}",
    )


def buyer_of(session: Session) -> Buyer:
    """Return the support establishment as the buyer of the whole group."""
    house = people.support(session)
    group = session.get_one(Group, 1)
    directors = people.holders(session, [Role.PURCHASING_DIRECTOR, Role.DIRECTOR], clock.today(), house.siret)
    if not directors:
        raise BadInput(f"{house.name} n'a ni directeur des achats ni directeur dans l'organisation.")
    return Buyer(
        name=house.name,
        siret=house.siret,
        address=address_of(house),
        group_name=group.name,
        service=group.service or "Direction des achats du groupement",
        email=group.email or directors[0].email,
        phone=group.phone or "non communiqué",
        accountant=group.accountant or f"le comptable public de {house.name}",
        court=group.court
        or "tribunal administratif dans le ressort duquel l'établissement support a son siège",
    )


def member_of(house: Establishment) -> Member:
    """Return an establishment of the group with its one known place of delivery."""
    address = address_of(house)
    site = Site(name=house.name, address=address, hours="aux jours et heures ouvrés")
    return Member(
        code=house.finess or house.siret, name=house.name, siret=house.siret, address=address, sites=[site]
    )
