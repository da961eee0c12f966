"""The organisation: found by what people write, loaded and updated from the organisation file."""

from sqlmodel import Session, col, select

from models.errors import BadInput
from models.organisation.group import Establishment, Family, FamilyCpv, Role, RoleGrant
from models.reading.values import fold


def find_establishment(session: Session, text: str) -> Establishment:
    """Return the establishment that has this SIRET, FINESS or name, or raise `BadInput`."""
    bare = "".join(text.split()).upper()
    known = session.exec(select(Establishment).order_by(col(Establishment.siret))).all()
    for one in known:
        if bare in (one.siret, one.finess) or fold(text) == fold(one.name):
            return one
    if not known:
        raise BadInput(
            "Aucun établissement n'est enregistré : lancez d'abord « achats importer organisation »."
        )
    listed = ", ".join(f"{one.siret} ({one.name})" for one in known)
    raise BadInput(f"Établissement « {text} » inconnu. Établissements du groupement : {listed}.")


def find_family(session: Session, code: str) -> Family:
    """Return a family of purchases by its code, or raise `BadInput` with the codes that exist."""
    family = session.get(Family, code.strip().lower())
    if family:
        return family
    codes = session.exec(select(Family.code).order_by(col(Family.code))).all()
    if not codes:
        raise BadInput(
            f"Famille « {code} » inconnue : aucune famille n'est enregistrée, "
            "lancez d'abord « achats importer organisation »."
        )
    raise BadInput(f"Famille « {code} » inconnue. Familles : {', '.join(codes)}.")


def family_of_cpv(session: Session, cpv: str) -> str | None:
    """Return the code of the family that has the longest prefix of a CPV code, or None."""
    rows = session.exec(select(FamilyCpv).order_by(col(FamilyCpv.cpv), col(FamilyCpv.family_code))).all()
    found = [row for row in rows if cpv and cpv.startswith(row.cpv)]
    return max(found, key=lambda row: len(row.cpv)).family_code if found else None


SUPPORT_ROLES = (
    Role.DIRECTOR,
    Role.PURCHASING_DIRECTOR,
    Role.BUYER,
    Role.LEGAL_OFFICER,
    Role.ACCOUNTANT,
    Role.CONTROLLER,
    Role.ADMINISTRATOR,
)
GROUP_ROLES = (Role.PRESCRIBER, Role.PHARMACIST)


def missing_people(session: Session) -> list[str]:
    """Return, in French, the roles that nobody holds and without which a purchase would stop."""
    houses = session.exec(
        select(Establishment)
        .where(col(Establishment.active_until).is_(None))
        .order_by(col(Establishment.siret))
    ).all()
    held = {(grant.role, grant.establishment_siret) for grant in session.exec(select(RoleGrant))}
    roles_held = {role for role, _ in held}
    missing = [
        f"{house.name} : il manque la personne « {role.label} » (rôle {role.value})"
        for house in houses
        for role in (*(SUPPORT_ROLES if house.is_support else ()), Role.PURCHASING_CORRESPONDENT)
        if (role, house.siret) not in held
    ]
    return missing + [
        f"Groupement : il manque la personne « {role.label} » (rôle {role.value})"
        for role in GROUP_ROLES
        if role not in roles_held
    ]
