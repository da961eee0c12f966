"""Every module that declares a table, imported so that migrations see them all."""

import models.access.accounts
import models.access.passkeys
import models.access.proofs
import models.access.requests
import models.access.service
import models.archive.keeping
import models.archive.restorations
import models.consultation.rectification
import models.contracts.amendments
import models.contracts.register
import models.contracts.renewals
import models.contracts.suppliers
import models.disputes.ruling
import models.execution.facts
import models.execution.medicines
import models.execution.penalties
import models.journal
import models.leases
import models.organisation.group
import models.outbox
import models.outgoing.import_requests
import models.outgoing.subscriptions
import models.process.conflicts
import models.process.procurement
import models.risks.escalation
import models.risks.register
import models.signing.acts
import models.signing.signatures
import models.spend.lines
import models.tendering.escrow
import models.tendering.objections
import models.tendering.seals  # noqa: F401
