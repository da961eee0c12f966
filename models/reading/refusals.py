"""A line of a file that was refused, and why."""

from pydantic import BaseModel


class RefusedLine(BaseModel):
    """A line that was not taken: its number in the file (the first line is 1), and why, in French."""

    ligne: int
    motif: str
