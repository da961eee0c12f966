"""Which tables decide something: the journal keeps a digest of each of their rows.

A table that is not named here is decisive in all its columns; a test asks that each one be named, with its reason when
it decides nothing.
"""

DECISIVE: dict[str, str] = {
    "absence": "absence",
    "access_request": "demande sur un accès",
    "account": "compte",
    "api_token": "jeton d'accès",
    "award": "classement d'une offre",
    "candidate_letter": "courrier à un candidat",
    "catalogue_item": "article du catalogue",
    "circuit_visa": "visa d'un circuit",
    "code_enrolment": "codes à usage unique",
    "conflict_declaration": "déclaration d'intérêts",
    "conflict_policy": "règle des déclarations d'intérêts",
    "contract": "marché",
    "contract_amendment": "avenant",
    "contract_item": "article d'un marché",
    "contract_option": "reconduction d'un marché",
    "decision": "réponse",
    "delegation": "délégation",
    "dispute": "litige",
    "document": "document",
    "escrow_key": "clé de séquestre des plis",
    "escalation_override": "relance réglée",
    "escalation_policy": "règles de relance",
    "elimination": "élimination de documents",
    "establishment": "établissement",
    "family": "famille d'achats",
    "family_cpv": "code CPV d'une famille",
    "family_word": "mot d'une famille",
    "function_held": "fonction",
    "gain": "gain d'achat",
    "ght": "groupement",
    "in_service": "mise en service",
    "incident": "incident",
    "invitation": "lien d'accès",
    "invoice": "facture",
    "item": "article d'un achat",
    "local_choice": "choix local de compétence",
    "message": "message",
    "need": "besoin",
    "notice": "avis publié",
    "opening_key": "clé d'ouverture des plis",
    "passkey": "clé de sécurité",
    "penalty_clause": "clause de pénalité",
    "person": "personne",
    "personal_key": "clé personnelle",
    "procurement": "achat",
    "procurement_lock": "verrou",
    "purchase_order": "commande",
    "rectification": "rectification",
    "renewal_file": "dossier de renouvellement",
    "restoration": "restauration",
    "risk": "risque",
    "risk_action": "action sur un risque",
    "risk_event": "fait d'un risque",
    "role_grant": "rôle",
    "seat": "réponse attendue",
    "signature": "signature",
    "signature_policy": "règle de signature",
    "spend_file": "fichier de dépenses",
    "stage_visit": "passage à une étape",
    "tender": "offre",
    "tender_objection": "contestation d'une offre",
    "tender_seal": "scellé des plis",
    "tender_share": "part de la clé des plis",
    "webhook_subscription": "abonnement",
    "withdrawal": "retrait du dossier",
}
"""Each decisive table, and what one of its rows is called in French."""

NOT_DECISIVE: dict[str, str] = {
    "access_told": "how far the journal was read to tell people; starts again harmlessly",
    "availability": "copy of a public register, read again from its file each day",
    "availability_change": "differences between two readings of a public register",
    "availability_file": "which file of the public register was read last",
    "dispatch": "runs asked of Prefect, made again from the stages by the resumption",
    "import_request": "a queue of files to read; what they bring is decisive",
    "journal": "the journal itself: chained and signed",
    "journal_head": "where the chain ends: compared with the chain",
    "journal_row": "the digests themselves: covered by the line that holds them",
    "lease": "who is at work for the next half minute",
    "login_event": "a log of attempts, kept for a short time; decides nothing",
    "login_session": "sessions of some hours, written at each page; a signature asks for its own proof",
    "passkey_challenge": "asked of a key for some minutes",
    "sent_before": "marks of what had left before a restoration, to send nothing twice",
    "spend_line": "millions of lines, imported again from the file of which the hash is decisive",
    "spend_refusal": "found again from the file of which the hash is decisive",
    "stock_line": "replaced as a whole by the next count of stocks",
    "supplier": "found again from the names in contracts and spend",
    "supplier_spelling": "found again from the names in contracts and spend",
    "wrong_tries": "counts of wrong passwords, fall with time",
    "webhook_delivery": "attempts to tell a fact that is in the journal",
}
"""Each table that decides nothing, and why."""

LEFT_OUT: dict[str, dict[str, str]] = {
    "account": {
        "last_login_at": "changes at each login",
        "wants_digest": "a preference of the person",
    },
    "api_token": {"last_used_at": "changes at each use"},
    "code_enrolment": {
        "last_step": "changes at each code",
        "failures": "count of wrong codes, falls with time",
        "locked_until": "falls with time",
    },
    "contract": {
        "searched": "made from other columns",
        "holder_key": "found from the name of the holder",
    },
    "message": {
        "attempts": "of the sending",
        "error": "of the sending",
        "is_gathered": "how it leaves, not what it says",
        "digest_key": "how it leaves, not what it says",
    },
    "passkey": {"sign_count": "counted at each use", "last_used_at": "changes at each use"},
    "procurement": {"searched": "made from other columns"},
    "risk": {
        "searched": "made from other columns",
        "changed_on": "of the last watch",
        "next_on": "of the next reminder, found by the watch",
        "climbs_at": "of the next reminder, found by the watch",
        "is_listed": "whether the last watch listed it",
        "times_listed": "count of the watch",
    },
    "risk_event": {"is_rung": "whether its event has left"},
    "stage_visit": {
        "settled_at": "when what the stay starts was done; the resumption makes it again",
        "reminders": "count of reminders",
        "attempts": "count of the runs that began",
        "rests_until": "after a failure, before the next run",
    },
    "webhook_subscription": {
        "failures": "count of attempts",
        "failing_since": "of the attempts",
        "paused_until": "of the attempts",
    },
}
"""The columns of decisive tables that change without anybody deciding, and why."""

SAYING = (
    "reference",
    "ref",
    "number",
    "stage",
    "visit",
    "lot",
    "kind",
    "act",
    "role",
    "person_email",
    "name",
    "subject",
)
"""The columns that name a row to a reader, in the order in which they are said."""


def is_decisive(table: str) -> bool:
    """Return whether the rows of a table are kept by the journal."""
    return table not in NOT_DECISIVE


def covers(table: str, column: str) -> bool:
    """Return whether the digest of a row covers a column."""
    return column not in LEFT_OUT.get(table, {})


def label(table: str) -> str:
    """Return what a row of a table is called."""
    return DECISIVE.get(table, table)
