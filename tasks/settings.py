"""Every setting of the application; the only place that reads the environment."""

import os
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from models.errors import BadInput
from tasks.home import PREFECT_ACCESS, open_home
from tasks.keeping_settings import KeepingSettings

HEARTBEAT_SECONDS = 30
PAGES_PORT = 4280  # where the pages are served unless somebody else has it
ROOT = Path(__file__).resolve().parent.parent


class PadesLevel(StrEnum):
    """How long a signature can be proven: with its time, or with all that proves it inside the file."""

    B_T = "B-T"  # B-B without a timestamp service
    B_LTA = "B-LTA"


class Settings(KeepingSettings):
    """Settings read from variables that begin with `ACHATS_` (and `PREFECT_API_URL`)."""

    model_config = SettingsConfigDict(env_prefix="ACHATS_", extra="ignore")

    home: Path = Field(default=Path("var"), description="Dossier de toutes les données.")
    database_url: SecretStr | None = Field(
        default=None, description="Base de l'application ; SQLite par défaut."
    )
    documents_url: SecretStr | None = Field(
        default=None,
        description="Dossier ou stockage partagé des documents (fsspec) ; sans lui, le dossier des données.",
    )
    smtp_host: str | None = Field(default=None, description="Serveur d'envoi ; sans lui, des fichiers .eml.")
    smtp_port: int = 25
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = False
    mail_from: str = Field(default="achats@ght.invalid", description="Expéditeur des messages.")
    attachment_limit: int = Field(
        default=5_000_000, description="Taille au-delà de laquelle un dossier est lié, en octets."
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Clé de scellement des secrets ; sans elle, un fichier du dossier des données.",
    )
    keep_logins_days: int = Field(default=365, ge=30, description="Garde des connexions, en jours.")
    keep_proofs_days: int = Field(default=1095, ge=30, description="Garde des jetons retirés, en jours.")
    journal_key_file: Path | None = Field(
        default=None, description="Clé qui signe le journal ; sans elle, un fichier du dossier des données."
    )
    anchor_dir: Path | None = Field(
        default=None, description="Dossier hors du serveur où l'ancre du journal est écrite chaque jour."
    )
    anchor_mails: str = Field(
        default="",
        description="Adresses qui reçoivent l'ancre du jour, séparées par des virgules ; deux personnes sinon.",
    )
    tsa_url: str | None = Field(
        default=None, description="Service d'horodatage (RFC 3161) des ancres et des signatures."
    )
    tsa_roots: Path | None = Field(
        default=None, description="Certificats des autorités d'horodatage reconnues, en PEM."
    )
    time_key_file: Path | None = Field(
        default=None,
        description="Clé à terme des plis, lue à leur ouverture ; sans elle, un fichier du dossier des données.",
    )
    passkey_roles: str = Field(default="", description="Rôles dont une clé de sécurité est exigée.")
    former_secret_key: SecretStr | None = Field(
        default=None, description="Clé de scellement d'avant, le temps de la renouveler."
    )
    personal_key: SecretStr | None = Field(
        default=None, description="Clé personnelle de la personne qui lance les commandes."
    )
    certificates_dir: Path | None = Field(
        default=None,
        description="Certificats des signataires, COURRIEL.p12 ou COURRIEL.csc (numéro chez le service de signature).",
    )
    csc_url: str | None = Field(
        default=None, description="Service de signature à distance (API CSC v2), avant /csc/v2/."
    )
    csc_token_file: Path | None = Field(
        default=None, description="Fichier du jeton (OAuth 2) par lequel l'application parle à ce service."
    )
    pades_level: PadesLevel = Field(default=PadesLevel.B_T, description="Niveau des signatures de PDF.")
    pades_fetches: bool = Field(
        default=True, description="Aller chercher l'état des certificats (niveau B-LTA) chez leur autorité."
    )
    bdpm_url: str | None = Field(
        default=None,
        description="Adresse des fichiers de la base publique des médicaments ; sans elle, rien n'est téléchargé.",
    )
    public_url: str | None = Field(
        default=None, description="Adresse des pages vue par les personnes ; celle du serveur local sinon."
    )
    prefect_public_url: str | None = Field(
        default=None,
        description="Adresse de l'interface de Prefect vue par les personnes, si elle leur est ouverte.",
    )
    prefect_host: str = Field(
        default="127.0.0.1",
        description="Adresse sur laquelle Prefect écoute ; une autre pour des workers sur d'autres machines.",
    )
    prefect_auth_file: Path | None = Field(
        default=None,
        description="Fichier de l'accès à Prefect (nom:mot de passe) ; sans lui, celui du dossier des données.",
    )
    webhook_ports: str = Field(
        default="443", description="Ports vers lesquels un webhook peut partir, séparés par des virgules."
    )
    webhook_http_hosts: str = Field(
        default="", description="Machines internes vers lesquelles un webhook peut partir sans TLS."
    )
    webhook_inside: str = Field(
        default="", description="Machines ou réseaux internes qu'un webhook peut atteindre (10.1.0.0/16)."
    )
    imports_per_day: int = Field(
        default=100, ge=1, description="Imports qu'un jeton de l'API peut demander en un jour."
    )
    import_megabytes_per_day: int = Field(
        default=300, ge=1, description="Mégaoctets qu'un jeton de l'API peut envoyer en un jour."
    )
    imports_at_once: int = Field(
        default=1, ge=1, le=16, description="Imports menés en même temps, un par personne."
    )
    api_calls_per_minute: int = Field(
        default=600, ge=1, description="Appels de l'API par jeton et par minute, dans chaque processus."
    )
    pages_board: str | None = Field(
        default=None, description="Posé par `achats demarrer` : ce que ses processus de pages partagent."
    )
    clock_step: int = Field(default=0, description="Secondes d'erreur de l'horloge de ce processus (essais).")
    templates_dir: Path = Field(default=ROOT / "templates", description="Modèles des pages et des messages.")

    word_templates_dir: Path | None = Field(
        default=None,
        description="Modèles Word de l'établissement, NATURE.docx, à la place des modèles livrés.",
    )

    oidc_issuer: str | None = Field(
        default=None, description="Fournisseur d'identité (OpenID Connect) ; sans lui, mots de passe seuls."
    )
    oidc_discovery: str | None = Field(
        default=None, description="Adresse de sa description, si ce n'est pas celle de la norme."
    )
    oidc_client_id: str | None = None
    oidc_client_secret_file: Path | None = Field(
        default=None, description="Fichier du secret ; sans lui, client public (PKCE seul)."
    )
    oidc_label: str = Field(default="votre établissement", description="Nom écrit sur le bouton.")
    oidc_scopes: str = "openid email profile"
    oidc_claim: str = Field(default="email", description="Ce qui désigne la personne ; une adresse vérifiée.")
    oidc_acr: str = Field(default="", description="Niveaux demandés (acr_values), séparés par des espaces.")
    oidc_strong: str = Field(
        default="",
        description="Valeurs d'acr ou d'amr qui dispensent du code pour signer, séparées par des espaces.",
    )
    oidc_strong_minutes: int = Field(default=30, ge=1, le=720, description="Durée de cette dispense.")

    @property
    def database(self) -> str:
        """Return the SQLAlchemy address of the application's own database."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home.resolve() / 'achats.sqlite'}"


class Server(BaseModel):
    """Where the running server of this home answers; written by `achats demarrer`."""

    api_url: str
    ui_url: str
    portal_url: str | None = None
    pid: int


@lru_cache
def settings() -> Settings:
    """Return the settings, with the home directory made; a value that is not possible is said in French."""
    try:
        found = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "ACHATS_" + "_".join(str(part) for part in first["loc"]).upper()
        raise BadInput(f"Réglage {name} incorrect : {first['msg']}.") from error
    found.home = open_home(found.home)
    return found


def server_file() -> Path:
    """Return the file in which a running server says where it answers."""
    return settings().home / "serveur.json"


def running_server() -> Server | None:
    """Return the server that serves this home, or None when none was started."""
    try:
        return Server.model_validate_json(server_file().read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError):
        return None


def pages_url() -> str:
    """Return the address of the pages as people reach them, without a final slash."""
    if chosen := settings().public_url:
        return chosen.rstrip("/")
    server = running_server()
    return (server.portal_url if server and server.portal_url else f"http://127.0.0.1:{PAGES_PORT}").rstrip(
        "/"
    )


def prefect_elsewhere() -> str | None:
    """Return the address of the Prefect server that the environment names, if it does."""
    return os.environ.get("PREFECT_API_URL")


def prefect_access_file() -> Path:
    """Return the file of the name and password that Prefect's API asks for; it exists once the home was started."""
    return settings().prefect_auth_file or settings().home / PREFECT_ACCESS


def _prefect_access() -> dict[str, str]:
    """Return the access to Prefect for its server and its clients; never for a server that is not this home's."""
    elsewhere = prefect_elsewhere()
    server = running_server()
    is_foreign = elsewhere is not None and (server is None or server.api_url != elsewhere)
    if is_foreign and settings().prefect_auth_file is None:
        return {}
    try:
        access = prefect_access_file().read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return {}
    return {"PREFECT_API_AUTH_STRING": access, "PREFECT_SERVER_API_AUTH_STRING": access}


def prefect_environment() -> dict[str, str]:
    """Return the variables that make Prefect local, silent and offline, unless the environment decides otherwise."""
    fixed = {
        "PREFECT_HOME": str(settings().home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_UI_API_URL": "/api",
        "PREFECT_SERVER_UI_V2_ENABLED": "false",  # its second interface calls an analytics host from the browser
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        # Few sweeps ahead: the upcoming runs are the calendar of legal dates, and SQLite writes less at start.
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_RUNS": "2",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": "3",
        # States of task runs are written together: one by one they collide with the other writes of SQLite, and each
        # collision costs the client two seconds or more before it tries again.
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "2",
        # A page of another site that a browser of this machine shows can neither read nor write.
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "true",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        # Without it runs, logs and artifacts stay for ever; the application's database is the memory, not Prefect's.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(settings().prefect_days * 86_400),
        "ACHATS_HOME": str(settings().home),
    }
    fixed |= _prefect_access()
    if server := running_server():
        fixed["PREFECT_API_URL"] = server.api_url
    return {name: value for name, value in fixed.items() if name not in os.environ}


def own_prefect(server: Server, access: str) -> dict[str, str]:
    """Return the variables of a Prefect that this home serves: its address, its access, the pages that may call it."""
    seen = (settings().prefect_public_url or "").partition("/api")[0].rstrip("/")
    return {
        "PREFECT_API_URL": server.api_url,
        "PREFECT_API_AUTH_STRING": access,
        "PREFECT_SERVER_API_AUTH_STRING": access,
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": ",".join(filter(None, (server.ui_url, seen))),
    }


def prefect_folder() -> Path:
    """Return the folder of Prefect's own files: the one of this home unless the environment says otherwise."""
    return Path(os.environ.get("PREFECT_HOME", settings().home / "prefect"))


def join_prefect() -> None:
    """Set those variables in this process; call it before the first import of Prefect."""
    os.environ.update(prefect_environment())
