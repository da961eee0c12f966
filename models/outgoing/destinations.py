"""Where a webhook may go: which addresses are refused, so that nobody reaches inside through the application (SSRF)."""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from models.errors import BadInput

HTTPS_PORT, HTTP_PORT, LAST_PORT = 443, 80, 65535
LONGEST = 2000
NAME = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
)
NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")  # a last label like this is an address, however it is written
VISIBLE = re.compile(r"[!-~]+")

NEVER: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "adresse non spécifiée"),
    ("169.254.0.0/16", "adresse de lien local"),
    ("168.63.129.16/32", "adresse de métadonnées"),
    ("100.100.100.200/32", "adresse de métadonnées"),
    ("192.0.0.192/32", "adresse de métadonnées"),
    ("fd00:ec2::254/128", "adresse de métadonnées"),
    ("fd20:ce::254/128", "adresse de métadonnées"),
    ("224.0.0.0/4", "adresse de diffusion"),
    ("255.255.255.255/32", "adresse de diffusion"),
    ("::/128", "adresse non spécifiée"),
    ("fe80::/10", "adresse de lien local"),
    ("ff00::/8", "adresse de diffusion"),
    ("::ffff:0:0/96", "adresse IPv4 déguisée en IPv6"),
    ("64:ff9b::/96", "adresse IPv4 déguisée en IPv6"),
    ("64:ff9b:1::/48", "adresse IPv4 déguisée en IPv6"),
    ("2002::/16", "adresse IPv4 déguisée en IPv6"),
    ("2001::/32", "adresse IPv4 déguisée en IPv6"),
)
"""Refused even when a setting names a wider network."""

INSIDE: tuple[tuple[str, str], ...] = (
    ("127.0.0.0/8", "adresse de la machine elle-même"),
    ("::1/128", "adresse de la machine elle-même"),
    ("10.0.0.0/8", "réseau privé"),
    ("172.16.0.0/12", "réseau privé"),
    ("192.168.0.0/16", "réseau privé"),
    ("100.64.0.0/10", "réseau privé"),
    ("fc00::/7", "réseau privé"),
    ("fec0::/10", "réseau privé"),
    ("192.0.0.0/24", "adresse réservée"),
    ("192.0.2.0/24", "adresse réservée"),
    ("192.88.99.0/24", "adresse réservée"),
    ("198.18.0.0/15", "adresse réservée"),
    ("198.51.100.0/24", "adresse réservée"),
    ("203.0.113.0/24", "adresse réservée"),
    ("240.0.0.0/4", "adresse réservée"),
    ("::/96", "adresse IPv4 déguisée en IPv6"),
    ("100::/64", "adresse réservée"),
    ("2001::/23", "adresse réservée"),
    ("2001:db8::/32", "adresse réservée"),
    ("3fff::/20", "adresse réservée"),
    ("5f00::/16", "adresse réservée"),
)
"""Refused unless a setting names the network, or the name that leads there."""

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
PUBLIC_V6 = ip_network("2000::/3")
_NEVER = tuple((ip_network(text), said) for text, said in NEVER)
_INSIDE = tuple((ip_network(text), said) for text, said in INSIDE)


class Policy(BaseModel):
    """What the settings of the hospital allow beyond public addresses in https."""

    model_config = ConfigDict(frozen=True)

    ports: frozenset[int] = frozenset({HTTPS_PORT})
    plain_hosts: frozenset[str] = frozenset()  # http allowed
    inside_hosts: frozenset[str] = frozenset()  # private addresses allowed
    inside_networks: tuple[IPv4Network | IPv6Network, ...] = ()


class Destination(BaseModel):
    """An address taken apart, its name in ASCII."""

    model_config = ConfigDict(frozen=True)

    is_tls: bool
    host: str
    port: int
    target: str  # path and query

    @property
    def host_header(self) -> str:
        """Return the value of the `Host` header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (HTTPS_PORT if self.is_tls else HTTP_PORT) else f"{name}:{self.port}"


def policy_of(ports: str, plain_hosts: str, inside: str) -> Policy:
    """Return the policy that three settings write, each a list with commas; networks are written « 10.1.0.0/16 »."""
    numbers = _words(ports)
    if not all(one.isascii() and one.isdigit() and 0 < int(one) <= LAST_PORT for one in numbers):
        raise BadInput(
            "Réglage ACHATS_WEBHOOK_PORTS incorrect : des numéros de port, séparés par des virgules."
        )
    hosts, networks = [], []
    for one in _words(inside):
        try:
            networks.append(ip_network(one))
        except ValueError:
            if "/" in one or not NAME.fullmatch(one):
                raise BadInput(
                    f"Réglage ACHATS_WEBHOOK_INSIDE incorrect : « {one} » n'est ni un nom ni un réseau."
                ) from None
            hosts.append(one)
    return Policy(
        ports=frozenset(map(int, numbers)),
        plain_hosts=frozenset(_words(plain_hosts)),
        inside_hosts=frozenset(hosts),
        inside_networks=tuple(networks),
    )


def _words(text: str) -> list[str]:
    return [one.strip().lower() for one in text.split(",") if one.strip()]


def destination(url: str, policy: Policy) -> Destination:
    """Return the address taken apart, or refuse what is not a plain https address with an allowed port."""
    if len(url) > LONGEST or not VISIBLE.fullmatch(url) or "\\" in url:
        raise BadInput(
            "Adresse du webhook illisible : une adresse https, sans espace ni accent, est attendue."
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadInput("Adresse du webhook illisible.") from error
    if parts.username is not None or parts.password is not None:
        raise BadInput(
            "Adresse du webhook : n'y mettez ni identifiant ni mot de passe, les envois sont signés."
        )
    host = _host(parts.hostname or "")
    is_tls = parts.scheme == "https"
    if not is_tls and not (parts.scheme == "http" and host in policy.plain_hosts):
        raise BadInput(
            "Adresse du webhook : https est demandé (http, seulement vers les outils que l'administrateur nomme)."
        )
    wanted = port if port is not None else (HTTPS_PORT if is_tls else HTTP_PORT)
    if wanted not in policy.ports:
        raise BadInput(f"Adresse du webhook : le port {wanted} n'est pas permis.")
    found = Destination(
        is_tls=is_tls,
        host=host,
        port=wanted,
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    if (literal := _literal(host)) and (said := refusal(literal, host, policy)):
        raise BadInput(f"Adresse du webhook refusée : {said}.")
    return found


def _host(given: str) -> str:
    host = given.lower().removesuffix(".")
    if _literal(host) is not None and "%" not in host:
        return host
    if not NAME.fullmatch(host) or NUMBER.fullmatch(host.rpartition(".")[2]):
        raise BadInput("Adresse du webhook : le nom de la machine est illisible.")
    return host


def _literal(host: str) -> str | None:
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def refusal(address: str, host: str, policy: Policy) -> str | None:
    """Return why a resolved address is refused, in French, or None when the webhook may go there."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "adresse illisible"
    if said := _among(ip, _NEVER):
        return said
    if any(ip in network for network in policy.inside_networks):
        return None
    said = _among(ip, _INSIDE)
    if said is None and isinstance(ip, IPv6Address) and ip not in PUBLIC_V6:
        said = "adresse réservée"
    if said and host in policy.inside_hosts and not any(ip in network for network in LOOPBACK):
        return None
    return said


def _among(
    ip: IPv4Address | IPv6Address, table: tuple[tuple[IPv4Network | IPv6Network, str], ...]
) -> str | None:
    return next((said for network, said in table if ip in network), None)
