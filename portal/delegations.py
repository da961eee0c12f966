"""Délégations: the register, who may sign what; giving, changing and ending one, its effects shown first."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from models.access.sight import completes_delegation, ends_delegation, gives_delegations
from models.errors import BadInput, NotAllowed, Refused
from models.reading.values import parse_date, parse_positive_amount
from models.signing.acts import Act, Attachment
from portal.files import send_file
from portal.frame.forms import said_above
from portal.frame.pages import page, said
from portal.frame.security import Here, Sent, here, sent, without
from portal.frame.turns import apart
from portal.proof import PROOF_FIELDS, prove
from tasks import clock
from tasks.access import fresh_proof
from tasks.delegations import entry, papers
from tasks.delegations import impact as delegation_impact
from tasks.views import delegations, organisation, portfolio

router = APIRouter(prefix="/delegations")
Me = Annotated[Here, Depends(here)]
Form = Annotated[Sent, Depends(sent)]
MANY = ("actes", "familles", "etablissements")
ONE = (
    "reference", "delegataire", "fonction", "plafond", "debut", "fin", "reserves", "rattachement",
    "en_l_absence_de", "decision", "notification",
)  # fmt: skip
ATTACHMENTS = {
    Attachment.FUNCTIONAL: "autorité fonctionnelle (CSP art. R. 6132-21-1)",
    Attachment.SECONDED: "mise à disposition",
}
NAMES = {act.value: act.label for act in Act}
Values = dict[str, list[str]]


@router.get("")
def show_all(request: Request, me: Me) -> Response:
    """Show the register of delegations, and who may sign what."""
    query = request.query_params
    asked = {name: query.get(name, "").strip() for name in ("acte", "montant", "famille", "jour")}
    answer, fault = [], ""
    if asked["montant"]:
        try:
            answer = delegations.who_may(
                asked["acte"],
                parse_positive_amount(asked["montant"], "montant"),
                asked["famille"],
                parse_date(asked["jour"]) if asked["jour"] else clock.today(),
            )
        except (BadInput, Refused) as refusal:
            fault = str(refusal)
    return page(
        me,
        "delegations.html",
        delegations=delegations.lines(clock.today()),
        actes=list(Act),
        familles=portfolio.families(),
        demande=asked,
        signataires=answer,
        faute=fault,
        noms=NAMES,
        peut_donner=gives_delegations(me.person),
    )


@router.get("/fiche")
def show_one(me: Me, ref: str = "") -> Response:
    """Show one delegation and its formalities."""
    return _sheet(me, ref)


@router.get("/acte.docx")
@apart
def download(me: Me, ref: str = "") -> Response:
    """Send the act of delegation, ready to be signed."""
    reference = _found(ref).line.reference
    return send_file(papers.decision_docx(reference), f"{reference.replace('/', '-')}.docx", "attachment")


@router.post("/formalites")
@apart
def complete(me: Me, form: Form) -> Response:
    """Enter the formalities done after the act: what is written there is not changed any more."""
    found = _found(form.get("ref"))
    if not completes_delegation(me.person, found.line.delegant, found.line.delegataire):
        raise NotAllowed(
            "Les formalités sont inscrites par une seconde personne de la direction ou de la cellule juridique : "
            "ni celle qui a donné la délégation, ni celle qui l'a reçue."
        )
    try:
        dates = {
            column: parse_date(form.get(name), label)
            for column, (name, label) in delegations.LABELS.items()
            if form.get(name)
        }
        entry.complete(found.line.reference, dates, me.person.email)
    except BadInput as fault:
        return _sheet(me, found.line.reference, said(fault))
    return _to_sheet(found.line.reference)


@router.post("/finir")
@apart
def end(request: Request, me: Me, form: Form) -> Response:
    """Show what ending a delegation would do; confirmed and proven, end it."""
    found = _found(form.get("ref"))
    if not ends_delegation(me.person, found.line.delegant):
        raise NotAllowed("Une délégation est retirée par la personne qui l'a donnée.")
    reference, actor, reason = found.line.reference, me.person.email, form.get("motif").strip()[:500]
    try:
        on = _first_day_without(form, reason)
        impact = delegation_impact.of_ending(reference, on, reason, actor)
    except BadInput as fault:
        return _sheet(me, reference, said(fault), dict(form.fields))
    if form.get("confirme") != "oui":
        return _effects(me, form, impact, found)
    try:
        prove(request, me, form, needs_code=True)
    except NotAllowed as fault:
        return _effects(me, form, impact, found, str(fault))
    entry.revoke(reference, on, reason, actor)
    return _to_sheet(reference)


def _effects(
    me: Here,
    form: Sent,
    impact: delegation_impact.Impact,
    found: delegations.Sheet | None = None,
    fault: str = "",
) -> Response:
    """Return the page of the effects, on which the person proves who she is before anything is written."""
    return page(
        me,
        "delegation_effets.html",
        403 if fault else 200,
        fiche=found,
        effets=impact,
        champs=without(form.fields, *PROOF_FIELDS),
        adresse="finir" if found else "donner",
        faute=fault,
        preuve=fresh_proof.asked_of(me.person.email),
    )


def _first_day_without(form: Sent, reason: str) -> date:
    if not reason:
        raise BadInput("Dites pourquoi la délégation prend fin.")
    return parse_date(form.get("jour"), "premier jour sans effet")


@router.get("/donner")
def show_form(me: Me, remplace: str = "") -> Response:
    """Show the form of a delegation, filled from the one that it replaces."""
    former = _check_giver(me, remplace)
    values = delegations.content_of(remplace) if former else {}
    today = clock.today()
    values |= {
        "reference": [delegations.next_reference(today)],
        "debut": [today.isoformat()],
        "decision": [today.isoformat()],
    }
    return _form(me, values, remplace)


@router.post("/donner")
@apart
def give(request: Request, me: Me, form: Form) -> Response:
    """Show what a delegation would do; confirmed and proven, record it: its formalities are entered by another."""
    replaced = form.get("remplace")
    _check_giver(me, replaced)
    values = {name: [value for key, value in form.fields if key == name and value] for name in (*ONE, *MANY)}
    if form.get("corriger"):
        return _form(me, values, replaced)
    given: dict[str, object] = {name: texts[-1] for name in ONE if (texts := values[name])}
    given |= {name: values[name] for name in MANY}
    given["delegant"] = me.person.email
    try:
        impact = delegation_impact.of_giving(given, replaced or None, me.person.email)
    except Refused as fault:
        return _form(me, values, replaced, fault)
    if form.get("confirme") != "oui":
        return _effects(me, form, impact)
    try:
        prove(request, me, form, needs_code=True)
    except NotAllowed as fault:
        return _effects(me, form, impact, fault=str(fault))
    return _to_sheet(_recorded(given, replaced, me.person.email))


def _recorded(given: dict[str, object], replaced: str, actor: str) -> str:
    done = entry.replace(replaced, given, actor) if replaced else entry.add(given, actor)
    return done.reference


def _check_giver(me: Here, replaced: str) -> bool:
    """Refuse whoever may not give a delegation, or change that one; return whether one is replaced."""
    if not gives_delegations(me.person):
        raise NotAllowed(
            "Une délégation est donnée par la direction d'un établissement (CSP art. L. 6143-7)."
        )
    if replaced and not ends_delegation(me.person, _found(replaced).line.delegant):
        raise NotAllowed("Une délégation est changée par la personne qui l'a donnée.")
    return bool(replaced)


def _form(me: Here, values: Values, replaced: str, fault: Refused | None = None) -> Response:
    return page(
        me,
        "delegation_donner.html",
        400 if fault else 200,
        valeurs=values,
        remplace=replaced,
        faute=said_above(fault) if fault else "",
        fautes=fault.fields if fault else {},
        agents=[
            (one.email, f"{one.name}, {one.function}")
            for one in organisation.active_people()
            if one.email != me.person.email
        ],
        actes=list(Act),
        rattachements=[(one.value, label) for one, label in ATTACHMENTS.items()],
        choix=portfolio.choices(),
    )


def _found(reference: str) -> delegations.Sheet:
    found = delegations.sheet(reference, clock.today())
    if found is None:
        raise HTTPException(404)
    return found


def _to_sheet(reference: str) -> Response:
    return RedirectResponse(f"/delegations/fiche?{urlencode({'ref': reference})}", 303)


def _sheet(me: Here, reference: str, fault: str = "", typed: dict[str, str] | None = None) -> Response:
    found = _found(reference)
    return page(
        me,
        "delegation.html",
        400 if fault else 200,
        fiche=found,
        faute=fault,
        valeurs=typed or {},
        aujourdhui=clock.today(),
        peut_finir=found.line.abrogation is None and ends_delegation(me.person, found.line.delegant),
        peut_completer=completes_delegation(me.person, found.line.delegant, found.line.delegataire),
        noms=NAMES,
    )
