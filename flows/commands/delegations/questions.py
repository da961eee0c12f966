"""`achats delegation liste|verifier|decision-docx`: what is in force, who may sign, the act itself."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from models.reading.values import parse_amount, parse_date

Json = Annotated[bool, Parameter(name="--json", negative="", help="Réponse en JSON.")]
Day = Annotated[
    str | None, Parameter(name="--date", help="Jour considéré, AAAA-MM-JJ ; aujourd'hui si absent.")
]


def liste(
    *,
    date: Day = None,
    toutes: Annotated[bool, Parameter(help="Aussi celles qui n'ont pas d'effet, avec la raison.")] = False,
    echeance: Annotated[
        int | None, Parameter(help="Seulement celles qui finissent dans tant de jours.")
    ] = None,
    json: Json = False,
) -> None:
    """Lister les délégations en vigueur un jour donné."""
    from tasks.delegations import entry

    lines = entry.lines(parse_date(date, "--date") if date else None, toutes, echeance)
    if json:
        return print_json(lines)
    rows = [
        (x.reference, x.delegataire, ", ".join(x.actes), x.plafond or "sans", ", ".join(x.familles) or "toutes",
         x.debut, x.fin, x.motif)
        for x in lines
    ]  # fmt: skip
    columns = ("Référence", "Délégataire", "Actes", "Plafond EUR HT", "Familles", "Début", "Fin", "État")
    return print_table("Délégations de signature", columns, rows)


def verifier(
    *,
    personne: Annotated[str, Parameter(help="Courriel de la personne.")],
    acte: Annotated[str, Parameter(help="Acte à signer.")],
    montant: Annotated[str, Parameter(help="Montant de l'acte, EUR HT.")],
    famille: Annotated[str, Parameter(help="Code de la famille d'achat.")],
    etablissement: Annotated[str, Parameter(help="SIRET ou FINESS de l'établissement pour lequel on signe.")],
    date: Day = None,
    ref: Annotated[str | None, Parameter(help="Référence de l'achat (verrous, conflits d'intérêts).")] = None,
    json: Json = False,
) -> None:
    """Dire si une personne peut signer un acte un jour donné, pourquoi, et qui le pourrait."""
    from tasks.delegations import entry

    question = entry.Asked(
        personne=personne, acte=acte, montant=parse_amount(montant, "--montant"), famille=famille,
        etablissement=etablissement, jour=parse_date(date, "--date") if date else None, ref=ref,
    )  # fmt: skip
    answer = entry.ask(question)
    if json:
        return print_json(answer)
    print_line(f"{'OUI' if answer.autorise else 'NON'} ({answer.code}) : {answer.motif}")
    print_line(f"Peuvent signer : {', '.join(answer.signataires) or 'personne'}.")
    for remark in answer.reserves:
        print_line(f"Attention : {remark}")
    return None


def decision_docx(
    reference: Annotated[str, Parameter(help="Référence de la délégation.")],
    *,
    sortie: Annotated[Path | None, Parameter(help="Fichier à écrire ; REFERENCE.docx ici si absent.")] = None,
) -> None:
    """Écrire la décision de délégation en Word, avec les mentions exigées (CSP art. D. 6143-34 et D. 6143-35)."""
    from tasks.delegations.papers import decision_docx as written
    from tasks.storage import slug, write_asked

    path = sortie or Path(f"{slug(reference)}.docx")
    content = written(reference)
    write_asked(path, content)
    print_line(f"Décision écrite : {path}")
