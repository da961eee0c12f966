"""Who is in the small group of the homes kept for upgrades."""

DIRECTOR = "directrice@ch-portclair.invalid"
PURCHASING = "achats@ch-portclair.invalid"
BUYER = "acheteuse@ch-portclair.invalid"
LEGAL = "juriste@ch-portclair.invalid"
PHARMACIST = "pharmacienne@ch-portclair.invalid"
ADMINISTRATOR = "administrateur@ch-portclair.invalid"
PASSWORD = "une phrase du littoral 41"
