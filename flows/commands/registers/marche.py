"""`achats marche voir|renouveler`: a contract of the register, its lots and its amendments, its renewal."""

import datetime as dt
from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line, print_table

Json = Annotated[bool, Parameter(name="--json", negative="", help="Écrire le résultat en JSON.")]


def voir(
    numero: Annotated[str, Parameter(help="Numéro du marché (NUMÉRO@SIRET pour un autre acheteur).")],
    *,
    date: Annotated[
        str | None, Parameter(name="--date", help="Jour de la lecture ; aujourd'hui par défaut.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Montrer un marché du registre : lots, montants et fin avant et après avenants, cumul jugé par la loi."""
    from models.law.wording import euros, percent
    from tasks.runs import watch
    from tasks.views.contract import sheet

    found = sheet(numero, watch.day_of(date))
    if as_json:
        print_json(found)
        return
    end = f", fin le {found.ends_on:%d/%m/%Y}" if found.ends_on else ""
    print_line(f"{found.number} : {found.objet}{end}")
    money = [
        (
            str(one.number),
            ", ".join(one.holders),
            *(euros(amount) if amount else "" for amount in (one.signed_ht, one.amount_ht, one.maximum_ht)),
            euros(one.ordered_ht),
            _day(one.ends_on),
        )
        for one in found.lots
    ]
    print_table(
        "Lots", ("lot", "titulaires", "montant initial", "montant", "maximum", "commandé", "fin"), money
    )
    lines = [
        (
            f"{one.lot}/{one.numero}",
            _day(one.notifie_le),
            one.article,
            euros(one.montant_ht) if one.montant_ht is not None else "",
            percent(one.part_cumulee) if one.part_cumulee is not None else "",
            _day(one.nouvelle_fin),
            one.motif,
        )
        for one in found.amendments
    ]
    print_table(
        "Avenants", ("lot/n°", "date", "fondement", "montant HT", "cumul", "nouvelle fin", "droit"), lines
    )


def _day(value: dt.date | None) -> str:
    return f"{value:%d/%m/%Y}" if value else ""


def renouveler(
    numero: Annotated[str, Parameter(help="Numéro du marché, ou NUMÉRO:FIN pour un terme précis.")],
    *,
    acheteur: Annotated[
        str | None, Parameter(help="Courriel de l'acheteur qui suivra le renouvellement.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Ouvrir le renouvellement d'un marché sans attendre la veille, par exemple d'un marché classé à l'historique.

    Une fois par marché et par terme : la seconde fois dit l'achat déjà ouvert.
    """
    from tasks.contracts import renewal

    opened = renewal.open_for(numero, acheteur)
    if as_json:
        print_json(opened)
        return
    print_line(f"Renouvellement {opened.ref} {'ouvert' if opened.is_new else 'déjà ouvert'}.")
    for remark in opened.remarques:
        print_line(f"  {remark}")
