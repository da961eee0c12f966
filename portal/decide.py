"""The decision form, made from the typed form of the gate, and the signature."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, SecretStr
from starlette.exceptions import HTTPException

from models.errors import AlreadyDone, BadInput, Refused
from models.process.forms import Analysis, Needs
from models.process.table import PROCESS, Answer, Gate
from portal.frame import forms, forward
from portal.frame.pages import page
from portal.frame.security import Here, Sent, address_of, here, sent, without
from portal.frame.turns import apart
from portal.proof import has_passkey
from tasks.access import fresh_proof
from tasks.access.proofs import Credentials
from tasks.gates import decisions, opening_shares
from tasks.process import conflicts
from tasks.views.gate import GateView, Possible, gate_view, note_read

router = APIRouter(prefix="/achats/{ref}")
Me = Annotated[Here, Depends(here)]
Form = Annotated[Sent, Depends(sent)]
OWN_PAGES: dict[type[BaseModel], str] = {
    Needs: "besoins.html",
    Analysis: "analyse.html",
}  # quantities and marks
UNKNOWN = "Cette réponse n'existe pas à cette étape : rouvrez la page de l'achat et choisissez-en une."
OWN_FIELDS = ("reponse", "code", "ajouter", "etape", "mot_de_passe", "colle", "preuve_cle")


class Filled(BaseModel):
    """A form as it stands on the page: its content, its faults by field, what was said of the whole."""

    content: dict[str, object] = {}
    faults: dict[str, str] = {}
    said: str = ""
    is_good: bool = False  # what is said asks for no mending
    notes: list[str] = []
    pasted: str = ""


def open_gate(me: Here, ref: str) -> GateView:
    """Return the gate of a purchase as the person meets it; a purchase that asks nothing has no such page."""
    found = gate_view(me.person, ref)
    if found is None:
        raise HTTPException(404)
    return found


def chosen(gate: GateView, key: str) -> Possible:
    """Return the answer of that key; refuse a key that is not one of the gate's, never take another in its place."""
    found = next((one for one in gate.possible if one.answer.key == key), None)
    if found is None:
        raise BadInput(UNKNOWN)
    return found


def first_open(gate: GateView) -> Possible:
    """Return the first answer that the person may give, which the page proposes."""
    return next((one for one in gate.possible if not one.refusal), gate.possible[0])


def show_form(me: Here, gate: GateView, possible: Possible, filled: Filled, status: int = 200) -> Response:
    """Return the page of a gate with the form of one answer."""
    answer = possible.answer
    note_read(me.person, gate)
    gate.code_is_asked = gate.code_is_asked and not me.is_strong
    proof = fresh_proof.asked_of(me.person.email)
    template = OWN_PAGES.get(answer.form, "repondre.html")
    return page(
        me,
        template,
        status,
        etape=gate,
        choix=possible,
        reponse=answer,
        champs=_in_order(forms.fields_of(answer.form, filled.content, filled.faults)),
        rempli=filled,
        preuve=proof,
    )


def _in_order(fields: list[forms.FieldView]) -> list[forms.FieldView]:
    """Return the fields with the free remark last, where people look for it."""
    return sorted(fields, key=lambda field: field.name == "observation")


@router.get("/repondre")
@apart  # reading tenders is written in the journal
def show(request: Request, ref: str, me: Me) -> Response:
    """Show the form of an answer."""
    gate = gate_view(me.person, ref)
    if gate is None:
        return RedirectResponse(f"/achats/{ref}", 303)
    wanted = request.query_params.get("reponse")
    possible = chosen(gate, wanted) if wanted else first_open(gate)
    is_proposed = possible.answer.key == "approve" and possible.answer.form not in OWN_PAGES
    example = gate.example if is_proposed else {}
    return show_form(me, gate, possible, Filled(content=example))


@router.post("/repondre")
@apart
def decide(request: Request, ref: str, me: Me, form: Form) -> Response:
    """Record the answer, or show the form again with what is wrong in it."""
    gate, answer = _meant(form)
    content = content_of(answer, form)
    if added := form.get("ajouter"):
        return _show_again(me, ref, form, answer, Filled(content=_longer(content, added)))
    if faults := _faults_of(answer, content):
        said = "Le formulaire n'est pas complet : corrigez ce qui est signalé."
        return _show_again(me, ref, form, answer, Filled(content=content, faults=faults, said=said))
    try:
        has_key = has_passkey(request, me, form)
        if gate.opens and answer.key == "approve" and opening_shares.asks(me.person.email, ref):
            _open_share(request, ref, me, form, has_key)
        decisions.decide(ref, _reply(me, answer, form, has_key))
    except AlreadyDone:
        raise
    except Refused as refusal:
        faults = {name: fault for name, fault in refusal.fields.items() if name}
        said = forms.said_above(refusal)
        return _show_again(me, ref, form, answer, Filled(content=content, faults=faults, said=said))
    forward.start_next(ref)
    return RedirectResponse(f"/achats/{ref}", 303)


def _meant(form: Sent) -> tuple[Gate, Answer]:
    """Return the gate and the answer that a form means: what is not open any more is refused by the decision."""
    gate = PROCESS.get(form.get("etape").partition("/")[0])
    answer = gate.answer(form.get("reponse")) if isinstance(gate, Gate) else None
    if not isinstance(gate, Gate) or answer is None:
        raise BadInput(UNKNOWN)
    return gate, answer


def _faults_of(answer: Answer, content: dict[str, object]) -> dict[str, str]:
    """Return what is wrong in a form, by field; a question that nobody answered is a fault too."""
    _, faults = forms.checked(answer.form, content)
    if answer.form is Needs and "opportunite" not in content:
        faults["opportunite"] = (
            "Dites si votre établissement confirme l'opportunité de cet achat, ou n'a aucun besoin."
        )
    return faults


@router.post("/interets")
@apart
def declare(ref: str, me: Me, form: Form) -> Response:
    """Record the declaration of interests of the person, then show the gate again."""
    conflicts.declare(ref, me.person.email, form.get("nature"), form.get("motif")[:4000])
    return RedirectResponse(f"/achats/{ref}/repondre", 303)


def _show_again(me: Here, ref: str, form: Sent, answer: Answer, filled: Filled) -> Response:
    """Return the page of the open gate with the form as it was sent and what is wrong in it."""
    gate = gate_view(me.person, ref)
    if gate is None or gate.place != form.get("etape"):
        raise AlreadyDone(f"{ref} a changé d'étape entre-temps : rouvrez la page de l'achat.")
    return show_form(me, gate, chosen(gate, answer.key), filled, 400 if filled.said else 200)


def _open_share(request: Request, ref: str, me: Here, form: Sent, has_key: bool) -> None:
    """Give the person's share of the key, by her password and her second factor when she has one."""
    given = fresh_proof.Given(code=SecretStr(form.get("code").strip()), has_passkey=has_key)
    fresh_proof.prove_second(me.person.email, given)
    opening_shares.release(ref, me.person.email, SecretStr(form.get("mot_de_passe")), address_of(request))


def _reply(me: Here, answer: Answer, form: Sent, has_key: bool) -> decisions.Reply:
    code = form.get("code").strip()
    return decisions.Reply(
        person=me.person.email,
        answer=answer.key,
        fields=content_of(answer, form),
        stage=form.get("etape"),
        credentials=Credentials(
            code=SecretStr(code) if code else None,
            has_logged_in=True,
            has_strong_login=me.is_strong,
            has_passkey=has_key,
        ),
    )


def content_of(answer: Answer, form: Sent) -> dict[str, object]:
    """Return the content of the form of an answer, as the command line would give it."""
    maps = forms.maps_of(answer.form)
    content = forms.shaped(answer.form, forms.nested(without(form.fields, *OWN_FIELDS), maps))
    if answer.form is Needs and not form.get("opportunite"):
        del content["opportunite"]  # a question that was not answered is not a « no »
    return content


def _longer(content: dict[str, object], name: str) -> dict[str, object]:
    """Return the content with one more row in a table."""
    rows = content.get(name)
    return {**content, name: [*(rows if isinstance(rows, list) else []), {}]}
