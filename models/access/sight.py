"""Who sees what: one function for each kind of object, asked on the server for every page, file and call.

Purchases are shared by the whole group. What a member needs belongs to that member until the support establishment
adds it up; what candidates answered belongs to those who run the procedure.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from models.organisation.group import Role

RUNS_PURCHASES = frozenset({Role.BUYER, Role.PURCHASING_DIRECTOR, Role.LEGAL_OFFICER, Role.DIRECTOR})
READS_NEEDS = RUNS_PURCHASES | {Role.PHARMACIST, Role.CONTROLLER}
READS_JOURNAL = RUNS_PURCHASES | {Role.CONTROLLER}
SENDS_ALL_SPEND = frozenset({Role.BUYER, Role.PURCHASING_DIRECTOR, Role.CONTROLLER})
SENDS_SPEND = SENDS_ALL_SPEND | {Role.PURCHASING_CORRESPONDENT}
CONSULTATION_FOLDERS = ("preparation", "dce-", "publication")
AFTER_NOTIFICATION = frozenset({"acte_engagement", "lettre_notification"})


class Held(BaseModel):
    """A role held in one establishment."""

    model_config = ConfigDict(frozen=True)

    role: Role
    siret: str


class Viewer(BaseModel):
    """The person who is logged in, as the rules of access see her."""

    model_config = ConfigDict(frozen=True)

    email: str
    name: str
    siret: str
    support_siret: str
    held: tuple[Held, ...] = ()
    # Holds a delegation that suffices for an act of the support establishment; not asked of those whose role there
    # shows everything that it would show.
    signs: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        """Return the roles held, wherever."""
        return frozenset(one.role for one in self.held)

    @property
    def support_roles(self) -> frozenset[Role]:
        """Return the roles held in the support establishment."""
        return frozenset(one.role for one in self.held if one.siret == self.support_siret)

    @property
    def runs_purchases(self) -> bool:
        """Return whether the person runs the procedures of the group, or signs for it."""
        return bool(self.support_roles & RUNS_PURCHASES) or self.signs

    @property
    def is_administrator(self) -> bool:
        """Return whether the person manages accesses; it opens no purchase file by itself."""
        return Role.ADMINISTRATOR in self.support_roles

    @property
    def reads_journal(self) -> bool:
        """Return whether the person reads the journal and the decisions of every establishment."""
        return self.runs_purchases or bool(self.support_roles & READS_JOURNAL)

    @property
    def opens_purchases(self) -> bool:
        """Return whether the person may open a purchase."""
        return bool(self.support_roles & {Role.BUYER, Role.PURCHASING_DIRECTOR})


ANYONE = Viewer(
    email="", name="", siret="", support_siret=""
)  # of the group: what Prefect shows, behind one password


def sees_signatures(viewer: Viewer) -> bool:
    """Return whether the signatures of a purchase are shown: each names the file signed, so the candidate retained."""
    return viewer.runs_purchases


def sees_needs_of(viewer: Viewer, siret: str) -> bool:
    """Return whether the needs of an establishment are shown: one's own, or everybody's for those who add them up."""
    return viewer.siret == siret or viewer.signs or bool(viewer.support_roles & READS_NEEDS)


def sees_document(viewer: Viewer, path: str, kind: str, is_notified: bool) -> bool:
    """Return whether a kept document is shown and downloaded.

    The dossier of the consultation is for the whole group, and so is the contract once it is notified; what was
    written on the tenders (opening, analysis, letters) is for those who run the procedure (CCP art. L. 2132-1).
    """
    return viewer.runs_purchases or not is_confidential(path, kind, is_notified)


def is_confidential(path: str, kind: str, is_notified: bool) -> bool:
    """Return whether a kept document was written on the tenders: each read of it, refused or not, is in the journal."""
    folder = path.split("/")[2] if path.count("/") > 2 else ""
    if folder.startswith(CONSULTATION_FOLDERS):
        return False
    return not (is_notified and kind in AFTER_NOTIFICATION)


def sees_decision(viewer: Viewer, person_email: str, stage: str, siret: str | None) -> bool:
    """Return whether the content of a decision is shown: one's own, one's establishment's, or all for the team."""
    if viewer.email == person_email or viewer.reads_journal:
        return True
    return stage == "needs" and siret is not None and sees_needs_of(viewer, siret)


def sees_contract(viewer: Viewer, buyer_siret: str) -> bool:
    """Return whether a contract is shown: those passed for the group, and those of one's own establishment."""
    return buyer_siret in (viewer.support_siret, viewer.siret) or viewer.reads_journal


def sends_all_spend(viewer: Viewer) -> bool:
    """Return whether the person sends the spend of every establishment."""
    return bool(viewer.support_roles & SENDS_ALL_SPEND)


def sends_spend_of(viewer: Viewer, siret: str) -> bool:
    """Return whether the person sends the spend of an establishment: all for the team, else where she holds a role."""
    own = any(one.siret == siret and one.role in SENDS_SPEND for one in viewer.held)
    return own or sends_all_spend(viewer)


def sees_risk(viewer: Viewer, house_siret: str | None, key: str = "") -> bool:
    """Return whether a risk is shown: those of the group to everyone, those of one house there and to the team.

    The key of a contract of another buyer than the support establishment names that buyer: "2022-PERF@SIRET".
    """
    own = [siret for siret in (viewer.siret, viewer.support_siret) if siret]
    is_own_contract = "@" not in key or any(f"@{siret}" in key for siret in own)
    return viewer.reads_journal or (is_own_contract and house_siret in (None, *own))


def gives_delegations(viewer: Viewer) -> bool:
    """Return whether the person heads an establishment: she alone gives and ends hers (CSP art. L. 6143-7)."""
    return Role.DIRECTOR in viewer.roles


def ends_delegation(viewer: Viewer, delegator_email: str) -> bool:
    """Return whether the person may end or change a delegation: the one who gave it, while she heads her house."""
    return gives_delegations(viewer) and viewer.email == delegator_email


def completes_delegation(viewer: Viewer, delegator_email: str, delegate_email: str) -> bool:
    """Return whether the person enters the formalities of a delegation, on which its effect hangs.

    A second person does: neither the one who gave it nor the one who received it.
    """
    keepers = {Role.DIRECTOR, Role.LEGAL_OFFICER, Role.PURCHASING_DIRECTOR}
    return bool(viewer.support_roles & keepers) and viewer.email not in (delegator_email, delegate_email)


def handles_risk(viewer: Viewer, owner_email: str | None) -> bool:
    """Return whether the person may take a risk in hand or close it: its owner, the team, the pharmacist."""
    if viewer.runs_purchases or Role.PHARMACIST in viewer.support_roles:
        return True
    return owner_email is not None and viewer.email == owner_email


def deposits_tenders(viewer: Viewer) -> bool:
    """Return whether the person may hand over tenders: the administrator, as long as she judges none of them."""
    return viewer.is_administrator and not viewer.runs_purchases


def scopes_for(viewer: Viewer) -> list["Scope"]:
    """Return what the person may let a token do; the credential of the buyer profile is the administrator's to give."""
    return [one for one in Scope if one is not Scope.PROFILE or deposits_tenders(viewer)]


class Scope(StrEnum):
    """What a personal token of the API lets do; the person's own rights are the limit in any case."""

    READ = "lire"
    DECIDE = "decider"
    OPEN = "ouvrir"
    SPEND = "depenses"
    TENDER = "offres"
    SUBSCRIBE = "abonner"
    PROFILE = "profil"

    @property
    def label(self) -> str:
        """Return what people read."""
        return SCOPE_LABELS[self]


SCOPE_LABELS = {
    Scope.READ: "Lire",
    Scope.DECIDE: "Décider, sans signer",
    Scope.OPEN: "Ouvrir un achat",
    Scope.SPEND: "Envoyer des dépenses",
    Scope.TENDER: "Déposer des offres (personne qui n'évalue pas)",
    Scope.PROFILE: "Profil d'acheteur : déposer les offres qu'il reçoit",
    Scope.SUBSCRIBE: "S'abonner aux événements",
}
