"""Scenes for the tests of the watch: a group, contracts written as files, sweeps day by day."""

from collections import Counter
from datetime import date, timedelta

from tasks.runs import watch

HEADINGS = "Numéro;Lot;Objet;Famille;Titulaire;Montant HT;Maximum HT;Notification;Date de fin;Durée (mois)"


def contracts_file(folder, *lines):
    """Write a CSV of contracts and return its path."""
    path = folder / "marches.csv"
    path.write_text("\n".join([HEADINGS, *lines]) + "\n", encoding="utf-8")
    return path


def sweep_days(first, last, times=1):
    """Sweep every day; return how often each key was told, and on which day first."""
    told, days = Counter(), {}
    day = first
    while day <= last:
        for _ in range(times):
            for finding in watch.whole(day).expirations:
                told[finding.cle] += 1
                days.setdefault(finding.cle, day)
        day += timedelta(days=1)
    return told, days


def day(text):
    """Return an ISO day."""
    return date.fromisoformat(text)
