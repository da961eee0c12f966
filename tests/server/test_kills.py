"""kill -9 of the worker, of the server, of everything: the purchase still ends once, and nothing exists twice.

The real server and worker run in their own processes on one home directory, started once and again after the last kill.
"""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from models.journal import Fact
from models.outbox import Dispatch
from models.process.procurement import StageVisit
from tasks.settings import ROOT
from tasks.store import reading
from tests.conftest import forget_settings
from tests.purchase_play import (
    assert_whole,
    documents,
    lines,
    notices,
    stays,
    where,
)
from tests.server.running import Running, wait

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service of a home directory in which the demo group is loaded."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("processes are found through /proc, which this system does not have")
    home = tmp_path_factory.mktemp("kills") / "home"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACHATS_HOME", str(home))
        patch.delenv("ACHATS_DATABASE_URL", raising=False)
        forget_settings()
        running = Running(home, port)
        running.achats("repetition", "preparer")
        running.achats("importer", "organisation", str(ROOT / "examples" / "ght-demo.toml"))
        running.start()
        yield running
        running.kill()
        forget_settings()


def is_settled(ref, stage):
    """Tell whether a purchase stands at a stage and everything that the stage starts is done."""
    query = select(StageVisit).where(
        StageVisit.ref == ref, StageVisit.stage == stage, col(StageVisit.left_at).is_(None)
    )
    with reading() as session:
        stay = session.exec(query).first()
    return stay is not None and stay.settled_at is not None


def has_document(ref, kind):
    return kind in {document.kind for document in documents(ref)}


def test_a_second_start_on_the_same_home_and_a_taken_port_are_refused(service):
    refused = service.achats("demarrer", code=2)
    assert refused.stderr.startswith(
        f"achats : Déjà démarré pour {service.home} : http://127.0.0.1:{service.port}"
    )
    assert len(refused.stderr.splitlines()) == 1
    elsewhere = Running(service.home.parent / "autre", service.port)
    refused = elsewhere.achats("demarrer", "--port-prefect", str(service.port), code=2)
    assert refused.stderr == f"achats : Le port {service.port} est déjà pris : choisissez-en un autre.\n"
    assert elsewhere.processes() == []


def test_a_purchase_ends_once_whatever_is_killed(service):
    ref = opened(service)
    with service.play(ref):
        worker_dies_while_the_dossier_is_written(service, ref)
        server_dies_while_a_gate_is_open(service, ref)
        everything_dies_during_the_publication(service, ref)
    with service.play(ref) as player:
        assert player.wait() == 0, player.stdout.read()
    assert [visit for _, visit in stays(ref)] == [1] * len(stays(ref))
    assert sorted(notice.kind for notice in notices(ref)) == ["avis_marche", "donnees_essentielles"]
    assert_whole(ref)
    assert json.loads(service.achats("reprendre", "--json").stdout)["reprises"] == []
    assert where(ref) == "notified"


def opened(service):
    """Open a purchase from the command line."""
    done = service.achats(
        "ouvrir", "--objet", "Dispositifs de perfusion", "--famille", "perfusion", "--cpv", "33194000",
        "--montant", "120 000,00", "--duree-mois", "48", "--json",
    )  # fmt: skip
    return json.loads(done.stdout)["ref"]


def worker_dies_while_the_dossier_is_written(service, ref):
    """Kill the worker and its run as soon as the first piece exists; within two minutes the work goes on by itself."""
    wait(lambda: has_document(ref, "rc"), "the first piece of the dossier")
    assert service.kill("worker", "start")
    assert service.kill("forkserver")  # the runs are forks of this process
    assert where(ref) == "drafting"
    assert not has_document(ref, "dce")
    wait(lambda: lines(ref, Fact.RESUMED), "the run started again by itself", 120)


def server_dies_while_a_gate_is_open(service, ref):
    """Kill the server as soon as people are asked for their visas; they answer while it is away."""
    wait(lambda: is_settled(ref, "review"), "the review gate")
    assert service.kill("server", "start")
    wait(lambda: where(ref) != "review", "the visas given without a server")
    service.wait_for_server()


def everything_dies_during_the_publication(service, ref):
    """Kill every process of the home, the people's too, as soon as the dossier is frozen; then start again."""
    wait(lambda: has_document(ref, "manifeste"), "the manifest of the publication")
    assert service.kill() >= 3
    wait(lambda: service.processes() == [], "the end of every process")
    service.start()
    with reading() as session:
        asked = session.exec(select(Dispatch.key).where(Dispatch.ref == ref)).all()
    assert len(asked) == len(set(asked))


def test_ctrl_c_stops_every_process(service):
    if not service.processes("demarrer"):
        service.start()
    assert service.interrupt() == 0
    wait(lambda: service.processes() == [], "the end of every process", 10)
    assert not (service.home / "serveur.json").exists()
    service.achats("statut", "--json")
