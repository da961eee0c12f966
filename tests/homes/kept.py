"""What a kept home says of itself: the version that made it, when, its purchases and the secrets of its people."""

import tarfile
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

FILE = "maison.json"


class Kept(BaseModel):
    """The purchases are named by the stage where they are parked, and by what is special about them."""

    version: str
    instant: datetime
    purchases: dict[str, str] = {}
    code_secret: str = ""
    key: str = ""
    token: str = ""

    def add(self, label: str, ref: str) -> str:
        """Name a purchase; return its reference."""
        self.purchases[label] = ref
        return ref

    def write(self, home: Path) -> None:
        """Leave this beside what the application keeps."""
        (home / FILE).write_text(self.model_dump_json(indent=1), encoding="utf-8")


def unpack(archive: Path, folder: Path) -> tuple[Path, Kept]:
    """Unpack a kept home in a folder; return its place and what it says of itself."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    home = folder / "maison"
    return home, Kept.model_validate_json((home / FILE).read_text(encoding="utf-8"))
