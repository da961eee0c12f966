"""The command `achats`: one line per command, each loaded only when it is called."""

import sys

from flows.commands.application import application, run

COMMANDS = {
    # service
    "demo": "flows.commands.demo:demo",
    "demarrer": "flows.commands.server:demarrer",
    "mettre-en-service": "flows.commands.in_service:mettre_en_service",
    "deployer": "flows.commands.server:deployer",
    "reprendre": "flows.commands.server:reprendre",
    "systeme": "flows.commands.systeme:systeme",
    # procurement
    "ouvrir": "flows.commands.procurement:ouvrir",
    "statut": "flows.commands.procurement:statut",
    "a-faire": "flows.commands.procurement:a_faire",
    "decider": "flows.commands.deciding:decider",
    "offre deposer": "flows.commands.tendering:deposer",
    "offre exemple": "flows.commands.tendering:exemple",
    "documents": "flows.commands.procurement:documents",
    "journal": "flows.commands.journal:lire",
    "journal verifier": "flows.commands.journal:verifier",
    "journal ancrer": "flows.commands.journal:ancrer",
    "journal exporter": "flows.commands.journal:exporter",
    # accesses to the pages
    "utilisateur inviter": "flows.commands.accounts:inviter",
    "utilisateur reinitialiser": "flows.commands.accounts:reinitialiser",
    "utilisateur lier": "flows.commands.accounts:lier",
    "utilisateur desactiver": "flows.commands.accounts:desactiver",
    # data that comes in
    "importer organisation": "flows.commands.importing:organisation",
    "importer ght": "flows.commands.importing:ght",
    "importer depenses": "flows.commands.importing:depenses",
    "importer contrats": "flows.commands.importing:contrats",
    "importer articles-marche": "flows.commands.facts:articles",
    "importer reconductions": "flows.commands.facts:reconductions",
    "importer avenants": "flows.commands.facts:avenants",
    "importer penalites": "flows.commands.facts:penalites",
    "importer commandes": "flows.commands.facts:commandes",
    "importer factures": "flows.commands.facts:factures",
    "importer incidents": "flows.commands.facts:incidents",
    "importer gains": "flows.commands.facts:gains",
    "importer escalades": "flows.commands.facts:escalades",
    "importer stocks": "flows.commands.facts:stocks",
    # signature
    "delegation ajouter": "flows.commands.delegation_register:ajouter",
    "delegation formalites": "flows.commands.delegation_register:formalites",
    "delegation revoquer": "flows.commands.delegation_register:revoquer",
    "delegation fonction-fin": "flows.commands.delegation_papers:fonction_fin",
    "delegation publication-docx": "flows.commands.delegation_papers:publication_docx",
    "delegation comptable-docx": "flows.commands.delegation_papers:comptable_docx",
    "delegation liste": "flows.commands.delegations:liste",
    "delegation decision-docx": "flows.commands.delegations:decision_docx",
    "delegation verifier": "flows.commands.delegations:verifier",
    "conflit declarer": "flows.commands.conflicts:declarer",
    "conflit liste": "flows.commands.conflicts:liste",
    "utilisateur cle": "flows.commands.personal_access:cle",
    "utilisateur code": "flows.commands.personal_access:code",
    "utilisateur acces": "flows.commands.personal_access:acces",
    "utilisateur revoquer": "flows.commands.personal_access:revoquer",
    # events told to the hospital's own tools
    "webhook ajouter": "flows.commands.webhook:ajouter",
    "webhook liste": "flows.commands.webhook:liste",
    "webhook retirer": "flows.commands.webhook:retirer",
    "webhook livraisons": "flows.commands.webhook:livraisons",
    "webhook renvoyer": "flows.commands.webhook:renvoyer",
    # law
    "procedure": "flows.commands.law:procedure",
    "retroplanning": "flows.commands.retroplanning:retroplanning",
    "interets": "flows.commands.law:interets",
    "modification": "flows.commands.law:modification",
    "parametres": "flows.commands.law:parametres",
    # watch and risks
    "veille": "flows.commands.veille:veille",
    "grouper": "flows.commands.veille:grouper",
    "veille ruptures": "flows.commands.veille:ruptures",
    "litige ouvrir": "flows.commands.litige:ouvrir",
    "litige decision": "flows.commands.litige:decision",
    "litige liste": "flows.commands.litige:liste",
    "marche voir": "flows.commands.marche:voir",
    "marche renouveler": "flows.commands.marche:renouveler",
    "commande verifier": "flows.commands.facts:verifier",
    "risque liste": "flows.commands.risque:liste",
    "risque acquitter": "flows.commands.risque:acquitter",
    "risque clore": "flows.commands.risque:clore",
    "risque carte": "flows.commands.risque:carte",
    # documents
    "dce depuis": "flows.commands.dce:depuis",
    "dce generer": "flows.commands.dce:generer",
    "dce differences": "flows.commands.dce:differences",
    "dce retrait": "flows.commands.rectifying:retrait",
    "dce retraits": "flows.commands.rectifying:retraits",
    "dce rectifier": "flows.commands.rectifying:rectifier",
    "dce exemple": "flows.commands.dce:exemple",
    "dce schema": "flows.commands.dce:schema",
    "modele verifier": "flows.commands.dce:verifier",
}

app = application(COMMANDS)


def main() -> None:
    """Run the command line and leave with its exit code (0 done, 1 failed, 2 refused)."""
    sys.exit(run(app, sys.argv[1:]))


if __name__ == "__main__":
    main()
