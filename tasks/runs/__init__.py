"""Prefect and the processes: start, deploy, segment, watch, resume, show."""
