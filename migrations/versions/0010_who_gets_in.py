"""who gets in

Revision ID: 0010
Revises: 0008
Create Date: 2026-11-28 09:40:00.000000

"""
import datetime as dt
import secrets

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0010'
down_revision = '0008'
branch_labels = None
depends_on = None

_CHECKS = ('verified', 'missing', 'other-value', 'no-answer', 'in-use')


def _give_tokens():
    """Host names of before are claims like others: each gets a token, and the next sweep looks for it."""
    names = sa.table('server_hostnames', sa.column('id'), sa.column('token'),
                     sa.column('due_at', sa.DateTime(timezone=True)))
    connection = op.get_bind()
    now = dt.datetime.now(dt.UTC)
    for row_id in connection.execute(sa.select(names.c.id)).scalars().all():
        connection.execute(
            sa.update(names).where(names.c.id == row_id).values(token=secrets.token_hex(16), due_at=now)
        )


def upgrade():
    op.create_table('known_devices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('portal_user_id', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('token_digest', sa.String(length=64), nullable=False),
    sa.Column('failed_sign_ins', sa.Integer(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(portal_user_id IS NULL) <> (user_id IS NULL)', name=op.f('ck_known_devices_one_owner')),
    sa.ForeignKeyConstraint(['portal_user_id'], ['portal_users.id'], name=op.f('fk_known_devices_portal_user_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_known_devices_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_known_devices')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_known_devices_token_digest'))
    )
    with op.batch_alter_table('known_devices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_known_devices_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_known_devices_portal_user_id'), ['portal_user_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_known_devices_user_id'), ['user_id'], unique=False)

    with op.batch_alter_table('portal_sessions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('known_device_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_portal_sessions_known_device_id'), ['known_device_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_portal_sessions_known_device_id'), 'known_devices', ['known_device_id'], ['id'], ondelete='SET NULL')

    with op.batch_alter_table('one_time_links', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stranger_asked_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('server_hostnames', schema=None) as batch_op:
        batch_op.add_column(sa.Column('token', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('last_check', sa.Enum(*_CHECKS, name='hostnamecheck', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('missing_since', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('due_at', sa.DateTime(timezone=True), nullable=True))
    _give_tokens()
    with op.batch_alter_table('server_hostnames', schema=None) as batch_op:
        batch_op.alter_column('token', existing_type=sa.String(length=64), nullable=False)
        batch_op.drop_constraint('uq_server_hostnames_hostname', type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_server_hostnames_provider_id_hostname'), ['provider_id', 'hostname'])
        batch_op.create_index(batch_op.f('ix_server_hostnames_hostname'), ['hostname'], unique=False)
        batch_op.create_index('ix_server_hostnames_due_at', ['due_at'], unique=False)
        batch_op.create_index('uq_server_hostnames_verified', ['hostname'], unique=True, postgresql_where=sa.text('verified_at IS NOT NULL'), sqlite_where=sa.text('verified_at IS NOT NULL'))


def downgrade():
    """A name that several providers claim stays with whoever verified it, else with whoever came first."""
    op.execute(
        'DELETE FROM server_hostnames WHERE id NOT IN (SELECT id FROM (SELECT id, row_number() OVER '
        '(PARTITION BY hostname ORDER BY verified_at IS NULL, id) AS place FROM server_hostnames) AS ranked '
        'WHERE place = 1)'
    )
    with op.batch_alter_table('server_hostnames', schema=None) as batch_op:
        batch_op.drop_index('uq_server_hostnames_verified')
        batch_op.drop_index('ix_server_hostnames_due_at')
        batch_op.drop_index(batch_op.f('ix_server_hostnames_hostname'))
        batch_op.drop_constraint(batch_op.f('uq_server_hostnames_provider_id_hostname'), type_='unique')
        batch_op.create_unique_constraint('uq_server_hostnames_hostname', ['hostname'])
        for column in ('due_at', 'missing_since', 'checked_at', 'last_check', 'verified_at', 'token'):
            batch_op.drop_column(column)

    with op.batch_alter_table('one_time_links', schema=None) as batch_op:
        batch_op.drop_column('stranger_asked_at')

    with op.batch_alter_table('portal_sessions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_portal_sessions_known_device_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_portal_sessions_known_device_id'))
        batch_op.drop_column('known_device_id')

    op.drop_table('known_devices')
