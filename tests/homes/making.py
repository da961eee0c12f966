"""`python -m tests.homes.making X.tar.xz`: a home as the present version leaves it, kept for later versions to open.

Run it when a version is released, with the code of that version. The home holds a purchase parked at each stage where a
purchase can wait, some of them half answered, and what the other rooms keep: contracts, spend, a dispute, access.
"""

import shutil
import sys
import tarfile
import tempfile
import zipfile
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

from pydantic import SecretStr

from models.disputes.ruling import DisputeKind
from tasks import clock, settings, store
from tasks.access import accounts, proofs, tokens
from tasks.contracts import renewal
from tasks.contracts.importing import import_contracts
from tasks.delegations import register
from tasks.disputes import ruling
from tasks.execution.facts import import_orders
from tasks.gates import opening_shares
from tasks.gates.decisions import Reply, decide
from tasks.loading.file import load_organisation
from tasks.outgoing import digest, subscriptions
from tasks.process import conflicts
from tasks.rehearsal import playing
from tasks.spend import importing
from tasks.tendering import tenders
from tests.homes.kept import Kept
from tests.homes.people import ADMINISTRATOR, BUYER, DIRECTOR, LEGAL, PASSWORD, PURCHASING
from tests.homes.playing import answer_next, answer_once, carry, segment, without_prefect
from tests.purchase_play import Time, open_purchase, reach_due_date
from tests.tendering_scene import withdraw

START = datetime(2026, 9, 7, 9, 0, tzinfo=clock.PARIS)  # a Monday
FORMAL, ADAPTED, SMALL = "480000", "150000", "35000"
GROUP = Path(__file__).with_name("groupement.toml")
CONTRACTS = """Numéro;Lot;Objet;Famille;CPV;Titulaire;Montant HT;Maximum HT;Date de notification;Durée (mois)
2023-PAN;1;Pansements;pansements;33141110;Pansémed SAS;120 000,00;150 000,00;01/03/2023;48
2025-COM;1;Compresses;compresses;33141114;Compressia;60 000,00;80 000,00;02/06/2025;36
"""
ORDERS = """Numéro;Date;Montant HT;Marché;Lot
CDE-1;03/08/2026;12 500,00;2023-PAN;1
CDE-2;10/08/2026;4 300,00;2025-COM;1
"""
SPEND = """Date;Fournisseur;Libellé;Famille;Montant TTC
12/03/2026;Pansémed SAS;Pansements hydrocellulaires;pansements;8 400,00
19/05/2026;PANSEMED;Pansements absorbants;pansements;5 150,50
02/06/2026;Compressia;Compresses;compresses;2 310,00
"""


def opened(objet: str, amount: str = FORMAL, family: str = "pansements") -> str:
    """Open a purchase of the small group: two lots of dressings, or one of compresses."""
    return open_purchase(amount, family=family, cpv="33141110", objet=objet, buyer=BUYER)


def deposited(ref: str) -> None:
    """Receive two tenders before their date."""
    for file in playing.write_tenders(ref)[:2]:
        tenders.receive(ref, file)


def give_access(email: str) -> None:
    """Let a person log in with the password that all of them have here."""
    token = accounts.invite(email).lien.rpartition("/")[2]
    chosen = accounts.Chosen(once=SecretStr(PASSWORD), again=SecretStr(PASSWORD))
    accounts.accept(token, chosen, "essai")


def make_registers(folder: Path) -> None:
    """Import contracts, orders and spend; ask for the renewal of the first contract."""
    files = {"marches.csv": CONTRACTS, "commandes.csv": ORDERS, "depenses.csv": SPEND}
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    import_contracts(folder / "marches.csv")
    import_orders(folder / "commandes.csv")
    importing.import_spend(folder / "depenses.csv", "990000010", "auto", {})


def make_ends(kept: Kept, time: Time) -> None:
    """Make the purchases that are over, each by its own way."""
    for label, answer, fields in (
        ("joined", "join", {"operateur": "UniHA", "motif": "Marché existant"}),
        ("abandoned", "abandon", {"motif": "Besoin disparu"}),
    ):
        ref = kept.add(label, opened(label))
        carry(ref, time, until="strategy")
        decide(ref, Reply(person=PURCHASING, answer=answer, fields=fields))
        segment(ref)
    ref = kept.add("without_follow_up", opened("Sans suite"))
    carry(ref, time, until="dce_approval")
    decide(ref, Reply(person=DIRECTOR, answer="refuse", fields={"motif": "Crédits retirés"}))
    segment(ref)


LATE = (
    "unsuccessful",
    "opening",
    "analysis",
    "award_decision",
    "information",
    "standstill",
    "contract_signature",
    "contract_signature, verrou",
    "notification",
    "notified",
)


def make_late_stages(kept: Kept, time: Time) -> None:
    """Carry one purchase to each stage after the tenders; `standstill` is begun last, when the others are past it."""
    refs = {label: kept.add(label, opened(label)) for label in LATE}
    for ref in refs.values():
        carry(ref, time, until="tendering")
        deposited(ref)
    for ref in refs.values():
        reach_due_date(ref, time)
    for label, ref in refs.items():
        until = {"unsuccessful": "opening", "standstill": "award_decision", "information": "award_decision"}
        target = label.partition(",")[0]
        if target != "notification":
            carry(ref, time, until=until.get(target, target))
        else:
            carry(ref, time, until="contract_signature")
    decide(
        refs["unsuccessful"],
        Reply(person=LEGAL, answer="unsuccessful", fields={"motif": "Offres irrégulières"}),
    )
    segment(refs["unsuccessful"])
    answer_once(refs["opening"])
    decide(refs["award_decision"], Reply(person=LEGAL, answer="approve", fields={}))
    answer_next(refs["notification"])
    lock(refs["contract_signature, verrou"])
    conflicts.declare(refs["analysis"], BUYER, "neant")


def lock(ref: str) -> None:
    """Have the signature of a purchase forbidden by a dispute."""
    filing = ruling.Filing(
        kind=DisputeKind.PRE_CONTRACT,
        applicant="Candidat évincé",
        filed_on=clock.today(),
        person=LEGAL,
        ref=ref,
    )
    ruling.open_dispute(filing)


def make_access(kept: Kept) -> None:
    """Give access to those who open tenders, codes and a key to one who signs, a token to the buyer."""
    for email in (BUYER, LEGAL, PURCHASING, ADMINISTRATOR):
        give_access(email)
    with store.transaction() as session:
        kept.code_secret = proofs.enrol_totp(session, PURCHASING).secret.get_secret_value()
        kept.key = proofs.issue_key(session, PURCHASING).get_secret_value()
    kept.token = tokens.issue(BUYER, "tableau de bord", ["lire"], 365).get_secret_value()
    subscriptions.subscribe(BUYER, "https://outils.ch-portclair.invalid/achats", ["ght.*"])
    digest.choose_digest(LEGAL, wanted=True)


def make_personal_seals(kept: Kept, time: Time) -> None:
    """Park a purchase at its opening, its tenders sealed for three people; one has given her share and answered."""
    ref = kept.add("opening, parts personnelles", opened("Plis scellés pour trois personnes"))
    carry(ref, time, until="tendering")
    deposited(ref)
    reach_due_date(ref, time)
    segment(ref)
    opening_shares.release(ref, BUYER, SecretStr(PASSWORD), "essai")
    decide(ref, Reply(person=BUYER, answer="approve"))


def make_early_stages(kept: Kept, time: Time) -> None:
    """Carry one purchase to each stage before the tenders, some half answered, some before an action is done."""
    for label, amount in (
        ("strategy", SMALL),
        ("needs", SMALL),
        ("review", SMALL),
        ("dce_approval", ADAPTED),
        ("tendering", ADAPTED),
        ("tendering, devis", SMALL),
        ("tendering, retraits", ADAPTED),
    ):
        carry(kept.add(label, opened(label, amount, "compresses")), time, until=label.partition(",")[0])
    answer_once(kept.purchases["needs"])
    answer_once(kept.purchases["review"])
    deposited(kept.purchases["tendering"])
    deposited(kept.purchases["tendering, devis"])
    withdraw(kept.purchases["tendering, retraits"], ("Paul Essai", "paul@candidat.invalid"))
    kept.add("identified", opened("Jamais commencé", SMALL, "compresses"))
    for label, before in (("drafting", "needs"), ("publication", "dce_approval")):
        ref = kept.add(label, opened(label, ADAPTED, "compresses"))
        carry(ref, time, until=before)
        answer_next(ref)
    send_back(kept, time)


def send_back(kept: Kept, time: Time) -> None:
    """Park a purchase at the second visit of its visas."""
    ref = kept.add("review, second passage", opened("Dossier renvoyé", SMALL, "compresses"))
    carry(ref, time, until="review")
    decide(ref, Reply(person=LEGAL, answer="change", fields={"motif": "Préciser les pénalités"}))
    carry(ref, time, until="review")


def make_home(kept: Kept) -> None:
    """Make everything, in the order of time."""
    time = Time(START)
    with patch("tasks.clock.now", time.now), without_prefect(), _stored_documents():
        load_organisation(GROUP)
        make_registers(settings.settings().home)
        make_ends(kept, time)
        make_late_stages(kept, time)
        make_access(kept)
        make_personal_seals(kept, time)
        for label in ("information", "standstill"):
            answer_next(kept.purchases[label])
        segment(kept.purchases["standstill"])
        make_early_stages(kept, time)
        kept.add("renewal", renewal.open_for("2023-PAN", BUYER).ref)
        revoke()
        kept.instant = time.instant


def revoke() -> None:
    """End a delegation in ten days."""
    with store.transaction() as session:
        on = clock.today() + timedelta(days=400)
        register.revoke(session, "DS-1", on, "Changement de fonctions", ADMINISTRATOR)


class _Stored(zipfile.ZipFile):
    """A ZIP, or an Office document, that is not compressed: the archive of the home compresses all of them together."""

    def __init__(self, file, mode="r", *_, **__):
        super().__init__(file, mode, zipfile.ZIP_STORED)

    def writestr(self, named, data, *_, **__):
        if isinstance(named, zipfile.ZipInfo):
            named.compress_type = zipfile.ZIP_STORED
        super().writestr(named, data, zipfile.ZIP_STORED)


def _stored_documents():
    return patch.object(zipfile, "ZipFile", _Stored)


def main(target: Path) -> None:
    """Make a home in a temporary folder and keep it in an archive."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "maison"
        with patch.dict("os.environ", ACHATS_HOME=str(home), ACHATS_ATTACHMENT_LIMIT="0"):
            kept = Kept(version=version("achats-ght"), instant=START)
            make_home(kept)
            with store.engine().connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("VACUUM")
                connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
            store.engine().dispose()
        kept.write(home)
        for name in ("repetition", "prefect"):
            shutil.rmtree(home / name, ignore_errors=True)
        with tarfile.open(target, "w:xz", preset=9) as archive:
            archive.add(home, "maison")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
