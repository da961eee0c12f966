"""The settings of what is kept: room on the disk, backups, archives, how long; a part of `tasks.settings`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class KeepingSettings(BaseSettings):
    """Settings of the disk, of the backups and of the archives."""

    free_space_warning: int = Field(
        default=2000, ge=1, description="Place libre sous laquelle les administrateurs sont prévenus, en Mo."
    )
    free_space_refusal: int = Field(
        default=300, ge=0, description="Place libre sous laquelle les dépôts sont refusés, en Mo."
    )
    backup_dir: Path | None = Field(
        default=None,
        description="Dossier des sauvegardes programmées, sur un autre disque ; sans lui, aucune.",
    )
    backup_days: int = Field(default=30, ge=1, description="Durée de conservation des sauvegardes, en jours.")
    backup_public_key: str | None = Field(
        default=None, description="Clé publique (ou son fichier) qui scelle les clés dans les sauvegardes."
    )
    backup_passphrase_file: Path | None = Field(
        default=None, description="Fichier de la phrase de passe qui les scelle, à défaut de clé publique."
    )
    backup_late_hours: int = Field(
        default=36,
        ge=1,
        description="Âge de la dernière sauvegarde au-delà duquel elle est en retard, en heures.",
    )
    prefect_days: int = Field(
        default=90, ge=31, description="Durée de conservation des runs terminés dans Prefect, en jours."
    )
    preview_days: int = Field(
        default=90, ge=1, description="Durée de conservation des aperçus que personne ne relit, en jours."
    )
    archival_agency: str | None = Field(
        default=None, description="Identifiant du service d'archives qui reçoit les transferts SEDA."
    )
    archival_agreement: str | None = Field(
        default=None, description="Convention de versement nommée dans les transferts SEDA."
    )
    seda_schema: Path | None = Field(
        default=None,
        description="Fichier seda-2.3-main.xsd, avec ses voisins, pour vérifier les transferts SEDA.",
    )
    history_days: int = Field(
        default=3653,
        ge=1,
        description="Âge, en jours, au-delà duquel un marché terminé et jamais annoncé est classé à l'historique.",
    )
