"""Codes of the units dispensed (UCD13) apart from those of the boxes sold (CIP13)"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0097'
down_revision = '0121'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('contract_item', schema=None) as batch_op:
        batch_op.add_column(sa.Column('ucd13', sqlmodel.sql.sqltypes.AutoString(length=13), nullable=True))
    table = sa.table('contract_item', sa.column('cip13'), sa.column('ucd13'))
    is_ucd = table.c.cip13.like('34008%')
    op.get_bind().execute(table.update().where(is_ucd).values(ucd13=table.c.cip13))
    op.get_bind().execute(table.update().where(is_ucd).values(cip13=None))


def downgrade() -> None:
    table = sa.table('contract_item', sa.column('cip13'), sa.column('ucd13'))
    op.get_bind().execute(table.update().where(table.c.cip13.is_(None)).values(cip13=table.c.ucd13))
    with op.batch_alter_table('contract_item', schema=None) as batch_op:
        batch_op.drop_column('ucd13')
