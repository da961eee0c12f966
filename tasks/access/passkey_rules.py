"""Who must prove herself by a security key, and who holds one; without the library that checks them."""

from sqlmodel import Session, select

from models.access.passkeys import Passkey
from models.organisation.group import Role, RoleGrant
from tasks.settings import settings


def has_any(session: Session, email: str) -> bool:
    """Return whether a person holds a key."""
    return session.exec(select(Passkey.id).where(Passkey.person_email == email)).first() is not None


def is_required(session: Session, email: str) -> bool:
    """Return whether the group asks a key of the person, by her roles (`ACHATS_PASSKEY_ROLES`): no code will do."""
    wanted = {word.strip() for word in settings().passkey_roles.split(",") if word.strip()}
    if not wanted:
        return False
    roles = session.exec(select(RoleGrant.role).where(RoleGrant.person_email == email)).all()
    return bool(wanted & {Role(role).value for role in roles})
