"""A platform that is a folder: what would be published is written there, whole, with its receipt.

The seam for real platforms: each is a module beside this one with the same `publish`.
"""

import hashlib
import json
from pathlib import Path

from pydantic import BaseModel

from models.errors import Unavailable
from tasks import storage


class Publication(BaseModel):
    """What is published: a kind of notice, its content, the files that go with it (name and bytes)."""

    ref: str
    kind: str
    version: int
    content: dict[str, object]
    files: list[tuple[str, bytes]] = []


def publish(root: Path, publication: Publication) -> str:
    """Write a publication in its own folder and return where it is; publishing again gives the same folder."""
    folder = root / publication.ref / f"{publication.kind}-v{publication.version}"
    content = json.dumps(publication.content, ensure_ascii=False, indent=2, sort_keys=True).encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, raw in [*publication.files, (f"{publication.kind}.json", content)]:
            _write(folder / Path(name).name, raw)
        receipt = hashlib.sha256(content).hexdigest()
        _write(folder / "accuse-de-reception.txt", f"{receipt}\n".encode())
    except OSError as error:
        raise Unavailable(f"Publication impossible dans {folder} : {error.strerror}.") from error
    return str(folder)


def _write(path: Path, raw: bytes) -> None:
    with storage.whole(path) as file:
        file.write(raw)
