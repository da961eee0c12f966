"""`make chaos`: purchases are played while everything dies, freezes and fills up; then nothing may be missing.

`MINUTES` of damage, `PURCHASES` opened in all, `SEED` of the chance, `DATABASE` sqlite or postgres. The harness plays
the service manager (it starts a service that ended again, and the database) and the people; it gives no other command.
"""

import os
import random
import sys
import tempfile
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

from tests.chaos.damage import Damage
from tests.chaos.house import House

AMOUNTS = {"appel d'offres ouvert": 480_000, "procédure adaptée": 120_000, "dispense": 40_000}
EVERY = (4.0, 12.0)  # seconds between two pieces of damage
QUIET_SECONDS = 180
READY_SECONDS = 180
LAST_OPENING = 0.7  # of the time: a purchase takes some minutes


def main() -> int:
    """Play, damage, let go on by itself, check; 0 when nothing is missing."""
    minutes, purchases = float(os.environ.get("MINUTES", "10")), int(os.environ.get("PURCHASES", "6"))
    seed, database = int(os.environ.get("SEED", "1")), os.environ.get("DATABASE", "sqlite")
    house = House(Path(tempfile.mkdtemp(prefix="achats-chaos-")), database)
    try:
        return play(house, minutes, purchases, seed)
    finally:
        if "KEEP" not in os.environ:
            house.close()


def play(house: House, minutes: float, purchases: int, seed: int) -> int:
    """Run the whole play on a house that is not started."""
    from tests.chaos import wholeness

    say(f"seed {seed}, {minutes:g} min, {purchases} purchases, home {house.home}")
    house.load()
    house.start()
    _wait_ready(house)
    damage = Damage(house, seed)
    refs = _storm(house, damage, minutes * 60, purchases, random.Random(seed))
    calm = time.monotonic()
    while time.monotonic() - calm < QUIET_SECONDS and wholeness.going(refs):
        house.keep_up()
        damage.watch()
        time.sleep(1)
    took = time.monotonic() - calm
    faults = wholeness.check(refs)
    say(f"\n{damage.table()}\n")
    say(
        f"starts of the service by its manager: {house.starts}; left out: {', '.join(damage.left_out) or 'nothing'}"
    )
    say(
        f"purchases {len(refs)}; all notified {took:.0f} s after the last damage"
        if not faults.bloques
        else "STUCK"
    )
    for name in ("perdus", "doubles", "en_avance", "bloques"):
        found = getattr(faults, name)
        say(f"{name:<10} {len(found)}" + "".join(f"\n    {one}" for one in found))
    return 1 if faults.any else 0


def say(text: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _wait_ready(house: House) -> None:
    end = time.monotonic() + READY_SECONDS
    while not (house.answers("/api/health") and house.processes("lookout")):
        assert time.monotonic() < end, (house.folder / "demarrer.log").read_text(encoding="utf-8")
        time.sleep(0.5)


def _storm(house: House, damage: Damage, seconds: float, purchases: int, chance: random.Random) -> list[str]:
    """Open purchases and do damage until the time is over; return the purchases."""
    begun, refs = time.monotonic(), list[str]()
    next_hit = begun + 20
    while (now := time.monotonic()) - begun < seconds:
        house.keep_up()
        if (
            not damage.silent
            and len(refs) < purchases
            and now - begun >= len(refs) * seconds * LAST_OPENING / purchases
        ):
            with suppress(Exception):
                refs.append(_open(len(refs)))
        if now >= next_hit:
            hit = damage.strike()
            next_hit = now + chance.uniform(*EVERY)
            if hit:
                say(f"{now - begun:7.0f} s  {hit.kind} ({hit.processes}), {len(hit.stays)} at work")
        damage.mend()
        damage.watch()
        time.sleep(0.5)
    damage.end_stranger()
    damage.mend(everything=True)
    return refs


def _open(number: int) -> str:
    from tasks.process.procurements import Request, open_procurement

    kinds = list(AMOUNTS.items())
    name, amount = kinds[number % len(kinds)]
    return open_procurement(
        Request(
            objet=f"Dispositifs de perfusion {number + 1} ({name})",
            family="perfusion",
            cpv="33194000",
            amount_ht=Decimal(amount),
            duration_months=48,
            nature="fournitures",
            buyer="julie.perrin@ch-rocheval.invalid",
        )
    )


if __name__ == "__main__":
    sys.exit(main())
