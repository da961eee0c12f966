"""`achats marche voir|renouveler`: a contract of the register, its lots and its amendments, its renewal."""

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
    from tasks.views.contract_sheet import sheet

    found = sheet(numero, watch.day_of(date))
    if as_json:
        print_json(found)
        return
    print_line(f"{found.numero} : {found.objet}, fin le {found.fin:%d/%m/%Y}" if found.fin else found.objet)
    money = [
        (
            str(one.lot),
            ", ".join(one.titulaires),
            euros(one.montant_initial_ht) if one.montant_initial_ht else "",
            euros(one.montant_ht) if one.montant_ht else "",
            euros(one.maximum_ht) if one.maximum_ht else "",
            euros(one.commande_ht),
            f"{one.fin:%d/%m/%Y}" if one.fin else "",
        )
        for one in found.lots
    ]
    print_table(
        "Lots", ("lot", "titulaires", "montant initial", "montant", "maximum", "commandé", "fin"), money
    )
    lines = [
        (
            f"{one.lot}/{one.numero}",
            f"{one.notifie_le:%d/%m/%Y}" if one.notifie_le else "",
            one.article,
            euros(one.montant_ht) if one.montant_ht is not None else "",
            percent(one.part_cumulee) if one.part_cumulee is not None else "",
            f"{one.nouvelle_fin:%d/%m/%Y}" if one.nouvelle_fin else "",
            one.motif,
        )
        for one in found.avenants
    ]
    print_table(
        "Avenants", ("lot/n°", "date", "fondement", "montant HT", "cumul", "nouvelle fin", "droit"), lines
    )


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
