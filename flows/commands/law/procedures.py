"""The procedure, the publicity and the periods that apply to a need."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from models.law import answers
from models.law.exemptions import Exemption, ExemptionGround
from models.law.exemptions import attested as facts_of
from models.law.regime import Nature, Need, regime_for
from models.law.wording import euros
from models.reading.values import parse_choice, parse_date, parse_positive_amount

NatureOption = Annotated[
    str, Parameter(name="--nature", help="fournitures, services, travaux ou services_sociaux")
]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Réponse en JSON")]


def procedure(
    nature: NatureOption,
    amount: Annotated[str, Parameter(name="--montant", help="Besoin estimé, EUR HT")],
    day: Annotated[str, Parameter(name="--date", help="Lancement de la consultation, AAAA-MM-JJ")],
    lot: Annotated[
        list[str] | None, Parameter(name="--lot", negative="", help="Montant d'un lot, EUR HT")
    ] = None,
    ground: Annotated[str | None, Parameter(name="--motif", help="Motif d'achat sans concurrence")] = None,
    attested: Annotated[
        bool, Parameter(name="--atteste", negative="", help="Les faits que le motif suppose sont établis")
    ] = False,
    ended: Annotated[
        str | None, Parameter(name="--fin-marche", help="Fin du marché dont le retard crée l'urgence")
    ] = None,
    months: Annotated[
        int | None, Parameter(name="--duree-mois", help="Durée des livraisons complémentaires, en mois")
    ] = None,
    deliveries_end: Annotated[
        str | None, Parameter(name="--fin-livraisons", help="Fin des livraisons complémentaires, AAAA-MM-JJ")
    ] = None,
    justification: Annotated[
        str, Parameter(name="--justification", help="Pourquoi elles durent plus que le code ne le permet")
    ] = "",
    initial: Annotated[
        str | None, Parameter(name="--conclusion-initiale", help="Conclusion du marché initial, AAAA-MM-JJ")
    ] = None,
    concluded: Annotated[
        str | None, Parameter(name="--conclusion", help="Conclusion du nouveau marché, le lancement sinon")
    ] = None,
    cpv: Annotated[str, Parameter(name="--cpv", help="Code CPV principal")] = "",
    json: Json = False,
) -> None:
    """Dire la procédure, la publicité et les délais qui s'appliquent à un besoin."""
    need = Need(
        nature=parse_choice(Nature, nature, "--nature"),
        amount_ht=parse_positive_amount(amount, "--montant"),
        launched_on=parse_date(day, "--date"),
        lots=tuple(parse_positive_amount(one, "--lot") for one in lot or ()),
        cpv=cpv,
        exemption=_exemption(
            ground,
            attested,
            contract_ended_on=ended and parse_date(ended, "--fin-marche"),
            months=months,
            deliveries_end_on=deliveries_end and parse_date(deliveries_end, "--fin-livraisons"),
            justification=justification,
            initial_concluded_on=initial and parse_date(initial, "--conclusion-initiale"),
            concluded_on=concluded and parse_date(concluded, "--conclusion"),
        )
        if ground
        else None,
    )
    answer = answers.ProcedureAnswer.of(regime_for(need))
    if json:
        return print_json(answer)
    print_line(f"Procédure : {answer.procedure.label}. Publicité : {answer.publicite.label}.")
    for number, one in enumerate(answer.lots, start=1):
        print_line(f"Lot {number}, {euros(one.amount)} HT : {one.procedure.label}")
    if answer.a_confirmer:
        print_line(f"À confirmer par un juriste : {', '.join(answer.a_confirmer)}.")
    rows = [(one.article, one.text, one.status.label) for one in answer.fondements]
    return print_table("Fondements", ("Article", "Règle", "Statut"), rows)


def _exemption(ground: str, attested: bool, **given: object) -> Exemption:
    kind = parse_choice(ExemptionGround, ground, "--motif")
    said = {name: value for name, value in given.items() if value}
    return Exemption.model_validate(
        {"ground": kind, "facts": facts_of(kind) if attested else frozenset(), **said}
    )
