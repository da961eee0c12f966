"""Risks"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import models.columns

revision = '0020'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('availability',
    sa.Column('cis', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('cip13', sqlmodel.sql.sqltypes.AutoString(length=13), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('is_essential', sa.Boolean(), nullable=False),
    sa.Column('started_on', sa.Date(), nullable=True),
    sa.Column('updated_on', sa.Date(), nullable=True),
    sa.Column('link', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('seen_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('cis', 'cip13')
    )
    op.create_table('availability_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('cis', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('cip13', sqlmodel.sql.sqltypes.AutoString(length=13), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('before', sa.Integer(), nullable=False),
    sa.Column('after', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('availability_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_availability_change_cis'), ['cis'], unique=False)

    op.create_table('availability_file',
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('is_truncated', sa.Boolean(), nullable=False),
    sa.Column('read_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('sha256')
    )
    with op.batch_alter_table('availability_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_availability_file_on_day'), ['on_day'], unique=False)

    op.create_table('contract_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('buyer_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('contract_number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('lot', sa.Integer(), nullable=False),
    sa.Column('code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('label', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('unit', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('price_ht', models.columns.Money(), nullable=True),
    sa.Column('cis', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=True),
    sa.Column('cip13', sqlmodel.sql.sqltypes.AutoString(length=13), nullable=True),
    sa.Column('holder', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('at_holder_expense', sa.Boolean(), nullable=False),
    sa.Column('registered_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('buyer_siret', 'contract_number', 'lot', 'code', 'rank', name='uq_contract_item')
    )
    with op.batch_alter_table('contract_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contract_item_cip13'), ['cip13'], unique=False)
        batch_op.create_index(batch_op.f('ix_contract_item_cis'), ['cis'], unique=False)
        batch_op.create_index(batch_op.f('ix_contract_item_contract_number'), ['contract_number'], unique=False)

    op.create_table('escalation_policy',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('imported_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('risk',
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('level', sa.String(length=40), nullable=False),
    sa.Column('is_vital', sa.Boolean(), nullable=False),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('action', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('ref', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('contract', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('family_code', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('establishment_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('owner_email', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('raised_on', sa.Date(), nullable=False),
    sa.Column('changed_on', sa.Date(), nullable=False),
    sa.Column('level_since', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('next_on', sa.Date(), nullable=True),
    sa.Column('is_listed', sa.Boolean(), nullable=False),
    sa.Column('times_listed', sa.Integer(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('climbs_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('acknowledged_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('acknowledged_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('closed_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('closed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('closed_reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    with op.batch_alter_table('risk', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_risk_climbs_at'), ['climbs_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_risk_contract'), ['contract'], unique=False)
        batch_op.create_index(batch_op.f('ix_risk_next_on'), ['next_on'], unique=False)
        batch_op.create_index('ix_risk_open', ['kind', 'closed_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_risk_ref'), ['ref'], unique=False)
        batch_op.create_index('ix_risk_unlisted', ['is_listed'], unique=False, sqlite_where=sa.text('is_listed = 0'), postgresql_where=sa.text('NOT is_listed'))

    op.create_table('incident',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('establishment_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('contract_number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('supplier', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('days_late', sa.Integer(), nullable=False),
    sa.Column('late_ht', models.columns.Money(), nullable=False),
    sa.Column('is_contested', sa.Boolean(), nullable=False),
    sa.Column('imported_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['establishment_siret'], ['establishment.siret'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('establishment_siret', 'contract_number', 'number', name='uq_incident')
    )
    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_incident_contract_number'), ['contract_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_incident_happened_on'), ['happened_on'], unique=False)

    op.create_table('invoice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('establishment_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('supplier', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('contract_number', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('executed_on', sa.Date(), nullable=True),
    sa.Column('amount_ttc', models.columns.Money(), nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=True),
    sa.Column('blocked_reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('imported_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['establishment_siret'], ['establishment.siret'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('establishment_siret', 'supplier', 'number', name='uq_invoice')
    )
    with op.batch_alter_table('invoice', schema=None) as batch_op:
        batch_op.create_index('ix_invoice_unpaid', ['received_on'], unique=False, sqlite_where=sa.text('paid_on IS NULL'), postgresql_where=sa.text('paid_on IS NULL'))

    op.create_table('risk_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('what', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('level', sa.String(length=40), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['key'], ['risk.key'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('risk_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_risk_event_key'), ['key'], unique=False)

    op.create_table('stock_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('establishment_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('item', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('label', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('cis', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=True),
    sa.Column('cip13', sqlmodel.sql.sqltypes.AutoString(length=13), nullable=True),
    sa.Column('usable', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('daily_use', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('counted_on', sa.Date(), nullable=False),
    sa.Column('is_essential', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['establishment_siret'], ['establishment.siret'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('establishment_siret', 'item', name='uq_stock_line')
    )
    with op.batch_alter_table('stock_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stock_line_cip13'), ['cip13'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_line_cis'), ['cis'], unique=False)

    op.create_table('risk_action',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('text', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('owner_email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['key'], ['risk.key'], ),
    sa.ForeignKeyConstraint(['owner_email'], ['person.email'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('risk_action', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_risk_action_key'), ['key'], unique=False)

    op.create_table('gain',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('action', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('family_code', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('forecast_ht', models.columns.Money(), nullable=False),
    sa.Column('realised_ht', models.columns.Money(), nullable=False),
    sa.Column('measured_on', sa.Date(), nullable=False),
    sa.Column('imported_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['family_code'], ['family.code'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('action', 'year', name='uq_gain')
    )
    with op.batch_alter_table('gain', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_gain_year'), ['year'], unique=False)

    op.create_table('purchase_order',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('establishment_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('buyer_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('contract_number', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('lot', sa.Integer(), nullable=False),
    sa.Column('family_code', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('supplier', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('ordered_on', sa.Date(), nullable=False),
    sa.Column('amount_ht', models.columns.Money(), nullable=False),
    sa.Column('imported_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['establishment_siret'], ['establishment.siret'], ),
    sa.ForeignKeyConstraint(['family_code'], ['family.code'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('establishment_siret', 'number', 'lot', name='uq_purchase_order')
    )
    with op.batch_alter_table('purchase_order', schema=None) as batch_op:
        batch_op.create_index('ix_purchase_order_contract', ['contract_number', 'buyer_siret'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_family_code'), ['family_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_ordered_on'), ['ordered_on'], unique=False)

    op.create_table('renewal_file',
    sa.Column('ref', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['ref'], ['procurement.ref'], ),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_table('dispute',
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('ref', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('contract', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('applicant', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('amount', models.columns.Money(), nullable=True),
    sa.Column('filed_on', sa.Date(), nullable=False),
    sa.Column('admissible_until', sa.Date(), nullable=True),
    sa.Column('not_before', sa.Date(), nullable=True),
    sa.Column('expected_by', sa.Date(), nullable=True),
    sa.Column('moved_from', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('lock_id', sa.Integer(), nullable=True),
    sa.Column('opened_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('opened_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('outcome', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('decision', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('decided_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.ForeignKeyConstraint(['lock_id'], ['procurement_lock.id'], ),
    sa.ForeignKeyConstraint(['ref'], ['procurement.ref'], ),
    sa.PrimaryKeyConstraint('key'),
    sa.UniqueConstraint('kind', 'applicant', 'filed_on', 'subject', name='uq_dispute_once')
    )
    with op.batch_alter_table('dispute', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dispute_contract'), ['contract'], unique=False)
        batch_op.create_index(batch_op.f('ix_dispute_ref'), ['ref'], unique=False)

    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contract_alert'))
        batch_op.create_index('ix_contract_due', ['alert_on'], unique=False, sqlite_where=sa.text('renewal_ref IS NULL AND holder_rank = 1 AND alert_on IS NOT NULL'), postgresql_where=sa.text('renewal_ref IS NULL AND holder_rank = 1 AND alert_on IS NOT NULL'))
        batch_op.create_index('ix_contract_family_end', ['family_code', 'ends_on'], unique=False)
        batch_op.create_index('ix_contract_renewal', ['renewal_ref'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.drop_index('ix_contract_renewal')
        batch_op.drop_index('ix_contract_family_end')
        batch_op.drop_index('ix_contract_due', sqlite_where=sa.text('renewal_ref IS NULL AND holder_rank = 1 AND alert_on IS NOT NULL'), postgresql_where=sa.text('renewal_ref IS NULL AND holder_rank = 1 AND alert_on IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_contract_alert'), ['alert_on', 'renewal_ref'], unique=False)

    with op.batch_alter_table('dispute', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dispute_ref'))
        batch_op.drop_index(batch_op.f('ix_dispute_contract'))

    op.drop_table('dispute')
    op.drop_table('renewal_file')
    with op.batch_alter_table('purchase_order', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purchase_order_ordered_on'))
        batch_op.drop_index(batch_op.f('ix_purchase_order_family_code'))
        batch_op.drop_index('ix_purchase_order_contract')

    op.drop_table('purchase_order')
    with op.batch_alter_table('gain', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_gain_year'))

    op.drop_table('gain')
    with op.batch_alter_table('risk_action', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_risk_action_key'))

    op.drop_table('risk_action')
    with op.batch_alter_table('stock_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stock_line_cis'))
        batch_op.drop_index(batch_op.f('ix_stock_line_cip13'))

    op.drop_table('stock_line')
    with op.batch_alter_table('risk_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_risk_event_key'))

    op.drop_table('risk_event')
    with op.batch_alter_table('invoice', schema=None) as batch_op:
        batch_op.drop_index('ix_invoice_unpaid', sqlite_where=sa.text('paid_on IS NULL'), postgresql_where=sa.text('paid_on IS NULL'))

    op.drop_table('invoice')
    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_incident_happened_on'))
        batch_op.drop_index(batch_op.f('ix_incident_contract_number'))

    op.drop_table('incident')
    with op.batch_alter_table('risk', schema=None) as batch_op:
        batch_op.drop_index('ix_risk_unlisted', sqlite_where=sa.text('is_listed = 0'), postgresql_where=sa.text('NOT is_listed'))
        batch_op.drop_index(batch_op.f('ix_risk_ref'))
        batch_op.drop_index('ix_risk_open')
        batch_op.drop_index(batch_op.f('ix_risk_next_on'))
        batch_op.drop_index(batch_op.f('ix_risk_contract'))
        batch_op.drop_index(batch_op.f('ix_risk_climbs_at'))

    op.drop_table('risk')
    op.drop_table('escalation_policy')
    with op.batch_alter_table('contract_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contract_item_contract_number'))
        batch_op.drop_index(batch_op.f('ix_contract_item_cis'))
        batch_op.drop_index(batch_op.f('ix_contract_item_cip13'))

    op.drop_table('contract_item')
    with op.batch_alter_table('availability_file', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_availability_file_on_day'))

    op.drop_table('availability_file')
    with op.batch_alter_table('availability_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_availability_change_cis'))

    op.drop_table('availability_change')
    op.drop_table('availability')
