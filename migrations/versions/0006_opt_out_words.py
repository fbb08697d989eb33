"""opt-out words

Revision ID: 0006
Revises: 0004
Create Date: 2026-11-28 09:40:00.000000

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0006'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('providers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('opt_out_words', sa.JSON(), nullable=False, server_default='[]'))

    with op.batch_alter_table('stops', schema=None) as batch_op:
        batch_op.alter_column('word', existing_type=sa.String(length=20), type_=sa.String(length=40), existing_nullable=False)
        batch_op.add_column(sa.Column('recorded_by', sa.String(length=254), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('recorded_from', sa.String(length=64), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=True))


def downgrade():
    with op.batch_alter_table('stops', schema=None) as batch_op:
        batch_op.drop_column('recorded_at')
        batch_op.drop_column('recorded_from')
        batch_op.drop_column('recorded_by')
        batch_op.alter_column('word', existing_type=sa.String(length=40), type_=sa.String(length=20), existing_nullable=False)

    with op.batch_alter_table('providers', schema=None) as batch_op:
        batch_op.drop_column('opt_out_words')
