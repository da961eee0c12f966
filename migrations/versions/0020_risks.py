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

    op.create_table('renewal_file',
    sa.Column('ref', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['ref'], ['procurement.ref'], ),
    sa.PrimaryKeyConstraint('ref')
    )
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

    op.drop_table('renewal_file')
    with op.batch_alter_table('risk_action', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_risk_action_key'))

    op.drop_table('risk_action')
    with op.batch_alter_table('risk_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_risk_event_key'))

    op.drop_table('risk_event')
    with op.batch_alter_table('risk', schema=None) as batch_op:
        batch_op.drop_index('ix_risk_unlisted', sqlite_where=sa.text('is_listed = 0'), postgresql_where=sa.text('NOT is_listed'))
        batch_op.drop_index(batch_op.f('ix_risk_ref'))
        batch_op.drop_index('ix_risk_open')
        batch_op.drop_index(batch_op.f('ix_risk_next_on'))
        batch_op.drop_index(batch_op.f('ix_risk_contract'))
        batch_op.drop_index(batch_op.f('ix_risk_climbs_at'))

    op.drop_table('risk')
