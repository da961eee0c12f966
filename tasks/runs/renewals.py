"""The step by which a run opens a renewal; the pages open one without Prefect (`tasks.contracts.renewal`)."""

from tasks.contracts import renewal
from tasks.steps import step

open_renewal = step("Ouvrir le renouvellement")(renewal.open_for)
