"""`achats delegation ajouter|formalites|revoquer`: keeping the register of signature delegations."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line
from flows.commands.in_service import Code, Key
from models.reading.values import parse_date

Json = Annotated[bool, Parameter(name="--json", negative="", help="Réponse en JSON.")]
Reference = Annotated[str, Parameter(help="Référence de la délégation.")]
By = Annotated[str, Parameter(name="--par", help="Courriel de la personne qui tient le registre.")]
OptionalDay = str | None
Words = Annotated[
    list[str], Parameter(negative="", help="Actes, séparés par des virgules ou en répétant l'option.")
]


def ajouter(
    *,
    reference: Annotated[str, Parameter(help="Référence de l'acte, unique.")],
    delegant: Annotated[str, Parameter(help="Courriel du directeur qui délègue.")],
    delegataire: Annotated[str, Parameter(help="Courriel de la personne qui reçoit.")],
    fonction: Annotated[
        str, Parameter(help="Fonction du délégataire, citée dans l'acte (CSP art. D. 6143-34).")
    ],
    actes: Words,
    debut: Annotated[str, Parameter(help="Premier jour, AAAA-MM-JJ.")],
    fin: Annotated[OptionalDay, Parameter(help="Dernier jour, compris.")] = None,
    plafond: Annotated[
        str | None, Parameter(help="Plafond par acte, EUR HT, compris ; aucun si absent.")
    ] = None,
    familles: Annotated[
        list[str] | None, Parameter(negative="", help="Codes des familles ; toutes si absent.")
    ] = None,
    etablissements: Annotated[
        list[str] | None, Parameter(negative="", help="SIRET ou FINESS ; tous si absent.")
    ] = None,
    reserves: Annotated[str, Parameter(help="Conditions ou réserves.")] = "",
    rattachement: Annotated[
        str | None,
        Parameter(
            help="autorite_fonctionnelle ou mise_a_disposition, pour l'agent d'un autre établissement."
        ),
    ] = None,
    en_l_absence_de: Annotated[str | None, Parameter(help="Courriel de la personne suppléée.")] = None,
    subdelegation_de: Annotated[
        str | None, Parameter(help="Référence d'une délégation dont elle découle.")
    ] = None,
    decision: Annotated[OptionalDay, Parameter(help="Signature de l'acte de délégation.")] = None,
    notification: Annotated[OptionalDay, Parameter(help="Notification au délégataire.")] = None,
    publication: Annotated[OptionalDay, Parameter(help="Publication.")] = None,
    transmission_conseil: Annotated[
        OptionalDay, Parameter(help="Communication au conseil de surveillance.")
    ] = None,
    transmission_comptable: Annotated[OptionalDay, Parameter(help="Transmission au comptable.")] = None,
    specimen: Annotated[OptionalDay, Parameter(help="Dépôt du spécimen de signature.")] = None,
    par: By = "achats",
    cle: Key = None,
    code: Code = None,
    json: Json = False,
) -> None:
    """Inscrire une délégation au registre."""
    from tasks.access import proofs
    from tasks.delegations import commands, entry

    given = {name: value for name, value in locals().items() if name in entry.KEYS}
    commands.check_giving(given, par, proofs.given(cle, code))
    _said(entry.add(given, par), json)


def formalites(
    reference: Reference,
    *,
    notification: Annotated[OptionalDay, Parameter(help="Notification au délégataire.")] = None,
    publication: Annotated[OptionalDay, Parameter(help="Publication.")] = None,
    transmission_conseil: Annotated[
        OptionalDay, Parameter(help="Communication au conseil de surveillance.")
    ] = None,
    transmission_comptable: Annotated[OptionalDay, Parameter(help="Transmission au comptable.")] = None,
    specimen: Annotated[OptionalDay, Parameter(help="Dépôt du spécimen de signature.")] = None,
    par: By = "achats",
    cle: Key = None,
    code: Code = None,
    json: Json = False,
) -> None:
    """Inscrire la publication et les transmissions d'une délégation."""
    from tasks.access import proofs
    from tasks.delegations import commands, entry

    dates = {
        "notified_on": notification,
        "published_on": publication,
        "transmitted_council_on": transmission_conseil,
        "transmitted_accountant_on": transmission_comptable,
        "specimen_on": specimen,
    }
    read = {name: parse_date(text, name) for name, text in dates.items() if text}
    commands.check_completing(reference, par, proofs.given(cle, code))
    _said(entry.complete(reference, read, par), json)


def revoquer(
    reference: Reference,
    *,
    motif: Annotated[str, Parameter(help="Raison de l'abrogation.")],
    date: Annotated[OptionalDay, Parameter(help="Premier jour sans effet ; aujourd'hui si absent.")] = None,
    par: By = "achats",
    cle: Key = None,
    code: Code = None,
    json: Json = False,
) -> None:
    """Abroger une délégation : à partir de ce jour, elle ne permet plus de signer."""
    from tasks.access import proofs
    from tasks.delegations import commands, entry

    commands.check_ending(reference, par, proofs.given(cle, code))
    _said(entry.revoke(reference, parse_date(date, "--date") if date else None, motif, par), json)


def _said(done: object, as_json: bool) -> None:
    from tasks.delegations.register import Recorded

    assert isinstance(done, Recorded)
    if as_json:
        return print_json(done)
    print_line(f"Délégation « {done.reference} » {done.resultat}.")
    for warning in done.avertissements:
        print_line(f"Attention : {warning}")
    return None
