"""`achats litige ouvrir|decision|liste`."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table

if TYPE_CHECKING:
    from tasks.disputes.register import DisputeLine

Json = Annotated[bool, Parameter(name="--json", negative="", help="Écrire le résultat en JSON.")]
Person = Annotated[str, Parameter(name="--personne", help="Courriel de la personne qui enregistre.")]
BACK_TO = {"analyse": "analysis", "sans_suite": "without_follow_up"}


def ouvrir(
    *,
    type_: Annotated[
        str,
        Parameter(
            name="--type",
            help="refere_precontractuel, refere_contractuel, recours_validite, reclamation, "
            "penalites_contestees, mediation, conciliation ou comite_reglement_amiable.",
        ),
    ],
    requerant: Annotated[str, Parameter(name="--requerant", help="Nom du requérant.")],
    personne: Person,
    achat: Annotated[str | None, Parameter(name="--achat", help="Référence de l'achat.")] = None,
    marche: Annotated[str | None, Parameter(name="--marche", help="Numéro du marché.")] = None,
    date: Annotated[
        str | None, Parameter(name="--date", help="Jour du dépôt ; aujourd'hui par défaut.")
    ] = None,
    montant: Annotated[str | None, Parameter(name="--montant", help="Montant en jeu, en euros.")] = None,
    echeance: Annotated[str | None, Parameter(name="--echeance", help="Échéance connue, AAAA-MM-JJ.")] = None,
    as_json: Json = False,
) -> None:
    """Ouvrir un litige. Un référé précontractuel interdit aussitôt la signature, jusqu'à la décision du juge."""
    from models.disputes.ruling import DisputeKind
    from models.reading.values import parse_choice, parse_date, parse_positive_amount
    from tasks.disputes import ruling as dispute_ruling
    from tasks.runs import watch

    filing = dispute_ruling.Filing(
        kind=parse_choice(DisputeKind, type_, "--type"),
        applicant=requerant,
        filed_on=watch.day_of(date),
        person=personne,
        ref=achat,
        contract=marche,
        amount=parse_positive_amount(montant, "--montant") if montant else None,
        due_on=parse_date(echeance, "--echeance") if echeance else None,
    )
    _show(dispute_ruling.open_dispute(filing), as_json)


def decision(
    cle: Annotated[str, Parameter(help="Clé du litige, par exemple L2026-001.")],
    *,
    sens: Annotated[
        str,
        Parameter(name="--sens", help="rejet, desistement, non_lieu, annulation, accord ou condamnation."),
    ],
    personne: Person,
    date: Annotated[
        str | None, Parameter(name="--date", help="Jour de la notification ; aujourd'hui par défaut.")
    ] = None,
    texte: Annotated[str, Parameter(name="--texte", help="Ce que dit la décision.")] = "",
    reprise: Annotated[
        str | None,
        Parameter(name="--reprise", help="Après une annulation : analyse ou sans_suite."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Enregistrer la décision qui met fin à un litige : le verrou est levé et les dates sont recalculées."""
    from models.disputes.ruling import DisputeOutcome
    from models.reading.values import parse_choice
    from tasks.disputes import ruling as dispute_ruling
    from tasks.runs import watch

    ruling = dispute_ruling.Ruling(
        outcome=parse_choice(DisputeOutcome, sens, "--sens"),
        decided_on=watch.day_of(date),
        person=personne,
        text=texte,
        back_to=BACK_TO.get(reprise or "", reprise),
    )
    _show(dispute_ruling.decide(cle, ruling), as_json)


def liste(
    *,
    tous: Annotated[bool, Parameter(name="--tous", negative="", help="Avec les litiges terminés.")] = False,
    as_json: Json = False,
) -> None:
    """Lister les litiges en cours."""
    from tasks.disputes import register

    lines = register.listed(closed=tous)
    if as_json:
        print_json(lines)
        return
    rows = [
        (one.cle, one.intitule, one.achat or one.marche, one.requerant, one.depose_le,
         one.decision_attendue_le, "oui" if one.signature_suspendue else "", one.sens)
        for one in lines
    ]  # fmt: skip
    columns = (
        "clé", "litige", "objet", "requérant", "déposé le", "décision attendue", "signature suspendue", "sens",
    )  # fmt: skip
    print_table("Litiges", columns, rows)


def _show(line: "DisputeLine", as_json: bool) -> None:
    if as_json:
        print_json(line)
        return
    print_line(f"{line.cle} : {line.intitule}, {line.requerant}, {line.achat or line.marche}")
    if line.decision_attendue_le and not line.decide_le:
        print_line(f"Décision attendue au plus tard le {line.decision_attendue_le:%d/%m/%Y}.")
    if line.decide_le:
        print_line(f"Décidé le {line.decide_le:%d/%m/%Y} : {line.sens}.")
    for remark in line.remarques:
        print_line(f"  {remark}")
