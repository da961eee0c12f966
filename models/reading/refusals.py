"""A line of a file that was refused, and why."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel

LONGEST = 500  # characters: a refusal quotes the cell, which may hold a whole file


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


class RefusedLine(BaseModel):
    """A line that was not taken: its number in the file (the first line is 1), and why, in French."""

    ligne: int
    motif: Annotated[str, AfterValidator(_shortened)]
