"""Assembling a consultation: every document of the set, one archive, one manifest; all or nothing."""

import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from models.documents.consultation import (
    AnswerForm,
    AssembledPiece,
    CandidatureList,
    ConsultationLetter,
    ConsultationPiece,
    LotPiece,
    Purchase,
    head_of,
    purchase_of,
    questions_of,
    summary,
)
from models.documents.dossier import Dossier
from models.documents.head import Head
from models.documents.legal import LegalFrame
from models.documents.plain import Plain
from models.documents.problems import listed
from models.errors import BadInput, Refused
from tasks.documents.archives import EPOCH
from tasks.documents.clauses import assemble
from tasks.documents.families import requested_for
from tasks.documents.price_workbooks import breakdown, estimate, price_schedule
from tasks.documents.render import render

SHORT_NAMES = {
    "rc": "RC",
    "lettre_consultation": "Lettre-de-consultation",
    "ccap": "CCAP",
    "cctp": "CCTP",
    "annexe_etablissements": "Annexe-etablissements",
    "liste_candidature": "Liste-des-pieces",
    "cadre_reponse": "Cadre-de-reponse",
    "acte_engagement": "AE",
    "bpu": "BPU",
    "dqe": "DQE",
    "dpgf": "DPGF",
}


class RenderedFile(Plain):
    """A document that was written."""

    kind: str
    name: str
    sha256: str
    bytes: int


class Manifest(Plain):
    """What a set contains, with its hashes; frozen at publication."""

    reference: str
    version: int
    generated_on: date
    regime: LegalFrame
    files: list[RenderedFile]
    archive: RenderedFile


def read_dossier(path: Path) -> Dossier:
    """Return the dossier of a JSON file, or raise `BadInput` naming every missing or wrong field at once."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise BadInput(f"Fichier introuvable : {path}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"Fichier illisible : {path} (du JSON en UTF-8 est attendu).") from error
    return parse_dossier(text, path.name)


def parse_dossier(text: str, source: str = "dossier") -> Dossier:
    """Return the dossier written in a JSON text; see `read_dossier`."""
    try:
        return Dossier.model_validate_json(text)
    except ValidationError as error:
        raise BadInput(f"{source} : {listed(error)}.") from error


def render_consultation(dossier: Dossier, folder: Path) -> list[tuple[str, Path, str, int]]:
    """Write every document of a consultation; return (kind, path, sha256, bytes) of each.

    Everything is rendered before the first file appears in the folder: a refusal writes nothing.
    """
    manifest = write_set(dossier, folder)
    return [(file.kind, folder / file.name, file.sha256, file.bytes) for file in manifest.files]


def write_set(dossier: Dossier, folder: Path) -> Manifest:
    """Write the documents, their archive and `manifest.json`; return the manifest."""
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} existe et n'est pas un dossier.")
    try:
        return _write_set(dossier, folder)
    except OSError as error:
        raise Refused(f"Écriture impossible dans {folder} : {error.strerror}.") from error


def _write_set(dossier: Dossier, folder: Path) -> Manifest:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".dce-") as name:
        workshop = Path(name)
        files = [_written(workshop, *piece) for piece in documents(dossier)]
        archive_name = f"{_stem(dossier.reference)}_DCE_v{dossier.version}.zip"
        archive = _written(workshop, "archive", archive_name, _zipped(workshop, files))
        manifest = Manifest(
            reference=dossier.reference,
            version=dossier.version,
            generated_on=dossier.dated_on,
            regime=dossier.legal,
            files=files,
            archive=archive,
        )
        (workshop / "manifest.json").write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
        _publish(workshop, folder)
    return manifest


def documents(dossier: Dossier) -> Iterator[tuple[str, str, bytes]]:
    """Yield (kind, file name, bytes) of every document that the consultation needs."""
    stem = _stem(dossier.reference)
    for kind, context in contexts(dossier):
        suffix = _suffix(dossier, context.lot.number) if isinstance(context, LotPiece) else ""
        yield kind, f"{stem}_{SHORT_NAMES[kind]}{suffix}.docx", render(kind, context)
    for lot in dossier.lots:
        suffix = _suffix(dossier, lot.number)
        if lot.pricing == "unitaire":
            yield "bpu", f"{stem}_BPU{suffix}.xlsx", price_schedule(dossier, lot)
            yield "dqe", f"{stem}_DQE{suffix}.xlsx", estimate(dossier, lot)
        else:
            yield "dpgf", f"{stem}_DPGF{suffix}.xlsx", breakdown(dossier, lot)


def contexts(dossier: Dossier) -> Iterator[tuple[str, ConsultationPiece]]:
    """Yield (kind, context) of every Word document of the consultation, one acte d'engagement per lot."""
    purchase = purchase_of(dossier)
    yield from _pieces(dossier, purchase)
    for lot in dossier.lots:
        yield (
            "acte_engagement",
            LotPiece(
                head=_undated(head_of(dossier, lot)),
                signatory=dossier.signatory,
                purchase=purchase,
                lot=summary(lot),
            ),
        )


def _suffix(dossier: Dossier, number: int) -> str:
    return f"_lot-{number:02d}" if len(dossier.lots) > 1 else ""


def _pieces(dossier: Dossier, purchase: Purchase) -> Iterator[tuple[str, ConsultationPiece]]:
    """Yield the pieces that are written once for the whole consultation."""
    head = head_of(dossier)
    shared = {"head": head, "signatory": dossier.signatory, "purchase": purchase}
    requested = requested_for(dossier.family)
    if dossier.legal.procedure == "gre_a_gre":
        yield "lettre_consultation", ConsultationLetter.model_validate(shared | {"requested": requested})
    else:
        yield "rc", AssembledPiece.model_validate(shared | {"articles": assemble("rc", purchase)})
    shared["head"] = _undated(head)
    for piece in ("ccap", "cctp"):
        yield piece, AssembledPiece.model_validate(shared | {"articles": assemble(piece, purchase)})
    yield "annexe_etablissements", ConsultationPiece.model_validate(shared)
    yield "liste_candidature", CandidatureList.model_validate(shared | {"requested": requested})
    if questions := questions_of(dossier.criteria):
        yield "cadre_reponse", AnswerForm.model_validate(shared | {"questions": questions})


def _undated(head: Head) -> Head:
    """Return the header without the deadline: only the rules (or the letter) say it, so it moves in one place."""
    return head.model_copy(update={"due_at": None})


def _stem(reference: str) -> str:
    """Return the reference as the beginning of a file name."""
    kept = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "-" for sign in reference)
    return kept.strip("-")[:60] or "dossier"


def _written(workshop: Path, kind: str, name: str, content: bytes) -> RenderedFile:
    (workshop / name).write_bytes(content)
    return RenderedFile(kind=kind, name=name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def _zipped(workshop: Path, files: list[RenderedFile]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.name, EPOCH), (workshop / file.name).read_bytes())
    return buffer.getvalue()


def _publish(workshop: Path, folder: Path) -> None:
    """Move the finished set in place, the manifest last; what an earlier set left and this one lacks goes."""
    folder.mkdir(exist_ok=True)
    for name in _earlier_names(folder) - {path.name for path in workshop.iterdir()}:
        (folder / name).unlink(missing_ok=True)
    for file in sorted(workshop.iterdir(), key=lambda path: path.name == "manifest.json"):
        shutil.move(file, folder / file.name)


def _earlier_names(folder: Path) -> set[str]:
    """Return the files that an earlier manifest of this folder lists; nothing outside the folder is ever named."""
    try:
        earlier = Manifest.model_validate_json((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    return {file.name for file in [*earlier.files, earlier.archive] if Path(file.name).name == file.name}
