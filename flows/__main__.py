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
    "entretenir": "flows.commands.systeme:entretenir",
    "systeme": "flows.commands.systeme:systeme",
    # backup
    "sauvegarder": "flows.commands.archive.backup:sauvegarder",
    "sauvegarde cle": "flows.commands.archive.backup:cle",
    "sauvegarde liste": "flows.commands.archive.backup:liste",
    "sauvegarde verifier": "flows.commands.archive.backup:verifier",
    "archive echeances": "flows.commands.archive.keeping:echeances",
    "archive eliminer": "flows.commands.archive.keeping:eliminer",
    "exporter": "flows.commands.archive.export:exporter",
    "importer export": "flows.commands.archive.export:importer",
    "restaurer": "flows.commands.archive.restoration:restaurer",
    "restaurer etat": "flows.commands.archive.restoration:etat",
    "restaurer confirmer": "flows.commands.archive.restoration:confirmer",
    # procurement
    "ouvrir": "flows.commands.process.procurement:ouvrir",
    "statut": "flows.commands.process.procurement:statut",
    "a-faire": "flows.commands.process.procurement:a_faire",
    "decider": "flows.commands.process.deciding:decider",
    "offre deposer": "flows.commands.consultation.tendering:deposer",
    "offre exemple": "flows.commands.consultation.tendering:exemple",
    "offre ecarter": "flows.commands.consultation.tendering:ecarter",
    "sequestre creer": "flows.commands.consultation.escrow:creer",
    "sequestre etat": "flows.commands.consultation.escrow:etat",
    "sequestre remettre": "flows.commands.consultation.escrow:remettre",
    "documents": "flows.commands.process.procurement:documents",
    "acte signer": "flows.commands.process.deciding:signer_actes",
    "journal": "flows.commands.process.journal:lire",
    "journal verifier": "flows.commands.process.journal:verifier",
    "journal ancrer": "flows.commands.process.journal:ancrer",
    "journal cle": "flows.commands.process.journal:cle",
    "journal exporter": "flows.commands.process.journal:exporter",
    "repetition preparer": "flows.commands.rehearsing:preparer",
    "repetition avancer": "flows.commands.rehearsing:avancer",
    # accesses to the pages
    "utilisateur inviter": "flows.commands.access.accounts:inviter",
    "utilisateur reinitialiser": "flows.commands.access.accounts:reinitialiser",
    "utilisateur confirmer": "flows.commands.access.accounts:confirmer",
    "utilisateur lier": "flows.commands.access.accounts:lier",
    "utilisateur desactiver": "flows.commands.access.accounts:desactiver",
    "secrets liste": "flows.commands.access.secrets:liste",
    "secrets renouveler": "flows.commands.access.secrets:renouveler",
    # data that comes in
    "importer organisation": "flows.commands.registers.importing:organisation",
    "importer ght": "flows.commands.registers.importing:ght",
    "importer depenses": "flows.commands.registers.importing:depenses",
    "importer contrats": "flows.commands.registers.importing:contrats",
    "importer articles-marche": "flows.commands.registers.facts:articles",
    "importer reconductions": "flows.commands.registers.facts:reconductions",
    "importer avenants": "flows.commands.registers.facts:avenants",
    "importer penalites": "flows.commands.registers.facts:penalites",
    "importer commandes": "flows.commands.registers.facts:commandes",
    "importer factures": "flows.commands.registers.facts:factures",
    "importer incidents": "flows.commands.registers.facts:incidents",
    "importer gains": "flows.commands.registers.facts:gains",
    "importer escalades": "flows.commands.registers.facts:escalades",
    "importer stocks": "flows.commands.registers.facts:stocks",
    # signature
    "delegation ajouter": "flows.commands.delegations.register:ajouter",
    "delegation formalites": "flows.commands.delegations.register:formalites",
    "delegation revoquer": "flows.commands.delegations.register:revoquer",
    "delegation fonction-fin": "flows.commands.delegations.papers:fonction_fin",
    "delegation publication-docx": "flows.commands.delegations.papers:publication_docx",
    "delegation comptable-docx": "flows.commands.delegations.papers:comptable_docx",
    "delegation liste": "flows.commands.delegations.questions:liste",
    "delegation decision-docx": "flows.commands.delegations.questions:decision_docx",
    "delegation verifier": "flows.commands.delegations.questions:verifier",
    "conflit declarer": "flows.commands.process.conflicts:declarer",
    "conflit liste": "flows.commands.process.conflicts:liste",
    "utilisateur cle": "flows.commands.access.personal_access:cle",
    "utilisateur code": "flows.commands.access.personal_access:code",
    "utilisateur acces": "flows.commands.access.personal_access:acces",
    "utilisateur revoquer": "flows.commands.access.personal_access:revoquer",
    # events told to the hospital's own tools
    "webhook ajouter": "flows.commands.webhook:ajouter",
    "webhook liste": "flows.commands.webhook:liste",
    "webhook retirer": "flows.commands.webhook:retirer",
    "webhook livraisons": "flows.commands.webhook:livraisons",
    "webhook renvoyer": "flows.commands.webhook:renvoyer",
    # law
    "dependances verifier": "flows.commands.dependances:verifier",
    "dependances licences": "flows.commands.dependances:licences",
    "dependances sbom": "flows.commands.dependances:sbom",
    "procedure": "flows.commands.law.procedures:procedure",
    "retroplanning": "flows.commands.consultation.retroplanning:retroplanning",
    "interets": "flows.commands.law.execution:interets",
    "modification": "flows.commands.law.execution:modification",
    "parametres": "flows.commands.law.execution:parametres",
    # watch and risks
    "veille": "flows.commands.registers.veille:veille",
    "grouper": "flows.commands.registers.veille:grouper",
    "veille ruptures": "flows.commands.registers.veille:ruptures",
    "litige ouvrir": "flows.commands.registers.litige:ouvrir",
    "litige decision": "flows.commands.registers.litige:decision",
    "litige liste": "flows.commands.registers.litige:liste",
    "marche voir": "flows.commands.registers.marche:voir",
    "marche renouveler": "flows.commands.registers.marche:renouveler",
    "commande verifier": "flows.commands.registers.facts:verifier",
    "risque liste": "flows.commands.registers.risque:liste",
    "risque acquitter": "flows.commands.registers.risque:acquitter",
    "risque clore": "flows.commands.registers.risque:clore",
    "risque carte": "flows.commands.registers.risque:carte",
    # documents
    "dce depuis": "flows.commands.consultation.dce:depuis",
    "dce generer": "flows.commands.consultation.dce:generer",
    "dce differences": "flows.commands.consultation.dce:differences",
    "dce retrait": "flows.commands.consultation.rectifying:retrait",
    "dce retraits": "flows.commands.consultation.rectifying:retraits",
    "dce rectifier": "flows.commands.consultation.rectifying:rectifier",
    "dce exemple": "flows.commands.consultation.dce:exemple",
    "dce schema": "flows.commands.consultation.dce:schema",
    "modele verifier": "flows.commands.consultation.dce:verifier",
}

app = application(COMMANDS)


def main() -> None:
    """Run the command line and leave with its exit code (0 done, 1 failed, 2 refused)."""
    sys.exit(run(app, sys.argv[1:]))


if __name__ == "__main__":
    main()
