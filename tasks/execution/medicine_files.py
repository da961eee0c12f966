"""Reading a folder of the public database of medicines: tolerant of encodings, line ends and bad lines."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from models.errors import BadInput
from models.execution.medicines import STATUS_LABELS, AvailabilityRow, Snapshot, Status
from models.reading.refusals import RefusedLine
from models.reading.values import fold, parse_date
from tasks.tables.tabular import decoded, read_bytes

AVAILABILITY = "CIS_CIP_Dispo_Spec.txt"
ESSENTIAL = "CIS_MITM.txt"
NAMES = "CIS_bdpm.txt"
PRESENTATIONS = "CIS_CIP_bdpm.txt"
COLUMNS = 8
BY_LABEL = {fold(label): status for status, label in STATUS_LABELS.items()}


def read_folder(folder: Path) -> Snapshot:
    """Return what the availability file says, with the names and weights of the files beside it.

    Raises `BadInput` when the availability file is absent, empty or holds no line that can be read; a bad
    line is refused with its number and does not stop the others.
    """
    path = folder / AVAILABILITY if folder.is_dir() else folder
    content = read_bytes(path)
    if not content.strip():
        raise BadInput(f"Le fichier {path.name} est vide : les alertes d'hier sont gardées.")
    rows, refused, last_is_bad = _availability(decoded(content, path.name))
    if not rows:
        raise BadInput(
            f"Le fichier {path.name} n'a aucune ligne lisible ({len(refused)} refusées) : format ou encodage "
            "inattendu, les alertes d'hier sont gardées."
        )
    return Snapshot(
        sha256=hashlib.sha256(content).hexdigest(),
        rows=rows,
        refused=refused,
        is_truncated=last_is_bad or not content.endswith(b"\n"),
        essential={cells[0] for cells in _optional(path.parent / ESSENTIAL)},
        names={cells[0]: cells[1].strip() for cells in _optional(path.parent / NAMES) if len(cells) > 1},
        cis_of_cip13={
            cells[6]: cells[0] for cells in _optional(path.parent / PRESENTATIONS) if len(cells) > 6
        },
    )


def _optional(path: Path) -> Iterator[list[str]]:
    """Yield the lines of a file beside the availability file; nothing when it is not there."""
    if not path.exists():
        return
    for line in decoded(read_bytes(path), path.name).splitlines():
        cells = line.split("\t")
        if re.fullmatch(r"\d{8}", cells[0]):
            yield cells


def _availability(text: str) -> tuple[list[AvailabilityRow], list[RefusedLine], bool]:
    """Return the rows, the refused lines, and whether the last line is one of them (a cut file)."""
    rows: list[AvailabilityRow] = []
    refused: list[RefusedLine] = []
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip("\r\t ")]
    for number, line in lines:
        try:
            rows.append(_row(number, line.rstrip("\r").split("\t")))
        except BadInput as refusal:
            refused.append(RefusedLine(ligne=number, motif=str(refusal)))
    return rows, refused, bool(refused) and refused[-1].ligne == lines[-1][0]


def _row(number: int, cells: list[str]) -> AvailabilityRow:
    cells = [cell.strip() for cell in cells] + [""] * (COLUMNS - len(cells))
    cis, cip13, code, label, started, updated, back, link = cells[:COLUMNS]
    if not re.fullmatch(r"\d{8}", cis):
        raise BadInput(f"CIS « {cis[:40]} » : 8 chiffres attendus")
    if cip13 and not re.fullmatch(r"\d{13}", cip13):
        raise BadInput(f"CIP13 « {cip13[:40]} » : 13 chiffres attendus")
    return AvailabilityRow(
        line=number,
        cis=cis,
        cip13=cip13,
        status=_status(code, label),
        started_on=parse_date(started, "date de début") if started else None,
        updated_on=parse_date(updated, "date de mise à jour") if updated else None,
        back_on=parse_date(back, "date de remise à disposition") if back else None,
        link=link if link.startswith("https://") else "",
    )


def _status(code: str, label: str) -> Status:
    """Return the status by its code; by its words when the code says nothing."""
    if code in {str(int(one)) for one in Status}:
        return Status(int(code))
    if fold(label) in BY_LABEL:
        return BY_LABEL[fold(label)]
    raise BadInput(f"statut « {code} {label[:40]} » inconnu")
