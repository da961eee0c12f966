"""Organisation, spend and contracts."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import models.columns

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('establishment',
    sa.Column('siret', sqlmodel.sql.sqltypes.AutoString(length=14), nullable=False),
    sa.Column('finess', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('address', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('postal_code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('city', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('active_until', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('siret')
    )
    with op.batch_alter_table('establishment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_establishment_finess'), ['finess'], unique=False)

    op.create_table('ght',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('service', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('phone', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('accountant', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('court', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('platform', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('spend_file',
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('imported_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('lines_read', sa.Integer(), nullable=False),
    sa.Column('lines_kept', sa.Integer(), nullable=False),
    sa.Column('lines_refused', sa.Integer(), nullable=False),
    sa.Column('total_read', models.columns.Money(), nullable=False),
    sa.Column('total_kept', models.columns.Money(), nullable=False),
    sa.PrimaryKeyConstraint('sha256')
    )
    op.create_table('supplier',
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('siren', sqlmodel.sql.sqltypes.AutoString(length=9), nullable=True),
    sa.PrimaryKeyConstraint('key'),
    sa.UniqueConstraint('siren', name='uq_supplier_siren')
    )
    op.create_table('person',
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('function', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('establishment_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('active_until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['establishment_siret'], ['establishment.siret'], ),
    sa.PrimaryKeyConstraint('email')
    )
    op.create_table('spend_refusal',
    sa.Column('file_sha256', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('line_number', sa.Integer(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['file_sha256'], ['spend_file.sha256'], ),
    sa.PrimaryKeyConstraint('file_sha256', 'line_number')
    )
    op.create_table('supplier_spelling',
    sa.Column('folded', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('supplier_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('score', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['supplier_key'], ['supplier.key'], ),
    sa.PrimaryKeyConstraint('folded')
    )
    with op.batch_alter_table('supplier_spelling', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_supplier_spelling_supplier_key'), ['supplier_key'], unique=False)

    op.create_table('family',
    sa.Column('content', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('label', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('nature', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('owner_email', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.ForeignKeyConstraint(['owner_email'], ['person.email'], ),
    sa.PrimaryKeyConstraint('code')
    )
    op.create_table('role_grant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('establishment_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['establishment_siret'], ['establishment.siret'], ),
    sa.ForeignKeyConstraint(['person_email'], ['person.email'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('person_email', 'role', 'establishment_siret', name='uq_role_grant')
    )
    with op.batch_alter_table('role_grant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_role_grant_establishment_siret'), ['establishment_siret'], unique=False)
        batch_op.create_index(batch_op.f('ix_role_grant_person_email'), ['person_email'], unique=False)
        batch_op.create_index(batch_op.f('ix_role_grant_role'), ['role'], unique=False)

    op.create_table('catalogue_item',
    sa.Column('family_code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('lot', sa.Integer(), nullable=False),
    sa.Column('lot_label', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('label', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('unit', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['family_code'], ['family.code'], ),
    sa.PrimaryKeyConstraint('family_code', 'code')
    )
    op.create_table('contract',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('lot', sa.Integer(), nullable=False),
    sa.Column('objet', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('family_code', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('cpv', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('nature', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('procedure', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('buyer_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('holder', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('holder_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('holder_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('holder_rank', sa.Integer(), nullable=False),
    sa.Column('amount_ht', models.columns.Money(), nullable=True),
    sa.Column('minimum_ht', models.columns.Money(), nullable=True),
    sa.Column('maximum_ht', models.columns.Money(), nullable=True),
    sa.Column('notified_on', sa.Date(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('duration_months', sa.Integer(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('alert_on', sa.Date(), nullable=True),
    sa.Column('procurement_ref', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('renewal_ref', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('remarks', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('registered_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['family_code'], ['family.code'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('buyer_siret', 'number', 'lot', 'holder_key', name='uq_contract_number_lot_holder')
    )
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.create_index('ix_contract_alert', ['alert_on', 'renewal_ref'], unique=False)
        batch_op.create_index(batch_op.f('ix_contract_ends_on'), ['ends_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_contract_family_code'), ['family_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_contract_holder_key'), ['holder_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_contract_number'), ['number'], unique=False)
        batch_op.create_index(batch_op.f('ix_contract_procurement_ref'), ['procurement_ref'], unique=False)

    op.create_table('family_cpv',
    sa.Column('family_code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('cpv', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['family_code'], ['family.code'], ),
    sa.PrimaryKeyConstraint('family_code', 'cpv')
    )
    op.create_table('family_word',
    sa.Column('family_code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('word', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['family_code'], ['family.code'], ),
    sa.PrimaryKeyConstraint('family_code', 'word')
    )
    op.create_table('spend_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('file_sha256', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('line_number', sa.Integer(), nullable=False),
    sa.Column('establishment_siret', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('family_code', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('supplier', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('supplier_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=False),
    sa.Column('amount', models.columns.Money(), nullable=False),
    sa.Column('label', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('contract_number', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.ForeignKeyConstraint(['establishment_siret'], ['establishment.siret'], ),
    sa.ForeignKeyConstraint(['family_code'], ['family.code'], ),
    sa.ForeignKeyConstraint(['file_sha256'], ['spend_file.sha256'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('spend_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_spend_line_contract_number'), ['contract_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_spend_line_establishment_siret'), ['establishment_siret'], unique=False)
        batch_op.create_index(batch_op.f('ix_spend_line_family_code'), ['family_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_spend_line_file_sha256'), ['file_sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_spend_line_paid_on'), ['paid_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_spend_line_supplier_key'), ['supplier_key'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('spend_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_spend_line_supplier_key'))
        batch_op.drop_index(batch_op.f('ix_spend_line_paid_on'))
        batch_op.drop_index(batch_op.f('ix_spend_line_file_sha256'))
        batch_op.drop_index(batch_op.f('ix_spend_line_family_code'))
        batch_op.drop_index(batch_op.f('ix_spend_line_establishment_siret'))
        batch_op.drop_index(batch_op.f('ix_spend_line_contract_number'))

    op.drop_table('spend_line')
    op.drop_table('family_word')
    op.drop_table('family_cpv')
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contract_procurement_ref'))
        batch_op.drop_index(batch_op.f('ix_contract_number'))
        batch_op.drop_index(batch_op.f('ix_contract_holder_key'))
        batch_op.drop_index(batch_op.f('ix_contract_family_code'))
        batch_op.drop_index(batch_op.f('ix_contract_ends_on'))
        batch_op.drop_index('ix_contract_alert')

    op.drop_table('contract')
    op.drop_table('catalogue_item')
    with op.batch_alter_table('role_grant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_role_grant_role'))
        batch_op.drop_index(batch_op.f('ix_role_grant_person_email'))
        batch_op.drop_index(batch_op.f('ix_role_grant_establishment_siret'))

    op.drop_table('role_grant')
    op.drop_table('family')
    with op.batch_alter_table('supplier_spelling', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_supplier_spelling_supplier_key'))

    op.drop_table('supplier_spelling')
    op.drop_table('spend_refusal')
    op.drop_table('person')
    op.drop_table('supplier')
    op.drop_table('spend_file')
    op.drop_table('ght')
    with op.batch_alter_table('establishment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_establishment_finess'))

    op.drop_table('establishment')
