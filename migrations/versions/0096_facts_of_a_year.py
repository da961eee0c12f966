"""Orders and invoices are one of a number, a supplier and a year; lines of a spend file that were left out; the kind of a holder's number"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0096'
down_revision = '0095'
branch_labels = None
depends_on = None

FACTS = {
    'purchase_order': ('ordered_on', 'uq_purchase_order', ['establishment_siret', 'number', 'lot'], ['year', 'supplier']),
    'invoice': ('received_on', 'uq_invoice', ['establishment_siret', 'supplier', 'number'], ['year']),
}


def upgrade() -> None:
    for name, (day, constraint, was, more) in FACTS.items():
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(sa.Column('year', sa.Integer(), nullable=False, server_default='0'))
        table = sa.table(name, sa.column(day, sa.Date()), sa.column('year', sa.Integer()))
        op.get_bind().execute(table.update().values(year=sa.extract('year', table.c[day])))
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.alter_column('year', existing_type=sa.Integer(), server_default=None)
            batch_op.drop_constraint(constraint, type_='unique')
            batch_op.create_unique_constraint(constraint, [*was, *more])
    with op.batch_alter_table('spend_file', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lines_ignored', sa.Integer(), nullable=False, server_default='0'))
    with op.batch_alter_table('contract', schema=None) as batch_op:
        for name in ('holder_id_kind', 'holder_id'):
            batch_op.add_column(
                sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default='')
            )


def downgrade() -> None:
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.drop_column('holder_id')
        batch_op.drop_column('holder_id_kind')
    with op.batch_alter_table('spend_file', schema=None) as batch_op:
        batch_op.drop_column('lines_ignored')
    for name, (_, constraint, was, _more) in FACTS.items():
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.drop_constraint(constraint, type_='unique')
            batch_op.create_unique_constraint(constraint, was)
            batch_op.drop_column('year')
