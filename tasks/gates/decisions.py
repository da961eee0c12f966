"""Recording the answer of one person at the open gate: who may, which form, once."""

from pydantic import BaseModel, ValidationError
from sqlmodel import Session, col, select, update

from models.access.proofs import Means
from models.errors import AlreadyDone, BadInput, NotAllowed, Refused
from models.journal import Fact
from models.organisation.group import Person
from models.process.forms import Form
from models.process.procurement import Decision, Procurement, Seat
from models.process.table import Answer, Gate, stage_of
from models.reading.form_faults import faults_of
from models.signing.acts import Act
from models.signing.questions import Verdict
from tasks import clock, journal
from tasks.access.proofs import Credentials
from tasks.clock import PARIS
from tasks.gates import effects, signatures
from tasks.organisation import people
from tasks.outgoing import outbox
from tasks.process import conflicts, decided, leaving, locks, transitions
from tasks.signing import seats, takers
from tasks.signing.purchase_powers import Powers
from tasks.store import reading, transaction


class Reply(BaseModel):
    """What a person answers: the key of the answer and the fields of its form, by their French names.

    `stage` says to which stay the person answers ("review", or "review/2" for its second visit); when it is left out,
    the stay open when the answer arrives is meant.
    """

    person: str
    answer: str
    fields: dict[str, object] = {}
    stage: str | None = None
    credentials: Credentials = Credentials()


class Outcome(BaseModel):
    """What the answer did."""

    ref: str
    etape: str
    reponse: str
    personne: str
    etape_suivante: str
    reste_attendu: int


def decide(ref: str, reply: Reply) -> Outcome:
    """Record an answer and move on when the gate is complete; a refusal leaves a line in the journal.

    Raises `BadInput` (form, reference), `NotAllowed` (person, lock, stage) or `AlreadyDone`.
    """
    try:
        stay = reply.stage or _open_stay(ref)
        means = signatures.identify(stay or "", reply.person, reply.answer, reply.credentials)
        with transaction() as session:
            return _decide(session, ref, reply.model_copy(update={"stage": stay}), means)
    except Refused as refusal:
        said = _repeated(ref, reply, refusal) or refusal
        _record_refusal(ref, reply, said)
        raise said from refusal


def _open_stay(ref: str) -> str | None:
    """Return the stay open now: if another answer closes it first, this one does not slip to the next gate."""
    with reading() as session:
        procurement = session.get(Procurement, ref)
        return f"{procurement.stage}/{procurement.visit}" if procurement else None


def _repeated(ref: str, reply: Reply, refusal: Refused) -> AlreadyDone | None:
    """Return the refusal that fits when the answer refused is the last one of the procurement, sent again."""
    if (
        isinstance(refusal, AlreadyDone) or reply.stage is not None
    ):  # a stay that is named is not a repetition
        return None
    with reading() as session:
        last = _last_decision(session, ref)
        if last is None or (last.person_email, last.answer) != (reply.person.strip().lower(), reply.answer):
            return None
        return AlreadyDone(f"Déjà décidé : {_who_and_when(session, last)}. Pour l'étape en cours : {refusal}")


def _decide(session: Session, ref: str, reply: Reply, means: Means | None) -> Outcome:
    procurement = transitions.load(session, ref)
    gate = stage_of(procurement.stage)
    someone = people.person(session, reply.person)
    if reply.stage not in (procurement.stage, f"{procurement.stage}/{procurement.visit}"):
        raise _left(session, procurement, reply.stage or "")
    if not isinstance(gate, Gate):
        raise _nothing_to_decide(session, procurement, gate.label)
    chosen = gate.answer(reply.answer)
    if chosen is None:
        raise BadInput(
            f"Réponse « {reply.answer} » impossible à l'étape « {gate.label} » : "
            f"{', '.join(answer.key for answer in gate.answers)}."
        )
    locks.check(session, procurement, gate, chosen)
    conflicts.check_declared(session, procurement, gate, someone)
    powers, places = Powers(session, procurement), transitions.seats(session, procurement)
    if chosen.act:
        seat, verdict = _sign_elsewhere(powers, places, someone, chosen.act)
    else:
        seat, verdict = find_seat(powers, places, someone)
    form = read_form(chosen, reply.fields)
    effects.apply(session, procurement, seat, chosen, form)
    decision = Decision(
        seat_id=seat.id or 0,
        ref=ref,
        stage=gate.key,
        visit=procurement.visit,
        person_email=someone.email,
        answer=chosen.key,
        form=form.model_dump(mode="json", by_alias=True),
        decided_at=clock.now(),
        delegation=verdict.delegation if verdict else None,
    )
    _record(session, procurement, seat, decision)
    if verdict and (act := signatures.act_of(seat, chosen)):
        signatures.record(powers, decision, act, verdict, means)
    return _conclude(session, procurement, places, chosen, decision)


def _conclude(
    session: Session, procurement: Procurement, places: list[Seat], chosen: Answer, decision: Decision
) -> Outcome:
    left = sum(1 for seat in places if seat.taken_by is None)
    if chosen.settles or left == 0:
        step = leaving.Step(
            leaving=leaving.Stay.of(procurement),
            cause=leaving.Cause.ANSWER,
            actor=decision.person_email,
            answer=chosen.key,
            reason=str(decision.form.get("motif", "")),
        )
        transitions.move(session, procurement, chosen.leads_to, step)
    else:
        _ask_next_rank(session, procurement, seats.asked_now(places)[0].rank)
    return Outcome(
        ref=procurement.ref,
        etape=stage_of(decision.stage).label,
        reponse=chosen.label,
        personne=decision.person_email,
        etape_suivante=stage_of(procurement.stage).label,
        reste_attendu=0 if chosen.settles else left,
    )


def _ask_next_rank(session: Session, procurement: Procurement, rank: int) -> None:
    """Ask for the run that writes to the people of a rank whose turn has come; the first was told at entry."""
    if rank > 1:
        outbox.ask_run(session, outbox.segment(procurement, f":rang:{rank}"))


def read_form(chosen: Answer, fields: dict[str, object]) -> Form:
    """Return the filled form, or refuse naming every faulty field in French."""
    try:
        return chosen.form.model_validate(fields)
    except ValidationError as error:
        known = ", ".join(info.alias or name for name, info in chosen.form.model_fields.items())
        raise BadInput(
            f"Formulaire « {chosen.label} » : {faults_of(error)}. Champs attendus : {known}."
        ) from error


def _left(session: Session, procurement: Procurement, stay: str) -> Refused:
    """Return the refusal for an answer to a stay that is not open; it says who closed it."""
    stage, _, visit = stay.partition("/")
    query = select(Decision).where(Decision.ref == procurement.ref, Decision.stage == stage)
    if visit.isascii() and visit.isdigit() and len(visit) < 10:
        query = query.where(Decision.visit == int(visit))
    last = session.exec(query.order_by(col(Decision.id).desc())).first()
    if last:
        return AlreadyDone(f"Déjà décidé : {_who_and_when(session, last)}.")
    present = stage_of(procurement.stage).label
    return AlreadyDone(f"{procurement.ref} n'attend pas de réponse à l'étape « {stay} », mais « {present} ».")


def _last_decision(session: Session, ref: str) -> Decision | None:
    query = select(Decision).where(Decision.ref == ref).order_by(col(Decision.id).desc())
    return session.exec(query).first()


def _nothing_to_decide(session: Session, procurement: Procurement, label: str) -> Refused:
    """Return the refusal for a stage at which nobody is asked; it says who decided last."""
    last = _last_decision(session, procurement.ref)
    said = f" ; dernière réponse : {_who_and_when(session, last)}" if last else ""
    return AlreadyDone(f"{procurement.ref} n'attend aucune décision (étape « {label} »{said}).")


def _who_and_when(session: Session, decision: Decision) -> str:
    someone = session.get(Person, decision.person_email)
    at = decision.decided_at.astimezone(PARIS).strftime("%d/%m/%Y à %H:%M")
    return f"« {decision.answer} » par {someone.name if someone else decision.person_email} le {at}"


def find_seat(powers: Powers, places: list[Seat], someone: Person) -> tuple[Seat, Verdict | None]:
    """Return the free seat that the person may take and on what power, or refuse with the closest reason."""
    session, now = powers.session, seats.asked_now(places)
    mine = next((seat for seat in places if seat.taken_by == someone.email), None)
    refusals: list[Refused] = []
    for seat in places:
        if seat.taken_by == someone.email:
            continue
        try:
            verdict = takers.check_seat(powers, seat, someone)
        except NotAllowed as refusal:
            refusals.append(refusal)
            continue
        if seat in now and _is_another(seat, mine):
            return seat, verdict
        refusals.insert(0, _taken(session, seat) if seat.taken_by else _too_early(session, someone, now))
    if mine:
        raise _taken(session, mine)
    raise refusals[0] if refusals else NotAllowed(f"{someone.name} n'est pas attendu à cette étape.")


def _sign_elsewhere(
    powers: Powers, places: list[Seat], someone: Person, act: Act
) -> tuple[Seat, Verdict | None]:
    """Return a free seat, that of the signature first, for who may sign an act that ends the gate at once."""
    verdict = takers.check_power(powers, someone, act)
    free = [seat for seat in places if seat.taken_by is None]
    return max(free, key=lambda seat: seat.act is not None), verdict


def _is_another(seat: Seat, mine: Seat | None) -> bool:
    """Return whether a person who took a seat may take this one too: for another house, or because it names her."""
    return (
        mine is None
        or seat.establishment_siret != mine.establishment_siret
        or (seat.person_email is not None and seat.rank > mine.rank)
    )


def _too_early(session: Session, someone: Person, now: list[Seat]) -> NotAllowed:
    awaited = " ; ".join(takers.seat_name(session, seat) for seat in now)
    return NotAllowed(f"{someone.name} répondra ensuite : on attend d'abord {awaited}.")


def _taken(session: Session, seat: Seat) -> AlreadyDone:
    decision = session.exec(select(Decision).where(Decision.seat_id == seat.id)).first()
    said = _who_and_when(session, decision) if decision else f"par {seat.taken_by}"
    return AlreadyDone(f"Déjà décidé : {said}.")


def _record(session: Session, procurement: Procurement, seat: Seat, decision: Decision) -> None:
    taken = session.exec(
        update(Seat)
        .where(col(Seat.id) == seat.id, col(Seat.taken_by).is_(None))
        .values(taken_by=decision.person_email, taken_at=decision.decided_at)
    )
    if taken.rowcount != 1:
        raise AlreadyDone(f"{procurement.ref} : cette réponse vient d'être donnée par quelqu'un d'autre.")
    session.add(decision)
    session.flush()
    journal.write(
        session,
        journal.Entry(
            fact=Fact.DECISION,
            ref=procurement.ref,
            actor=decision.person_email,
            subject=f"{decision.stage}/{decision.visit}",
            after=decision.answer,
            reason=decided.written(session, decision),
        ),
    )


def _record_refusal(ref: str, reply: Reply, refusal: Refused) -> None:
    """Write the refused attempt in the journal, in a transaction of its own; unknown references leave no line."""
    with transaction() as session:
        procurement = session.get(Procurement, ref)
        if procurement is None:
            return
        journal.write(
            session,
            journal.Entry(
                fact=Fact.REFUSAL,
                ref=ref,
                actor=reply.person,
                subject=f"{procurement.stage}/{procurement.visit}",
                after=reply.answer,
                reason=str(refusal),
            ),
        )


def answered(ref: str) -> list[Decision]:
    """Return every decision of a procurement, in order, voided ones included."""
    with reading() as session:
        return list(session.exec(select(Decision).where(Decision.ref == ref).order_by(col(Decision.id))))
