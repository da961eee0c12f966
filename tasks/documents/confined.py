"""Rendering of templates that someone else made: in another process, with limits on time and memory."""

import json
import resource
import subprocess
import sys
from typing import Final

from pydantic import BaseModel

from models.documents.registry import document_type
from models.errors import Failure, Refused
from tasks.documents.docx_safety import check_made, read_safely
from tasks.documents.rendering import compiled, fill
from tasks.settings import ROOT

CPU_SECONDS: Final = 20
MEMORY_BYTES: Final = 1_000_000_000
OUTPUT_BYTES: Final = 100_000_000


def render_confined(name: str, template: bytes, kind: str, context: BaseModel) -> bytes:
    """Return the document made of a foreign template, or raise `Refused` with the reason.

    The file is checked first; the child has no inherited environment and dies at its limits.
    """
    read_safely(template)
    head = json.dumps({"name": name, "kind": kind, "size": len(template)}).encode() + b"\n"
    body = head + template + context.model_dump_json().encode()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tasks.documents.confined"],
            input=body,
            capture_output=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"},
            timeout=CPU_SECONDS * 3,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(f"Modèle {name} refusé : le rendu ne finit pas.") from error
    if done.returncode == 0:
        check_made(done.stdout)
        return done.stdout
    if done.returncode == REFUSED:
        raise Refused(done.stderr.decode("utf-8", "replace").strip())
    raise Refused(f"Modèle {name} refusé : le rendu dépasse les limites de temps ou de mémoire.")


REFUSED: Final = 3


def main() -> int:
    """Render in the child: read the request, put the limits, write the document on standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    head = json.loads(sys.stdin.buffer.readline())
    template = sys.stdin.buffer.read(head["size"])
    try:
        context = document_type(head["kind"]).context.model_validate_json(sys.stdin.buffer.read())
        sys.stdout.buffer.write(fill(compiled(head["name"], template), context))
    except Failure as error:
        sys.stderr.write(str(error))
        return REFUSED
    except (MemoryError, RecursionError, OverflowError):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
