"""The key pairs of those who open tenders: made and wrapped again when a person chooses a password."""

from pydantic import SecretStr
from sqlmodel import Session

from models.tendering.seals import OpeningKey
from tasks import clock
from tasks.access import sealed_boxes


def keep_opening_key(session: Session, email: str, password: SecretStr) -> None:
    """Make the person's key pair when she chooses a password; shares held for a former key are lost to her."""
    pair = sealed_boxes.new_pair()
    wrapped = sealed_boxes.wrap(pair.private, password)
    session.merge(
        OpeningKey(
            person_email=email,
            public_key=pair.public,
            salt=wrapped.salt,
            wrapped_private=wrapped.content,
            made_at=clock.real(clock.now()),
        )
    )


def rewrap_opening_key(session: Session, email: str, former: SecretStr, chosen: SecretStr) -> None:
    """Keep the same key pair under a new password: her shares still open."""
    row = session.get(OpeningKey, email)
    if row is None:
        keep_opening_key(session, email, chosen)
        return
    private = sealed_boxes.unwrap(sealed_boxes.Wrapped(salt=row.salt, content=row.wrapped_private), former)
    wrapped = sealed_boxes.wrap(private, chosen)
    row.salt, row.wrapped_private = wrapped.salt, wrapped.content
