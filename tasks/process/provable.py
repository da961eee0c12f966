"""What the store does when it opens the database: follow what is written, keep the digests true as tables change.

The store loads this module by name: it stands below everything, and so does what it would have to import.
"""

from tasks.process.following import begin
from tasks.process.resealing import after, before, is_needed, run

__all__ = ["after", "before", "begin", "is_needed", "run"]
