"""What must hold when the damage is over: nothing lost, nothing doubled, no date early, nothing stuck."""

from collections import Counter
from collections.abc import Iterable

from pydantic import BaseModel
from sqlmodel import col, select

from models.contracts.register import Contract
from models.journal import Fact
from models.process.procurement import Procurement, StageVisit
from models.process.table import Timer, stage_of
from tasks import storage
from tasks.process import journal_check
from tasks.settings import settings
from tasks.store import reading
from tests.purchase_play import decisions, documents, lines, messages, notices, stays

PAPERS = {
    "rc", "ccap", "cctp", "acte_engagement", "bpu", "dqe", "dce", "manifeste", "pv_ouverture", "rapport_analyse",
    "decision_attribution", "lettre_attributaire", "lettre_rejet", "lettre_notification",
}  # fmt: skip

CONSULTED = "lettre_consultation"  # below the dispense, in the place of the rules of the consultation


class Faults(BaseModel):
    """The faults found, by kind, in words."""

    perdus: list[str] = []
    doubles: list[str] = []
    en_avance: list[str] = []
    bloques: list[str] = []

    @property
    def any(self) -> bool:
        """Return whether there is one."""
        return bool(self.perdus or self.doubles or self.en_avance or self.bloques)


def twice(what: Iterable[object]) -> list[object]:
    """Return what is there more than once."""
    return [one for one, times in Counter(what).items() if times > 1]


def check(refs: list[str]) -> Faults:
    """Return every fault of the purchases and of the whole home."""
    found = Faults()
    for ref in refs:
        _check_purchase(ref, found)
    verdict = journal_check.verified()
    if not verdict.valide:
        found.perdus.append(f"journal : {verdict.motif}")
    for message in messages():
        if message.sent_at is None and not message.is_gathered:
            found.perdus.append(f"message {message.key} not sent: {message.error}")
    files = len(list((settings().home / "messages").rglob("*.eml")))
    sent = sum(1 for message in messages() if message.sent_at)
    if files != sent:
        found.doubles.append(f"{files} files of messages for {sent} messages sent")
    return found


def _check_purchase(ref: str, found: Faults) -> None:
    with reading() as session:
        stage = session.get_one(Procurement, ref).stage
        rows = session.exec(select(StageVisit).where(StageVisit.ref == ref)).all()
        lots = session.exec(select(Contract.lot).where(Contract.procurement_ref == ref)).all()
    if stage != "notified":
        found.bloques.append(f"{ref} stands at {stage}")
        return
    found.bloques += [
        f"{ref} {row.stage} not settled" for row in rows if row.stage == stage and not row.settled_at
    ]
    for row in rows:
        is_early = (
            row.outcome != "due" or row.left_at is None or row.due_at is None or row.left_at < row.due_at
        )
        if isinstance(stage_of(row.stage), Timer) and is_early:
            found.en_avance.append(f"{ref} {row.stage} due {row.due_at} left {row.left_at} as {row.outcome}")
    papers = documents(ref)
    made = {paper.kind for paper in papers} | ({"rc"} if any(p.kind == CONSULTED for p in papers) else set())
    found.perdus += [f"{ref} has no {kind}" for kind in sorted(PAPERS - made)]
    for paper in papers:
        if storage.sha256(storage.read(paper.path)) != paper.sha256:
            found.perdus.append(f"{ref} {paper.path} is not what was registered")
    if not lots:
        found.perdus.append(f"{ref} has no contract")
    found.doubles += [f"{ref} {one}" for one in _doubled(ref, lots)]
    given = len(lines(ref, Fact.DECISION))
    if len(decisions(ref)) != given:
        found.perdus.append(f"{ref}: {len(decisions(ref))} decisions, {given} lines")


def _doubled(ref: str, lots: Iterable[int]) -> list[object]:
    """Return what a purchase has twice: papers, notices, moves, stays, messages, answers, contracts."""
    papers = documents(ref)
    own = [message for message in messages() if message.ref == ref]
    return [
        *twice((paper.kind, paper.version, paper.recipient) for paper in papers),
        *twice(paper.path for paper in papers),
        *twice((notice.kind, notice.version) for notice in notices(ref)),
        *twice((line.before, line.after) for line in lines(ref, Fact.TRANSITION)),
        *twice((one.stage, one.visit, one.seat_id) for one in decisions(ref)),
        *twice((message.to, message.subject, message.body, *message.attachments) for message in own),
        *twice(lots),
        *[place for place in stays(ref) if place[1] > 1],
        *([] if len(lines(ref, Fact.MESSAGE)) == len(own) else ["lines of messages"]),
    ]


def going(refs: list[str]) -> list[str]:
    """Return the purchases that are not over yet."""
    with reading() as session:
        rows = session.exec(
            select(StageVisit)
            .join(Procurement, col(Procurement.ref) == col(StageVisit.ref))
            .where(StageVisit.stage == Procurement.stage, StageVisit.visit == Procurement.visit)
        ).all()
    return [
        row.ref for row in rows if row.ref in refs and (row.stage != "notified" or row.settled_at is None)
    ]
