"""The connection of a webhook: to a checked address only, whatever the name server says the second time."""

import socket
import ssl
import threading
import time

import pytest

from models.outgoing.destinations import Destination, policy_of
from tasks.connectors import webhook
from tasks.connectors.webhook import post
from tests.webhook_receiver import LOCAL, Receiver, listening

NAME = "outil.exemple.fr"


@pytest.fixture
def tool(home, monkeypatch):
    with listening(monkeypatch) as receiver:
        yield receiver


def to(tool: Receiver, host: str = NAME, *, is_tls: bool = False) -> Destination:
    return Destination(is_tls=is_tls, host=host, port=tool.port, target="/")


def answers(monkeypatch, *names: list[str]) -> list[str]:
    """Make the name server give these addresses, one list for each question; return who was asked for."""
    asked, given, real = [], list(names), socket.getaddrinfo

    def resolve(host, port, *rest, **options):
        if host[0].isdigit():  # already an address: nobody is asked
            return real(host, port, *rest, **options)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in given.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


POLICY = policy_of("443", NAME, f"{LOCAL}/32")


def test_the_name_is_resolved_once_and_the_connection_goes_where_it_was_checked(tool, monkeypatch):
    asked = answers(monkeypatch, [LOCAL], ["169.254.169.254"])
    assert post(to(tool), {}, b"{}", POLICY).status == 200
    assert asked == [NAME]
    assert tool.requests[0][0]["host"] == f"{NAME}:{tool.port}"


def test_one_bad_address_among_good_ones_refuses_the_whole(tool, monkeypatch):
    answers(monkeypatch, [LOCAL, "10.0.0.1"])
    assert post(to(tool), {}, b"{}", POLICY).failure == "adresse refusée (réseau privé)"
    assert tool.requests == []


def test_a_name_that_leads_to_this_machine_is_refused_without_a_setting(tool):
    refused = post(to(tool, "localhost"), {}, b"{}", policy_of("443", "localhost", "localhost"))
    assert refused.failure == "adresse refusée (adresse de la machine elle-même)"
    assert tool.requests == []


def test_the_second_address_is_tried_when_the_first_does_not_answer(tool, monkeypatch):
    answers(monkeypatch, ["127.0.0.2", LOCAL])
    assert post(to(tool), {}, b"{}", policy_of("443", NAME, "127.0.0.0/8")).status == 200


def test_a_receiver_that_drips_its_answer_gains_no_time(monkeypatch):
    monkeypatch.setattr(webhook, "TOTAL_SECONDS", 0.5)
    with socket.create_server((LOCAL, 0)) as server:
        server.settimeout(5)

        def drip():
            connection, _ = server.accept()
            try:
                for byte in b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1000:
                    connection.send(bytes([byte]))
                    time.sleep(0.05)
            except OSError:
                pass

        threading.Thread(target=drip, daemon=True).start()
        place = Destination(is_tls=False, host=LOCAL, port=server.getsockname()[1], target="/")
        before = time.monotonic()
        assert post(place, {}, b"{}", POLICY).failure == "délai dépassé"
        assert time.monotonic() - before < 2


def test_a_receiver_without_tls_is_not_spoken_to_in_https(tool):
    assert post(to(tool, LOCAL, is_tls=True), {}, b"{}", POLICY).failure == "connexion impossible"


@pytest.mark.parametrize(
    ("certified", "is_trusted", "expected"),
    [(NAME, True, 200), ("autre.exemple.fr", True, "certificat refusé"), (NAME, False, "certificat refusé")],
)
def test_tls_is_checked_against_the_name_though_the_address_is_pinned(
    tmp_path, monkeypatch, certified, is_trusted, expected
):
    certificate = _self_signed(tmp_path, certified)
    answers(monkeypatch, [LOCAL])
    if is_trusted:
        monkeypatch.setattr(webhook, "_trusted", lambda: ssl.create_default_context(cafile=certificate))
    server = Receiver()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    answer = post(to(server, is_tls=True), {}, b"{}", POLICY)
    server.shutdown()
    server.server_close()
    assert (answer.status or answer.failure) == expected
    assert len(server.requests) == (expected == 200)


def _self_signed(folder, certified):
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, certified)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(certified)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificat.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
