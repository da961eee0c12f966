"""Recueil des besoins: the sheet to download, and the quantities read from a workbook or from pasted cells."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from models.errors import BadInput, NotAllowed
from portal.decide import Filled, chosen, content_of, open_gate, show_form
from portal.files import send_file
from portal.frame.security import Here, Sent, here, sent
from portal.frame.turns import apart
from tasks.views import needs
from tasks.views.gate import GateView

router = APIRouter(prefix="/achats/{ref}/besoins")
Me = Annotated[Here, Depends(here)]
NOTHING_READ = "Aucune quantité lue : gardez la ligne d'en-têtes et la colonne des codes, puis recommencez."


def _asked(me: Here, ref: str) -> GateView:
    gate = open_gate(me, ref)
    if gate.stage != "needs" or gate.refusal:
        raise NotAllowed(gate.refusal or "Les besoins ne sont pas demandés à cette étape.")
    return gate


@router.get("/feuille")
@apart
def download(ref: str, me: Me) -> Response:
    """Send the sheet that the establishment fills."""
    return send_file(needs.sheet(_asked(me, ref), {}), f"{ref}-besoins.xlsx", "attachment")


@router.post("/lire")
@apart
def read(ref: str, me: Me, form: Annotated[Sent, Depends(sent)]) -> Response:
    """Show the form filled with what a workbook or pasted cells give; nothing is recorded yet."""
    gate = _asked(me, ref)
    answer = chosen(gate, "approve")
    content, pasted = content_of(answer.answer, form), form.get("colle")
    try:
        name, raw = _given(form)
        found = needs.read(raw, name, gate.items)
    except BadInput as fault:
        return show_form(me, gate, answer, Filled(content=content, said=str(fault), pasted=pasted), 400)
    former = content.get("quantites")
    content["quantites"] = {**(former if isinstance(former, dict) else {}), **found.quantities}
    count = len(found.quantities)
    said = f"Quantités lues : {count}. Vérifiez-les, puis transmettez." if count else NOTHING_READ
    kept = "" if count else pasted
    return show_form(
        me,
        gate,
        answer,
        Filled(content=content, said=said, is_good=count > 0, notes=found.refused, pasted=kept),
    )


def _given(form: Sent) -> tuple[str, bytes]:
    file = form.files.get("fichier")
    if file is not None and file.size:
        return file.filename or "fichier", file.file.read(needs.LARGEST + 1)
    pasted = form.get("colle")
    if not pasted.strip():
        raise BadInput("Choisissez un fichier, ou collez les cellules de votre tableur.")
    return "collage", pasted.encode()
