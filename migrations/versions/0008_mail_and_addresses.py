"""one normal form of email addresses; what became of mails; addresses that wait for their confirmation

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-28 10:12:40.118231

"""
from datetime import datetime, timezone

from alembic import op
import idna
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_BATCH = 5000
_KINDS = ('invitation', 'password-link', 'client-password-link', 'address-link', 'account-changed', 'alert', 'other')
_CAUSES = ('portal', 'staff', 'stranger')
_FAILURES = ('address-refused', 'refused', 'no-answer', 'not-trusted', 'broken', 'unknown')


def upgrade():
    with op.batch_alter_table('portal_users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('pending_email', sa.String(length=254), nullable=True))
        batch_op.add_column(sa.Column('pending_email_at', sa.DateTime(timezone=True), nullable=True))
    # Constants with a default rewrite no row on PostgreSQL; the default goes again, the program names each.
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.add_column(sa.Column('recipient_key', sa.String(length=254), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('kind', sa.Enum(*_KINDS, name='mailkind', native_enum=False, length=40), nullable=False, server_default='other'))
        batch_op.add_column(sa.Column('portal_user_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('user_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('cause', sa.Enum(*_CAUSES, name='noticecause', native_enum=False, length=40), nullable=False, server_default='portal'))
        batch_op.add_column(sa.Column('caused_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('provider_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('failure', sa.Enum(*_FAILURES, name='mailfailure', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('failed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('answer', sa.String(length=200), nullable=False, server_default=''))
        batch_op.create_foreign_key(batch_op.f('fk_notices_portal_user_id_portal_users'), 'portal_users', ['portal_user_id'], ['id'], ondelete='SET NULL')
        batch_op.create_foreign_key(batch_op.f('fk_notices_user_id_users'), 'users', ['user_id'], ['id'])
        batch_op.create_index(batch_op.f('ix_notices_portal_user_id'), ['portal_user_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_notices_user_id'), ['user_id'], unique=False)
        batch_op.create_index('ix_notices_recipient_key_created_at', ['recipient_key', 'created_at'], unique=False)
        batch_op.create_index('ix_notices_caused_by_id_created_at', ['caused_by_id', 'created_at'], unique=False)
        batch_op.create_index('ix_notices_provider_id_created_at', ['provider_id', 'created_at'], unique=False)
    with op.batch_alter_table('notices', schema=None) as batch_op:
        for column in ('recipient_key', 'kind', 'cause', 'answer'):
            batch_op.alter_column(column, server_default=None)
    _portal_users()
    _users()


def _normal(address):
    """The domain as DNS has it (IDNA 2008, UTS 46); what cannot be read stays as it is."""
    local, at, domain = address.rpartition('@')
    try:
        return f"{local}{at}{idna.encode(domain, uts46=True).decode().lower().rstrip('.')}"
    except (idna.IDNAError, UnicodeError):
        return address


def _portal_users():
    """Where several accounts have one address in different spellings, the one that was used last gets the normal
    form. The others keep their own spelling, with which they still sign in, and their pages and the history say
    that they need another address: no account is lost.
    """
    people = sa.table('portal_users', sa.column('id', sa.Integer), sa.column('email', sa.String),
        sa.column('accepted_at', sa.DateTime(timezone=True)), sa.column('last_sign_in_at', sa.DateTime(timezone=True)),
        sa.column('provider_id', sa.Integer), sa.column('reseller_id', sa.Integer), sa.column('group_id', sa.Integer))
    history = sa.table('audit_entries', sa.column('at', sa.DateTime(timezone=True)), sa.column('actor', sa.String),
        sa.column('action', sa.String), sa.column('target_kind', sa.String), sa.column('target_id', sa.Integer),
        sa.column('target', sa.String), sa.column('change', sa.JSON), sa.column('provider_id', sa.Integer),
        sa.column('reseller_id', sa.Integer), sa.column('group_id', sa.Integer))
    line = op.get_bind()
    by_address = {}
    for row in line.execute(sa.select(people)):
        by_address.setdefault(_normal(row.email), []).append(row)
    for address, rows in by_address.items():
        rows.sort(key=lambda row: (str(row.last_sign_in_at or ''), row.accepted_at is not None, -row.id), reverse=True)
        taken_by = next((row for row in rows if row.email == address), None)
        first = rows[0]
        if taken_by is not None and taken_by is not first:
            # The normal form is given away below; the account that had it takes the other's spelling.
            line.execute(sa.update(people).where(people.c.id == taken_by.id).values(email=f'swap-{taken_by.id}'))
            line.execute(sa.update(people).where(people.c.id == first.id).values(email=address))
            line.execute(sa.update(people).where(people.c.id == taken_by.id).values(email=first.email))
        elif first.email != address:
            line.execute(sa.update(people).where(people.c.id == first.id).values(email=address))
        for row in rows[1:]:
            line.execute(sa.insert(history).values(at=datetime.now(timezone.utc), actor='system',
                action='Email address is that of another account', target_kind='portal_users', target_id=row.id,
                target=row.email, change={}, provider_id=row.provider_id, reseller_id=row.reseller_id, group_id=row.group_id))


def _users():
    """Addresses of users are unique nowhere: each is simply written in the normal form."""
    users = sa.table('users', sa.column('id', sa.Integer), sa.column('email', sa.String))
    line, after = op.get_bind(), 0
    while True:
        some = sa.select(users.c.id, users.c.email).where(users.c.id > after, users.c.email != '')
        rows = line.execute(some.order_by(users.c.id).limit(_BATCH)).all()
        if not rows:
            return
        after = rows[-1].id
        for row in rows:
            if (address := _normal(row.email)) != row.email:
                line.execute(sa.update(users).where(users.c.id == row.id).values(email=address))


def downgrade():
    """Addresses stay in their normal form, which the program before could read as well."""
    with op.batch_alter_table('notices', schema=None) as batch_op:
        for name in ('provider_id', 'caused_by_id', 'recipient_key'):
            batch_op.drop_index(f'ix_notices_{name}_created_at')
        batch_op.drop_index(batch_op.f('ix_notices_user_id'))
        batch_op.drop_index(batch_op.f('ix_notices_portal_user_id'))
        batch_op.drop_constraint(batch_op.f('fk_notices_user_id_users'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_notices_portal_user_id_portal_users'), type_='foreignkey')
        for name in ('answer', 'failed_at', 'failure', 'provider_id', 'caused_by_id', 'cause', 'user_id', 'portal_user_id', 'kind', 'recipient_key'):
            batch_op.drop_column(name)
    with op.batch_alter_table('portal_users', schema=None) as batch_op:
        batch_op.drop_column('pending_email_at')
        batch_op.drop_column('pending_email')
