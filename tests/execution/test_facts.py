"""Facts of performance: what their files say, and the risks that follow; figures worked out by hand."""

from decimal import Decimal

import pytest
from sqlmodel import select

from models.errors import BadInput, NotAllowed
from models.risks.register import Level, Risk
from tasks.contracts import renewal
from tasks.contracts.importing import import_contracts
from tasks.execution import consumption, facts, payments, performance
from tasks.runs import watch
from tasks.spend import splitting
from tasks.store import reading
from tests.watching import contracts_file, day

PERF = "P1;1;Perfuseurs;perfusion;Exemple SAS;180000;200000;2022-05-15;2026-05-14;48"
INVOICES = "Numéro;Établissement;Fournisseur;Date de réception;Montant TTC;Date de paiement"
ORDERS = "Numéro;Établissement;Marché;Lot;Famille;Fournisseur;Date;Montant HT"


@pytest.fixture
def write(group, tmp_path):
    def written(*lines, encoding="utf-8"):
        path = tmp_path / "faits.csv"
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return path

    return written


def standing(prefix):
    with reading() as session:
        risks = session.exec(select(Risk).where(Risk.closed_at.is_(None)).order_by(Risk.key)).all()
    return [risk for risk in risks if risk.key.startswith(prefix)]


@pytest.mark.parametrize(
    ("on", "level"),
    [
        ("2026-02-08", None),  # 34 days after 5 January
        ("2026-02-09", Level.AMBER),  # 35: the share of the ordonnateur is over
        ("2026-02-18", Level.AMBER),
        ("2026-02-19", Level.RED),  # 45
        ("2026-02-24", Level.RED),  # 50: the last day to pay
        ("2026-02-25", Level.BLACK),
    ],
)
def test_an_invoice_is_warned_at_35_days_alerted_at_45_and_late_after_50(write, on, level):
    facts.import_invoices(write(INVOICES, "F1;990000010;Exemple;05/01/2026;10 000,00;"))
    payments.check(day(on))
    assert [risk.level for risk in standing("paiement:")] == ([level] if level else [])


def test_a_late_invoice_says_the_interest_due(write):
    facts.import_invoices(write(INVOICES, "F1;990000010;Exemple;05/01/2026;10 000,00;"))
    payments.check(day("2026-03-26"))  # 30 days late: 10 000 × (2.15 + 8) % × 30 ÷ 365 = 83.42, and 40
    (risk,) = standing("paiement:")
    assert "123,42\u00a0€" in risk.action
    assert "30 jours" in risk.action


def test_paid_the_alert_is_closed(write):
    facts.import_invoices(write(INVOICES, "F1;990000010;Exemple;05/01/2026;10000;"))
    payments.check(day("2026-03-26"))
    report = facts.import_invoices(write(INVOICES, "F1;990000010;Exemple;05/01/2026;10000;28/03/2026"))
    assert (report.modifies, report.ajoutes) == (1, 0)
    payments.check(day("2026-03-29"))
    assert standing("paiement:") == []


def test_bad_lines_are_refused_one_by_one_and_the_rest_is_taken(write):
    path = write(
        INVOICES,
        "F1;990000010;Exemple;05/01/2026;10000;",
        "F2;990000010;Exemple;05/01/2999;10000;",
        "F3;990000010;Exemple;05/01/0026;10000;",
        "F4;990000010;Exemple;05/01/2026;-3;",
        "F5;inconnu;Exemple;05/01/2026;10;",
        "F6;990000010;Exemple;05/01/2026;10;04/01/2026",
        "F7;990000010;Société Émile;05/01/2026;12,50;",
        encoding="cp1252",
    )
    report = facts.import_invoices(path)
    assert (report.lus, report.acceptes) == (7, 2)
    assert [one.ligne for one in report.refuses] == [3, 4, 5, 6, 7]
    assert "dans l'avenir" in report.refuses[0].motif
    assert facts.import_invoices(path).inchanges == 2


@pytest.mark.parametrize("content", ["", "\n\n", "a;b\n1;2\n", "Numéro;Fournisseur\n"])
def test_a_file_that_says_nothing_is_refused_whole(write, content):
    with pytest.raises(BadInput):
        facts.import_invoices(write(content))


@pytest.mark.parametrize(
    ("amount", "level"),
    [(139_999, None), (140_000, Level.AMBER), (170_000, Level.RED), (200_000, Level.BLACK)],
)
def test_a_framework_agreement_warns_at_70_85_and_100_per_cent(write, tmp_path, amount, level):
    import_contracts(contracts_file(tmp_path, PERF))
    facts.import_orders(write(ORDERS, f"C1;990000010;P1;1;;Exemple;2025-02-01;{amount}"))
    consumption.check(day("2025-03-01"))
    assert [risk.level for risk in standing("consommation:")] == ([level] if level else [])


def test_at_the_maximum_orders_are_refused_and_after_the_end_too(write, tmp_path):
    import_contracts(contracts_file(tmp_path, PERF))
    facts.import_orders(write(ORDERS, "C1;990000010;P1;1;;Exemple;2025-02-01;190000"))
    on = day("2025-03-01")
    assert "possible" in consumption.check_order("P1", 1, Decimal(10_000), on)
    with pytest.raises(NotAllowed, match="il reste 10\u202f000"):
        consumption.check_order("P1", 1, Decimal("10000.01"), on)
    with pytest.raises(NotAllowed, match="a pris fin le 14/05/2026"):
        consumption.check_order("P1", 1, Decimal(1), day("2026-05-15"))


def test_orders_after_the_end_of_a_contract_are_black(write, tmp_path):
    import_contracts(contracts_file(tmp_path, PERF))
    facts.import_orders(
        write(
            ORDERS,
            "C1;990000010;P1;1;;Exemple;2026-05-14;100",
            "C2;990000028;P1;1;;Exemple;2026-05-15;250,50",
        )
    )
    consumption.check(day("2026-06-01"))
    (risk,) = standing("apres-terme:")
    assert risk.level is Level.BLACK
    assert "1 commandes pour 250,50" in risk.title


def test_a_need_split_between_members_is_seen_over_twelve_months(write):
    # threshold of dispense until 31 March 2026: 40 000 EUR HT; four times 12 000 by three members
    lines = [f"C{n};{house};;;perfusion;X;2026-0{n}-10;12000" for n, house in
             enumerate(("990000010", "990000028", "990000036", "990000010"), 1)]  # fmt: skip
    facts.import_orders(write(ORDERS, *lines[:2]))
    splitting.check(day("2026-03-01"))
    assert standing("fractionnement:") == []
    facts.import_orders(write(ORDERS, *lines[:3]))
    splitting.check(day("2026-03-11"))  # 36 000: 90 % of the threshold
    assert [risk.level for risk in standing("fractionnement:")] == [Level.AMBER]
    splitting.check(day("2027-03-12"))  # a year later, nothing is left in the period
    assert standing("fractionnement:") == []


def test_past_the_threshold_the_split_is_red(write):
    lines = [f"C{n};990000010;;;perfusion;X;2026-01-{n:02};15000" for n in range(1, 4)]
    facts.import_orders(write(ORDERS, *lines))
    splitting.check(day("2026-02-01"))  # 45 000
    (risk,) = standing("fractionnement:")
    assert risk.level is Level.RED
    assert "R. 2121-4" in risk.action


def test_repeated_incidents_and_contested_penalties_are_told(write, tmp_path):
    import_contracts(contracts_file(tmp_path, PERF))
    heading = "Numéro;Marché;Date;Type;Jours de retard;Montant HT;Contesté"
    lines = [f"I{n};P1;2026-01-1{n};Livraison en retard;10;30000;" for n in range(3)]
    facts.import_incidents(write(heading, *lines))
    performance.check(day("2026-02-01"))
    (risk,) = standing("incidents:")
    assert risk.level is Level.AMBER
    facts.import_incidents(write(heading, lines[0] + "oui"))
    performance.check(day("2026-02-02"))
    assert standing("incidents:")[0].level is Level.RED


def test_gains_behind_at_mid_year_ask_for_a_plan(write):
    facts.import_gains(
        write("Action;Année;Gain prévu;Gain réalisé", "Gants;2026;100000;50000", "Draps;2026;100000;70000")
    )
    performance.check(day("2026-06-30"))
    assert standing("gains:") == []
    performance.check(day("2026-07-01"))  # 120 000 of 200 000: 60 %
    assert [risk.level for risk in standing("gains:")] == [Level.AMBER]


def test_the_renewal_carries_orders_per_member_and_incidents(write, tmp_path):
    import_contracts(contracts_file(tmp_path, PERF))
    facts.import_orders(
        write(ORDERS, "C1;990000010;P1;1;;E;2025-02-01;1000", "C2;990000028;P1;1;;E;2025-02-01;3000")
    )
    facts.import_incidents(write("Numéro;Marché;Date;Type;Jours de retard", "I1;P1;2025-03-01;Retard;4"))
    past = renewal.history_of(renewal.open_for("P1").ref).history
    assert past.commande_ht == Decimal(4000)
    assert list(past.commande_par_etablissement.values()) == [Decimal(3000), Decimal(1000)]
    assert past.incidents == ["01/03/2025 : Retard, 4 jours de retard"]
    assert past.lots[0].commande_ht == Decimal(4000)


def test_the_whole_watch_puts_each_fact_in_its_list_once(write, tmp_path):
    import_contracts(contracts_file(tmp_path, PERF))
    facts.import_invoices(write(INVOICES, "F1;990000010;Exemple;05/01/2026;10000;"))
    facts.import_orders(write(ORDERS, "C1;990000010;P1;1;;Exemple;2026-02-01;200000"))
    sweep = watch.whole(day("2026-03-26"))
    assert [len(getattr(sweep, name)) for name in ("expirations", "paiements", "consommations")] == [1, 1, 1]
    again = watch.whole(day("2026-03-26"))
    assert again.expirations == again.paiements == again.consommations == []
