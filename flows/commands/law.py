"""Commands of law: procedure, late interest, modification, legal figures."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table
from models.errors import BadInput
from models.law import answers
from models.law.dated import figures
from models.law.exemptions import Exemption, ExemptionGround
from models.law.exemptions import attested as facts_of
from models.law.interest import Payer, Payment, late_interest
from models.law.modification import Modification, ground_named, judge
from models.law.regime import Nature, Need, regime_for
from models.law.wording import euros, french_day, percent
from models.reading.values import parse_amount, parse_choice, parse_date, parse_positive_amount

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


def interets(
    amount: Annotated[str, Parameter(name="--montant-ttc", help="Montant payé, EUR TTC")],
    received: Annotated[str, Parameter(name="--reception", help="Réception de la demande, AAAA-MM-JJ")],
    paid: Annotated[str, Parameter(name="--paiement", help="Paiement, AAAA-MM-JJ")],
    executed: Annotated[str | None, Parameter(name="--execution", help="Exécution si plus tardive")] = None,
    payer: Annotated[
        str, Parameter(name="--payeur", help="etablissement_de_sante (50 jours) ou autre (30 jours)")
    ] = Payer.HEALTH,
    json: Json = False,
) -> None:
    """Calculer les intérêts moratoires d'un paiement tardif."""
    payment = Payment(
        amount_ttc=parse_positive_amount(amount, "--montant-ttc"),
        received_on=parse_date(received, "--reception"),
        paid_on=parse_date(paid, "--paiement"),
        executed_on=parse_date(executed, "--execution") if executed else None,
        payer=parse_choice(Payer, payer, "--payeur"),
    )
    due = late_interest(payment)
    if json:
        return print_json(answers.InterestAnswer.of(due))
    rate = f" au taux de {percent(due.rate)}" if due.rate is not None else ""
    print_line(f"Échéance le {french_day(due.due_on)}, {due.days_late} jours de retard{rate}.")
    return print_line(
        f"Intérêts {euros(due.interest)}, indemnité {euros(due.indemnity)}, total {euros(due.total)}."
    )


def modification(
    nature: NatureOption,
    initial: Annotated[str, Parameter(name="--montant-initial", help="Montant initial, EUR HT")],
    amount: Annotated[str, Parameter(name="--montant", help="Cette modification, EUR HT")],
    ground: Annotated[str, Parameter(name="--fondement", help="R. 2194-8 ou faible_montant, etc.")],
    day: Annotated[str, Parameter(name="--date", help="Jour de la modification, AAAA-MM-JJ")],
    previous: Annotated[
        str, Parameter(name="--cumul-precedent", help="Modifications précédentes, EUR HT")
    ] = "0",
    lowers: Annotated[
        bool, Parameter(name="--en-moins", negative="", help="Le montant diminue le marché")
    ] = False,
    formalised: Annotated[
        bool | None, Parameter(name="--formalise", negative="--non-formalise", help="Marché formalisé ou non")
    ] = None,
    changes_nature: Annotated[
        bool, Parameter(name="--change-la-nature", negative="", help="La nature globale change")
    ] = False,
    json: Json = False,
) -> None:
    """Dire si une modification du marché est permise, et si un avis est dû."""
    size = parse_amount(amount, "--montant")
    if size < 0:
        raise BadInput("--montant : donnez le montant sans signe, avec --en-moins pour une diminution.")
    change = Modification(
        nature=parse_choice(Nature, nature, "--nature"),
        initial_ht=parse_positive_amount(initial, "--montant-initial"),
        previous_ht=parse_amount(previous, "--cumul-precedent"),
        amount_ht=-size if lowers else size,
        ground=ground_named(ground),
        on=parse_date(day, "--date"),
        formalised=formalised,
        changes_nature=changes_nature,
    )
    verdict = judge(change)
    if json:
        return print_json(answers.ModificationAnswer.of(change, verdict))
    print_line(verdict.reason)
    notice = "oui" if verdict.notice_due else "non"
    return print_line(f"À justifier : {verdict.to_prove}. Avis de modification : {notice}.")


def parametres(
    name: Annotated[
        str, Parameter(name="--nom", help="Seulement les chiffres dont le nom contient ce mot")
    ] = "",
    json: Json = False,
) -> None:
    """Lister tous les chiffres de la loi et du groupement, avec leurs dates, leur statut et leur source."""
    listed = [answers.FigureAnswer.of(figure) for figure in figures() if name in figure.name]
    if json:
        return print_json(listed)
    for figure in listed:
        print_line(f"{figure.nom} : {figure.description} ({figure.unite}) — {figure.article}")
        for one in figure.valeurs:
            print_line(f"    {one.span} : {one.text} [{one.statut.label}] {one.reference} — {one.source}")
    return None
