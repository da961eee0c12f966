"""LibreOffice shut in: no network, no environment, a profile of its own without macros nor links, a time limit."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from models.errors import Unavailable

PATH: Final = "/usr/local/bin:/usr/bin:/bin"
NOWHERE: Final = 9  # the port that nobody serves (discard): what asks for the network is refused at once
APART: Final = ("unshare", "--net", "--kill-child")
APART_AS_ROOT_OF_NOTHING: Final = ("unshare", "--user", "--map-root-user", "--net", "--kill-child")
REGISTRY: Final = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>
"""
ITEM: Final = (
    '<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
    "<value>{value}</value></prop></item>"
)
SETTINGS: Final = (
    ("Setup/L10N", "ooSetupSystemLocale", "fr-FR"),  # numbers of workbooks are printed the French way
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Inet/Settings", "ooInetProxyType", "2"),
    *(
        ("Inet/Settings", f"ooInet{protocol}Proxy{what}", value)
        for protocol in ("HTTP", "HTTPS", "FTP")
        for what, value in (("Name", "127.0.0.1"), ("Port", str(NOWHERE)))
    ),
    ("Inet/Settings", "ooInetNoProxy", ""),
)


def office_program() -> str | None:
    """Return the path of LibreOffice, or None where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def run_office(arguments: Sequence[str], profile: Path, seconds: int) -> None:
    """Run LibreOffice with a fresh profile; it is ended with all its processes when it takes too long.

    Raises `Unavailable` when LibreOffice is missing or does not end.
    """
    program = office_program()
    if program is None:
        raise Unavailable(
            "PDF impossibles : LibreOffice n'est pas installé (paquet libreoffice-writer et -calc)."
        )
    make_profile(profile)
    running = subprocess.Popen(
        [
            *apart(),
            program,
            f"-env:UserInstallation=file://{profile}",
            "--headless",
            "--norestore",
            *arguments,
        ],
        env=environment(profile),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"PDF impossibles : LibreOffice n'a pas fini en {seconds} s.") from error
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()


@lru_cache
def apart() -> tuple[str, ...]:
    """Return the words that start a program without any network, none where this system does not allow it.

    The proxy of the profile, which refuses, is what is left then.
    """
    for words in (APART, APART_AS_ROOT_OF_NOTHING):
        try:
            if subprocess.run([*words, "true"], check=False, capture_output=True, timeout=10).returncode == 0:
                return words
        except (OSError, subprocess.TimeoutExpired):
            continue
    return ()


def environment(profile: Path) -> dict[str, str]:
    """Return the whole environment of LibreOffice: nothing of the application's own, a proxy that refuses."""
    nowhere = f"http://127.0.0.1:{NOWHERE}"
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"), nowhere)
    return {"PATH": PATH, "HOME": str(profile), "LANG": "C.UTF-8", **proxies}


def make_profile(profile: Path) -> None:
    """Write the registry of a fresh profile: French, no macros, no links, no network."""
    items = "".join(ITEM.format(path=path, name=name, value=value) for path, name, value in SETTINGS)
    (profile / "user").mkdir()
    (profile / "user" / "registrymodifications.xcu").write_text(
        REGISTRY.format(items=items), encoding="utf-8"
    )
