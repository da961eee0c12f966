"""Late interest, modifications, and the list of the legal figures."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line
from flows.commands.law.procedures import Json, NatureOption
from models.errors import BadInput
from models.law import answers
from models.law.dated import figures
from models.law.interest import Payer, Payment, late_interest
from models.law.modification import Modification, ground_named, judge
from models.law.regime import Nature
from models.law.wording import euros, french_day, percent
from models.reading.values import parse_amount, parse_choice, parse_date, parse_positive_amount


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
