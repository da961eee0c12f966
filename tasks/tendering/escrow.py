"""The escrow share of sealed tenders: made in a ceremony, printed once, given back when openers have lost theirs.

Any two of the shares open, that of the escrow among them: the paper alone opens nothing.
"""

from pydantic import SecretBytes, SecretStr
from sqlmodel import Session, col, select

from models.errors import AlreadyDone, BadInput, NotAllowed
from models.journal import Fact
from models.process.procurement import Procurement
from models.tendering.escrow import EscrowKey
from models.tendering.seals import TenderSeal, TenderShare, fingerprint
from tasks import clock, journal
from tasks.access import sealed_boxes
from tasks.store import reading, transaction
from tasks.tendering import seals

GROUP = 8
WRONG = "Cette clé de séquestre n'est pas celle de ces plis : vérifiez ce qui est écrit sur le papier."


def make(actor: str, replaces: bool = False) -> SecretStr:
    """Return the private half of a new escrow key, shown this once; what is sealed from now on has a share for it."""
    pair = sealed_boxes.new_pair()
    with transaction() as session:
        former = seals.escrow(session)
        if former is not None and not replaces:
            raise AlreadyDone(
                f"Un séquestre est en place ({fingerprint(former.public_key)}) : --remplacer pour en faire un autre."
            )
        if former is not None:
            former.retired_at = clock.now()
        session.add(EscrowKey(public_key=pair.public, made_at=clock.now(), made_by=actor))
        _note(session, actor, f"clé de séquestre des plis faite, empreinte {fingerprint(pair.public)}")
    return SecretStr(spaced(pair.private.get_secret_value().hex()))


def spaced(digits: str) -> str:
    """Return hexadecimal digits by groups, for people to copy from paper.

    >>> spaced("00112233445566778899aabbccddeeff")
    '00112233 44556677 8899aabb ccddeeff'
    """
    return " ".join(digits[at : at + GROUP] for at in range(0, len(digits), GROUP))


def _note(session: Session, actor: str, reason: str, ref: str | None = None) -> None:
    entry = journal.Entry(fact=Fact.TENDER, ref=ref, actor=actor, subject="séquestre", reason=reason)
    journal.write(session, entry)


def prints() -> str:
    """Return the fingerprint of the escrow in place, empty without one."""
    with reading() as session:
        found = seals.escrow(session)
    return fingerprint(found.public_key) if found else ""


def release(ref: str, private: SecretStr, actor: str) -> None:
    """Give the escrow share of a purchase, at its opening and not before: one opener is still needed."""
    key = _key(private)
    with transaction() as session:
        procurement = session.get(Procurement, ref)
        found = session.get(TenderSeal, ref)
        if procurement is None or found is None:
            raise BadInput(f"{ref} n'a pas de plis scellés.")
        seals.check_moment(procurement)
        if found.opened_at is not None:
            raise AlreadyDone(f"{ref} : les plis sont déjà ouverts.")
        if actor in _holders(session, ref):
            raise NotAllowed(
                "Le séquestre est remis par une personne qui n'a pas elle-même de part de ces plis."
            )
        share = _share(session, ref, sealed_boxes.public_of(key))
        share.released, share.released_at = sealed_boxes.decrypt_with(key, share.encrypted).hex(), clock.now()
        seals.note(session, ref, actor, f"part {share.rank} de la clé remise par le séquestre")


def _key(private: SecretStr) -> SecretBytes:
    try:
        content = bytes.fromhex("".join(private.get_secret_value().split()))
    except ValueError as error:
        raise BadInput(WRONG) from error
    if len(content) != GROUP * 4:
        raise BadInput(WRONG)
    return SecretBytes(content)


def _holders(session: Session, ref: str) -> set[str | None]:
    return set(session.exec(select(TenderShare.person_email).where(TenderShare.ref == ref))) - {None}


def _share(session: Session, ref: str, public: str) -> TenderShare:
    query = select(TenderShare).where(
        TenderShare.ref == ref, col(TenderShare.person_email).is_(None), TenderShare.holder_key == public
    )
    found = session.exec(query).first()
    if found is None:
        raise BadInput(WRONG)
    return found
