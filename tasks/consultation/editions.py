"""Versions of a published dossier: what changed, document by document, and the deadline that follows."""

import difflib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Final, Literal

from python_calamine import CalamineWorkbook

from models.documents.dossier import Dossier
from models.documents.plain import Plain
from models.errors import BadInput
from models.law.deadlines import first_closing, leaves_enough
from tasks.documents.consultation_set import Manifest, RenderedFile, documents
from tasks.documents.french import PARIS, instant, number

PARAGRAPH: Final = re.compile(r"<w:p[ >].*?</w:p>", re.DOTALL)
RUN: Final = re.compile(r"<w:t(?: [^>]*)?>(.*?)</w:t>|(<w:br/>)", re.DOTALL)
MINOR: Final = frozenset({"version"})
SUBSTANTIAL: Final = frozenset(
    {
        "description",
        "lots",
        "members",
        "price",
        "duration",
        "criteria",
        "variants",
        "conditions",
        "form",
        "legal",
    }
)
FIELD_NAMES: Final = {
    "title": "objet",
    "description": "description du besoin",
    "lots": "lots, articles ou quantités",
    "members": "établissements",
    "price": "prix",
    "duration": "durée",
    "criteria": "critères d'attribution",
    "variants": "variantes",
    "conditions": "conditions d'exécution",
    "form": "forme du marché",
    "legal": "cadre légal",
    "calendar": "calendrier",
    "signatory": "signataire",
}


class DocumentChange(Plain):
    """What changed in one document between two versions."""

    name: str
    kind: str
    state: Literal["ajouté", "retiré", "modifié", "identique"]
    old_sha256: str | None = None
    new_sha256: str | None = None
    diff: list[str] = []


class Deadline(Plain):
    """The date by which bids are due after a change, and why."""

    due_at: datetime
    extended: bool
    reason: str


def text_of(name: str, content: bytes) -> list[str]:
    """Return the text of a Word or Excel document, one line per paragraph or row."""
    return _sheet_lines(content) if name.endswith(".xlsx") else _word_lines(content)


def _word_lines(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("word/document.xml").decode("utf-8")
    lines = []
    for paragraph in PARAGRAPH.findall(xml):
        line = unescape("".join(text or "\n" for text, _ in RUN.findall(paragraph)))
        lines += [part for part in line.split("\n") if part.strip()]
    return lines


def _sheet_lines(content: bytes) -> list[str]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    return ["\t".join(map(_cell, row)).rstrip("\t") for row in rows if any(cell != "" for cell in row)]


def _cell(value: object) -> str:
    """Return the value of a cell as a person reads it in French."""
    return number(Decimal(repr(value))) if isinstance(value, float) else str(value)


def differences(old: Path, new: Path) -> list[DocumentChange]:
    """Return what changed between two written sets, in the order of the new one; texts as unified diffs.

    Raises `BadInput` when a folder holds no readable manifest.
    """
    before = {file.name: file for file in _manifest(old).files}
    after = {file.name: file for file in _manifest(new).files}
    changes = [_change(name, before.get(name), file, old, new) for name, file in after.items()]
    gone = [file for name, file in before.items() if name not in after]
    return changes + [
        DocumentChange(name=file.name, kind=file.kind, state="retiré", old_sha256=file.sha256)
        for file in gone
    ]


def _manifest(folder: Path) -> Manifest:
    try:
        return Manifest.model_validate_json((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{folder} ne contient pas de manifest.json lisible.") from error


def _change(
    name: str, before: RenderedFile | None, after: RenderedFile, old: Path, new: Path
) -> DocumentChange:
    if before is None:
        return DocumentChange(name=name, kind=after.kind, state="ajouté", new_sha256=after.sha256)
    if before.sha256 == after.sha256:
        return DocumentChange(
            name=name, kind=after.kind, state="identique", old_sha256=before.sha256, new_sha256=after.sha256
        )
    was, now = (text_of(name, (folder / name).read_bytes()) for folder in (old, new))
    lines = difflib.unified_diff(was, now, "avant", "après", lineterm="", n=0)
    return DocumentChange(
        name=name,
        kind=after.kind,
        state="modifié",
        old_sha256=before.sha256,
        new_sha256=after.sha256,
        diff=[line for line in lines if not line.startswith("@@")],
    )


def passages(was: list[str], now: list[str]) -> list[tuple[str, str]]:
    """Return (before, after) for each passage that changed, lines joined; an empty text where nothing stands."""
    matcher = difflib.SequenceMatcher(a=was, b=now, autojunk=False)
    return [
        ("\n".join(was[i:j]), "\n".join(now[k:m]))
        for kind, i, j, k, m in matcher.get_opcodes()
        if kind != "equal"
    ]


def changed_fields(old: Dossier, new: Dossier) -> list[str]:
    """Return the names of the parts of the dossier that changed, version number left out."""
    before, after = (json.loads(dossier.model_dump_json()) for dossier in (old, new))
    return [name for name in after if name not in MINOR and before[name] != after[name]]


def important_fields(changed: list[str]) -> list[str]:
    """Return the parts whose change is important for candidates, among those that changed."""
    return sorted(SUBSTANTIAL.intersection(changed))


def deadline_after(
    old: Dossier, new: Dossier, published_at: datetime, first_due_at: datetime | None = None
) -> Deadline:
    """Return when bids are due after a change published that day (CCP art. R. 2151-4).

    The law asks for an extension in proportion to the change and gives no number. The product takes the safe
    side: after an important change, candidates have the minimum period of the procedure again, in full (where
    there is none, the days they had at first: `first_due_at` when the date was moved since). A light change moves
    nothing. Days are whole, in Paris, and the last one is worked (`models.law.deadlines`); the time of day is kept.
    """
    due = new.calendar.offers_due_at.astimezone(PARIS)
    important = important_fields(changed_fields(old, new))
    if not important:
        return Deadline(due_at=due, extended=False, reason="aucune modification importante")
    first = (first_due_at or old.calendar.offers_due_at).astimezone(PARIS)
    days = old.legal.minimum_days or (first.date() - old.calendar.launched_on).days
    published_on = published_at.astimezone(PARIS).date()
    if leaves_enough(published_on, due, days):
        return Deadline(due_at=due, extended=False, reason=f"il reste au moins {days} jours")
    names = ", ".join(FIELD_NAMES.get(name, name) for name in important)
    reason = f"modification importante ({names})"
    moved = datetime.combine(first_closing(published_on, days), due.time(), PARIS)
    return Deadline(due_at=moved, extended=True, reason=reason)


def notice(new: Dossier, changes: list[DocumentChange], deadline: Deadline) -> str:
    """Return the message to those who downloaded the dossier: what changed, and until when to answer."""
    lines = [
        f"La consultation {new.reference} – {new.title} – est modifiée : version {new.version}.",
        "Documents modifiés : " + (_names(changes, "modifié") or "aucun") + ".",
    ]
    if added := _names(changes, "ajouté"):
        lines.append(f"Documents ajoutés : {added}.")
    if removed := _names(changes, "retiré"):
        lines.append(f"Documents retirés : {removed}.")
    kept = "prolongée au" if deadline.extended else "maintenue au"
    lines.append(f"La date limite de réception des offres est {kept} {instant(deadline.due_at)}.")
    lines.append("Répondez sur la base de cette seule version, à télécharger sur le profil d'acheteur.")
    return "\n".join(lines)


def _names(changes: list[DocumentChange], state: str) -> str:
    return ", ".join(change.name for change in changes if change.state == state)


def texts(dossier: Dossier) -> Mapping[str, list[str]]:
    """Return the text of every document of a dossier, by file name, without writing anything."""
    return {name: text_of(name, content) for _, name, content in documents(dossier)}
