"""The step of an import's run: beside the pages, which keep the processor, then the next import is asked."""

import multiprocessing
import os

from tasks.outgoing import dispatch
from tasks.runs import import_requests
from tasks.steps import step

BEHIND_THE_PAGES = 10  # niceness


@step("Importer")
def carry_out(number: str) -> str:
    """Do an import and have the next one start; return how it ended, empty when it was not its turn."""
    if multiprocessing.parent_process() is not None:  # a run of the worker has its process to itself
        os.nice(BEHIND_THE_PAGES)
    ended = import_requests.carry_out(number)
    dispatch.deliver()
    return str(ended or "")
