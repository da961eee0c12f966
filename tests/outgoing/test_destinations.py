"""Where webhooks may go: each way an address is written, on both sides of each border."""

import pytest

from models.errors import BadInput
from models.outgoing.destinations import Policy, destination, policy_of, refusal

PUBLIC = Policy()
INSIDE = policy_of("443, 8443", "outil.hopital.fr", "outil.hopital.fr, 10.20.0.0/16, fd12:3456::/32")


@pytest.mark.parametrize(
    "url",
    [
        "https://outil.exemple.fr",
        "https://outil.exemple.fr/achats?etape=visa",
        "https://OUTIL.exemple.fr./",
        "https://outil.exemple.fr:443/",
        "https://xn--hpital-ycb.fr/",
        "https://8.8.8.8/",
        "https://[2001:4860:4860::8888]/",
        "https://1.exemple.fr/",
        "https://0xdeadbeef.exemple.fr/",
    ],
)
def test_a_plain_https_address_is_taken(url):
    assert destination(url, PUBLIC).is_tls


@pytest.mark.parametrize(
    "url",
    [
        "",
        "outil.exemple.fr",
        "http://outil.exemple.fr/",
        "ftp://outil.exemple.fr/",
        "file:///etc/passwd",
        "gopher://outil.exemple.fr:443/",
        "https://",
        "https:///chemin",
        "https://anna@outil.exemple.fr/",
        "https://anna:secret@outil.exemple.fr/",
        "https://:@outil.exemple.fr/",
        "https://exemple.fr:443@127.0.0.1/",
        "https://outil.exemple.fr:22/",
        "https://outil.exemple.fr:8443/",
        "https://outil.exemple.fr:99999/",
        "https://outil.exemple.fr:-1/",
        "https://outil.exemple.fr\\@127.0.0.1/",
        "https://outil.exemple.fr /",
        "https://outil.exemple.fr/\r\nHost: 127.0.0.1",
        "https://outil.exemple.fr/\x00",
        "https://hôpital.fr/",
        "https://１２７.０.０.１/",
        "https://%31%32%37.0.0.1/",
        "https://-a.fr/",
        "https://a..fr/",
        f"https://{'a' * 64}.fr/",
        "https://exemple.fr/" + "a" * 2000,
        # an address that is not written as four plain numbers
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://127.1/",
        "https://127.0.1/",
        "https://8.8.8.08/",
        "https://134744072/",
        "https://0x/",
        "https://1.2.3.4.5/",
        "https://exemple.256/",
        # inside, plainly
        "https://127.0.0.1/",
        "https://127.0.0.1./",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[fd00:ec2::254]/",
        "https://[127.0.0.1]/",
    ],
)
def test_any_other_address_is_refused(url):
    with pytest.raises(BadInput):
        destination(url, PUBLIC)


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("0.255.255.255", "1.0.0.0"),
        ("10.0.0.0", "9.255.255.255"),
        ("10.255.255.255", "11.0.0.0"),
        ("100.64.0.0", "100.63.255.255"),
        ("100.127.255.255", "100.128.0.0"),
        ("127.0.0.0", "126.255.255.255"),
        ("127.255.255.255", "128.0.0.0"),
        ("169.254.0.0", "169.253.255.255"),
        ("169.254.255.255", "169.255.0.0"),
        ("172.16.0.0", "172.15.255.255"),
        ("172.31.255.255", "172.32.0.0"),
        ("192.0.0.255", "192.0.1.0"),
        ("192.168.0.0", "192.167.255.255"),
        ("192.168.255.255", "192.169.0.0"),
        ("198.18.0.0", "198.17.255.255"),
        ("198.19.255.255", "198.20.0.0"),
        ("224.0.0.0", "223.255.255.255"),
        ("255.255.255.255", "8.8.4.4"),
        ("168.63.129.16", "168.63.129.15"),
        ("fc00::", "2a00::1"),
        ("fdff:ffff::", "2606:4700::1111"),
        ("fe80::1", "2001:4860:4860::8888"),
        ("febf::1", "2c0f::1"),
        ("fec0::1", "2400::1"),
        ("ff02::1", "2600::1"),
        ("::", "2800::1"),
        ("::1", "2a10::1"),
        ("::ffff:8.8.8.8", "2a11::1"),
        ("64:ff9b::808:808", "2a12::1"),
        ("64:ff9b:1::808:808", "2a13::1"),
        ("2002:7f00:1::", "2003::1"),
        ("2001::1", "2001:200::1"),
        ("2001:db8::1", "2001:db9::1"),
        ("1fff::1", "2000:1::1"),
        ("4000::1", "3ffe::1"),
    ],
)
def test_each_border_of_what_is_refused(inside, outside):
    assert refusal(inside, "outil.exemple.fr", PUBLIC)
    assert refusal(outside, "outil.exemple.fr", PUBLIC) is None


@pytest.mark.parametrize("address", ["10.20.0.1", "10.20.255.255", "fd12:3456::1"])
def test_a_network_that_the_hospital_names_is_reached(address):
    assert refusal(address, "nimporte.exemple.fr", INSIDE) is None


@pytest.mark.parametrize(
    "address", ["10.19.255.255", "10.21.0.0", "192.168.1.1", "fd12:3457::1", "127.0.0.1"]
)
def test_what_is_beside_a_named_network_is_not(address):
    assert refusal(address, "nimporte.exemple.fr", INSIDE)


def test_a_named_machine_may_be_inside_but_is_never_this_machine_nor_a_link():
    assert refusal("192.168.1.1", "outil.hopital.fr", INSIDE) is None
    for address in (
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "0.0.0.0",
        "::ffff:192.168.1.1",
        "100.100.100.200",
    ):
        assert refusal(address, "outil.hopital.fr", INSIDE), address


def test_a_wide_network_named_by_mistake_still_does_not_reach_metadata():
    everything = policy_of("443", "", "0.0.0.0/0, ::/0")
    assert refusal("10.0.0.1", "x", everything) is None
    for address in ("169.254.169.254", "168.63.129.16", "fd00:ec2::254", "::ffff:10.0.0.1", "fe80::1"):
        assert refusal(address, "x", everything), address


def test_http_and_another_port_only_where_the_hospital_says():
    found = destination("https://outil.hopital.fr:8443/a?b=c", INSIDE)
    assert (found.host_header, found.target) == ("outil.hopital.fr:8443", "/a?b=c")
    assert not destination("http://outil.hopital.fr:8443/", INSIDE).is_tls
    for url in ("http://outil.hopital.fr/", "http://autre.hopital.fr:8443/"):
        with pytest.raises(BadInput):
            destination(url, INSIDE)


@pytest.mark.parametrize(
    ("ports", "inside"), [("https", ""), ("0", ""), ("70000", ""), ("443", "10.0.0.0/99"), ("443", "a b")]
)
def test_a_setting_that_cannot_be_read_is_said(ports, inside):
    with pytest.raises(BadInput, match="ACHATS_WEBHOOK"):
        policy_of(ports, "", inside)
