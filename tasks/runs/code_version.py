"""Which version of the code this is, and which one the service was last deployed with.

Workers of other machines are upgraded one after the other. One whose code is not that of the last deployment takes no
run: the tables, the process or the parameters of a run may have changed, and it could carry them wrongly.
"""

from functools import lru_cache
from hashlib import sha256

from tasks.settings import ROOT

DECLARED = "ght_version"  # the variable of Prefect that holds the version of the last deployment
SOURCES = ("prefect.yaml", "models/**/*", "tasks/**/*", "flows/**/*", "migrations/**/*", "templates/**/*")
LEFT_OUT = {".pyc", ".partiel"}
SHOWN = 12


@lru_cache
def own() -> str:
    """Return the version of this checkout: the fingerprint of its code and templates, read once, at the start."""
    found = {file for pattern in SOURCES for file in ROOT.glob(pattern)}
    files = sorted(file for file in found if file.is_file() and file.suffix not in LEFT_OUT)
    digest = sha256()
    for file in files:
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:SHOWN]


def fault(declared: str | None) -> str:
    """Return why a worker of this version takes nothing, empty when it may work."""
    if declared is None or declared == own():
        return ""
    return (
        f"Ce worker ne prend aucun run : son code (version {own()}) n'est pas celui du service (version {declared}). "
        "Mettez-le à jour, ou redémarrez le service s'il est en retard."
    )
