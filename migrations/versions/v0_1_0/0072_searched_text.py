"""Folded text in which purchases, contracts and risks are searched"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.reading.values import fold

revision = '0072'
down_revision = '0071'
branch_labels = None
depends_on = None

TABLES = {
    'procurement': ('ref', ('objet', 'ref')),
    'contract': ('id', ('objet', 'holder', 'number')),
    'risk': ('key', ('title', 'action')),
}


def upgrade() -> None:
    for name, (key, columns) in TABLES.items():
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(
                sa.Column('searched', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default='')
            )
        table = sa.table(name, *(sa.column(one) for one in {key, *columns, 'searched'}))
        texts = op.get_bind().execute(sa.select(table.c[key], *(table.c[one] for one in columns)))
        rows = [{'row': row[0], 'text': fold(' '.join(row[1:]))} for row in texts]
        if rows:
            change = sa.update(table).where(table.c[key] == sa.bindparam('row')).values(searched=sa.bindparam('text'))
            op.get_bind().execute(change, rows)
    op.create_index('ix_contract_searched', 'contract', ['buyer_siret', 'ends_on', 'searched'])


def downgrade() -> None:
    op.drop_index('ix_contract_searched', 'contract')
    for name in TABLES:
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.drop_column('searched')
