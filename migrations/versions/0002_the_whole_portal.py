"""the whole portal

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-22 20:47:56.710066

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('server_hostnames',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('hostname', sa.String(length=253), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_server_hostnames_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_server_hostnames')),
    sa.UniqueConstraint('hostname', name=op.f('uq_server_hostnames_hostname'))
    )
    with op.batch_alter_table('server_hostnames', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_server_hostnames_provider_id'), ['provider_id'], unique=False)

    op.create_table('automatic_assignments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('trial_product', sa.Enum('desktop', 'agent', 'supervisor', 'reception', name='product', native_enum=False, length=40), nullable=False),
    sa.Column('product', sa.Enum('desktop', 'agent', 'supervisor', 'reception', name='product', native_enum=False, length=40), nullable=True),
    sa.Column('provider_id', sa.Integer(), nullable=True),
    sa.Column('reseller_id', sa.Integer(), nullable=True),
    sa.Column('group_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('group_id IS NULL OR reseller_id IS NOT NULL', name=op.f('ck_automatic_assignments_group_below_reseller')),
    sa.CheckConstraint('reseller_id IS NULL OR provider_id IS NOT NULL', name=op.f('ck_automatic_assignments_reseller_below_provider')),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_automatic_assignments_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_automatic_assignments_provider_id')),
    sa.ForeignKeyConstraint(['reseller_id', 'provider_id'], ['resellers.id', 'resellers.provider_id'], name=op.f('fk_automatic_assignments_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_automatic_assignments'))
    )
    with op.batch_alter_table('automatic_assignments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_automatic_assignments_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_automatic_assignments_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_automatic_assignments_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('bulk_runs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('platform_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.Enum('checking', 'checked', 'running', 'done', name='bulkstate', native_enum=False, length=40), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claim', sa.String(length=32), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('provider_id', sa.Integer(), nullable=True),
    sa.Column('reseller_id', sa.Integer(), nullable=True),
    sa.Column('group_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('group_id IS NULL OR reseller_id IS NOT NULL', name=op.f('ck_bulk_runs_group_below_reseller')),
    sa.CheckConstraint('reseller_id IS NULL OR provider_id IS NOT NULL', name=op.f('ck_bulk_runs_reseller_below_provider')),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_bulk_runs_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['platform_id', 'provider_id'], ['platforms.id', 'platforms.provider_id'], name=op.f('fk_bulk_runs_platform_id_provider_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_bulk_runs_provider_id')),
    sa.ForeignKeyConstraint(['reseller_id', 'provider_id'], ['resellers.id', 'resellers.provider_id'], name=op.f('fk_bulk_runs_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_runs'))
    )
    with op.batch_alter_table('bulk_runs', schema=None) as batch_op:
        batch_op.create_index('ix_bulk_runs_due', ['due_at'], unique=False, postgresql_where=sa.text("state IN ('checking', 'running')"), sqlite_where=sa.text("state IN ('checking', 'running')"))
        batch_op.create_index(batch_op.f('ix_bulk_runs_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_bulk_runs_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_bulk_runs_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('contact_centers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('reseller_id', sa.Integer(), nullable=False),
    sa.Column('group_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_contact_centers_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_centers')),
    sa.UniqueConstraint('id', 'group_id', name=op.f('uq_contact_centers_id_group_id'))
    )
    with op.batch_alter_table('contact_centers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_centers_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_centers_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_centers_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('in_office_profiles',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('timezone', sa.String(length=64), nullable=False),
    sa.Column('weekly_hours', sa.JSON(), nullable=False),
    sa.Column('holidays', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('reseller_id', sa.Integer(), nullable=False),
    sa.Column('group_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_in_office_profiles_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_in_office_profiles')),
    sa.UniqueConstraint('id', 'group_id', name=op.f('uq_in_office_profiles_id_group_id'))
    )
    with op.batch_alter_table('in_office_profiles', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_in_office_profiles_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_in_office_profiles_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_in_office_profiles_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('user_templates',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('timezone', sa.String(length=64), nullable=False),
    sa.Column('language', sa.String(length=16), nullable=False),
    sa.Column('product', sa.Enum('desktop', 'agent', 'supervisor', 'reception', name='product', native_enum=False, length=40), nullable=True),
    sa.Column('licence_kind', sa.Enum('permanent', 'until', 'trial', name='licencekind', native_enum=False, length=40), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=True),
    sa.Column('reseller_id', sa.Integer(), nullable=True),
    sa.Column('group_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('group_id IS NULL OR reseller_id IS NOT NULL', name=op.f('ck_user_templates_group_below_reseller')),
    sa.CheckConstraint('reseller_id IS NULL OR provider_id IS NOT NULL', name=op.f('ck_user_templates_reseller_below_provider')),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_user_templates_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_user_templates_provider_id')),
    sa.ForeignKeyConstraint(['reseller_id', 'provider_id'], ['resellers.id', 'resellers.provider_id'], name=op.f('fk_user_templates_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_templates'))
    )
    with op.batch_alter_table('user_templates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_user_templates_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_user_templates_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_user_templates_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('brandings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('accent', sa.String(length=7), nullable=False),
    sa.Column('logo', sa.LargeBinary(), nullable=True),
    sa.Column('logo_type', sa.String(length=40), nullable=False),
    sa.Column('logo_digest', sa.String(length=64), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=True),
    sa.Column('reseller_id', sa.Integer(), nullable=True),
    sa.Column('group_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('group_id IS NULL OR reseller_id IS NOT NULL', name=op.f('ck_brandings_group_below_reseller')),
    sa.CheckConstraint('reseller_id IS NULL OR provider_id IS NOT NULL', name=op.f('ck_brandings_reseller_below_provider')),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_brandings_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_brandings_provider_id')),
    sa.ForeignKeyConstraint(['reseller_id', 'provider_id'], ['resellers.id', 'resellers.provider_id'], name=op.f('fk_brandings_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['user_id', 'group_id', 'reseller_id', 'provider_id'], ['users.id', 'users.group_id', 'users.reseller_id', 'users.provider_id'], name=op.f('fk_brandings_user_id_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_brandings'))
    )
    with op.batch_alter_table('brandings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_brandings_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_brandings_logo_digest'), ['logo_digest'], unique=False)
        batch_op.create_index(batch_op.f('ix_brandings_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_brandings_reseller_id'), ['reseller_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_brandings_user_id'), ['user_id'], unique=False)

    op.create_table('portal_sessions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('portal_user_id', sa.Integer(), nullable=False),
    sa.Column('token_digest', sa.String(length=64), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('browser', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['portal_user_id'], ['portal_users.id'], name=op.f('fk_portal_sessions_portal_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_portal_sessions')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_portal_sessions_token_digest'))
    )
    with op.batch_alter_table('portal_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_portal_sessions_portal_user_id'), ['portal_user_id'], unique=False)

    op.create_table('queues',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_center_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('reseller_id', sa.Integer(), nullable=False),
    sa.Column('group_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['contact_center_id', 'group_id'], ['contact_centers.id', 'contact_centers.group_id'], name=op.f('fk_queues_contact_center_id_group_id')),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_queues_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_queues')),
    sa.UniqueConstraint('id', 'group_id', name=op.f('uq_queues_id_group_id'))
    )
    with op.batch_alter_table('queues', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_queues_contact_center_id'), ['contact_center_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queues_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queues_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queues_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('recovery_codes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('portal_user_id', sa.Integer(), nullable=False),
    sa.Column('code_digest', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['portal_user_id'], ['portal_users.id'], name=op.f('fk_recovery_codes_portal_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes')),
    sa.UniqueConstraint('portal_user_id', 'code_digest', name=op.f('uq_recovery_codes_portal_user_id_code_digest'))
    )
    op.create_table('media_streams',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('queue_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('language', sa.String(length=16), nullable=False),
    sa.Column('media_type', sa.Enum('sms', name='mediatype', native_enum=False, length=40), nullable=False),
    sa.Column('can_be_transferred', sa.Boolean(), nullable=False),
    sa.Column('can_be_escalated', sa.Boolean(), nullable=False),
    sa.Column('timezone', sa.String(length=64), nullable=False),
    sa.Column('in_office_profile_id', sa.Integer(), nullable=True),
    sa.Column('use_last_agent', sa.Boolean(), nullable=False),
    sa.Column('reopen_on_reply', sa.Boolean(), nullable=False),
    sa.Column('reply_in_hours', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trial_days', sa.Integer(), nullable=True),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('reseller_id', sa.Integer(), nullable=False),
    sa.Column('group_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['group_id', 'reseller_id', 'provider_id'], ['groups.id', 'groups.reseller_id', 'groups.provider_id'], name=op.f('fk_media_streams_group_id_reseller_id_provider_id')),
    sa.ForeignKeyConstraint(['in_office_profile_id', 'group_id'], ['in_office_profiles.id', 'in_office_profiles.group_id'], name=op.f('fk_media_streams_in_office_profile_id_group_id')),
    sa.ForeignKeyConstraint(['queue_id', 'group_id'], ['queues.id', 'queues.group_id'], name=op.f('fk_media_streams_queue_id_group_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_media_streams')),
    sa.UniqueConstraint('id', 'group_id', 'reseller_id', 'provider_id', name=op.f('uq_media_streams_id_group_id_reseller_id_provider_id'))
    )
    with op.batch_alter_table('media_streams', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_media_streams_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_media_streams_in_office_profile_id'), ['in_office_profile_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_media_streams_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_media_streams_queue_id'), ['queue_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_media_streams_reseller_id'), ['reseller_id'], unique=False)

    op.create_table('queue_members',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('queue_id', sa.Integer(), nullable=False),
    sa.Column('is_supervisor', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('reseller_id', sa.Integer(), nullable=False),
    sa.Column('group_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['queue_id', 'group_id'], ['queues.id', 'queues.group_id'], name=op.f('fk_queue_members_queue_id_group_id')),
    sa.ForeignKeyConstraint(['user_id', 'group_id', 'reseller_id', 'provider_id'], ['users.id', 'users.group_id', 'users.reseller_id', 'users.provider_id'], name=op.f('fk_queue_members_user_id_group_id_reseller_id_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_queue_members')),
    sa.UniqueConstraint('queue_id', 'user_id', name=op.f('uq_queue_members_queue_id_user_id'))
    )
    with op.batch_alter_table('queue_members', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_queue_members_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queue_members_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queue_members_queue_id'), ['queue_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queue_members_reseller_id'), ['reseller_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queue_members_user_id'), ['user_id'], unique=False)

    op.create_table('bulk_rows',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('broadworks_id', sa.String(length=200), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('friendly_name', sa.String(length=200), nullable=False),
    sa.Column('messaging_type', sa.String(length=40), nullable=False),
    sa.Column('outcome', sa.Enum('unchecked', 'ready', 'refused', 'assigned', name='rowoutcome', native_enum=False, length=40), nullable=False),
    sa.Column('words', sa.String(length=300), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('assignment_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignments.id'], name=op.f('fk_bulk_rows_assignment_id')),
    sa.ForeignKeyConstraint(['run_id'], ['bulk_runs.id'], name=op.f('fk_bulk_rows_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_rows')),
    sa.UniqueConstraint('run_id', 'ordinal', name=op.f('uq_bulk_rows_run_id_ordinal'))
    )
    with op.batch_alter_table('bulk_rows', schema=None) as batch_op:
        batch_op.create_index('ix_bulk_rows_run_id_outcome', ['run_id', 'outcome'], unique=False)

    with op.batch_alter_table('assignments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stream_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('holder_name', sa.String(length=120), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('shown_name', sa.String(length=120), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='1'))
        batch_op.alter_column('user_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.create_index('ix_assignments_stream_id_number_id', ['stream_id', 'number', 'id'], unique=False)
        batch_op.create_index(
            "ix_assignments_provider_id_holder_name_id", ["provider_id", "holder_name", "id"], unique=False
        )
        batch_op.create_index(
            "ix_assignments_provider_id_shown_name_id", ["provider_id", "shown_name", "id"], unique=False
        )
        batch_op.create_index(
            "ix_assignments_provider_id_ended_at_id", ["provider_id", "ended_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_assignments_reseller_id_holder_name_id", ["reseller_id", "holder_name", "id"], unique=False
        )
        batch_op.create_index(
            "ix_assignments_reseller_id_shown_name_id", ["reseller_id", "shown_name", "id"], unique=False
        )
        batch_op.create_index(
            "ix_assignments_reseller_id_ended_at_id", ["reseller_id", "ended_at", "id"], unique=False
        )
        batch_op.create_index("ix_assignments_holder_name_id", ["holder_name", "id"], unique=False)
        batch_op.create_index("ix_assignments_shown_name_id", ["shown_name", "id"], unique=False)
        batch_op.create_index("ix_assignments_ended_at_id", ["ended_at", "id"], unique=False)
        batch_op.create_index("ix_assignments_state_number_id", ["state", "number", "id"], unique=False)
        batch_op.create_index(
            "ix_assignments_sms",
            ["number", "id"],
            unique=False,
            postgresql_where=sa.text("mms IS false"),
            sqlite_where=sa.text("mms IS 0"),
        )
        batch_op.create_unique_constraint(batch_op.f('uq_assignments_id_stream_id_group_id_reseller_id_provider_id'), ['id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'])
        batch_op.create_foreign_key(batch_op.f('fk_assignments_stream_id_group_id_reseller_id_provider_id'), 'media_streams', ['stream_id', 'group_id', 'reseller_id', 'provider_id'], ['id', 'group_id', 'reseller_id', 'provider_id'])
        batch_op.create_check_constraint(batch_op.f('ck_assignments_one_holder'), '(user_id IS NULL) <> (stream_id IS NULL)')

    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stream_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_audit_entries_stream_id_id', ['stream_id', 'id'], unique=False)
        batch_op.create_index('ix_audit_entries_target', ['target_kind', 'target_id', 'id'], unique=False)
        batch_op.create_index('ix_audit_entries_at', ['at'], unique=False)
        batch_op.create_index('ix_audit_entries_action_id', ['action', 'id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_audit_entries_stream_id'), 'media_streams', ['stream_id'], ['id'])

    with op.batch_alter_table('blocks', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stream_id', sa.Integer(), nullable=True))
        batch_op.alter_column('user_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.create_foreign_key(batch_op.f('fk_blocks_assignment_id_stream_id_group_id_reseller_id_provider_id'), 'assignments', ['assignment_id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'], ['id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'])
        batch_op.create_check_constraint(batch_op.f('ck_blocks_one_holder'), '(user_id IS NULL) <> (stream_id IS NULL)')

    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('state', sa.Enum('waiting', name='conversationstate', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('stream_id', sa.Integer(), nullable=True))
        batch_op.alter_column('user_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.create_index('ix_conversations_stream', ['stream_id', 'state'], unique=False, postgresql_where=sa.text('stream_id IS NOT NULL'), sqlite_where=sa.text('stream_id IS NOT NULL'))
        batch_op.create_foreign_key(batch_op.f('fk_conversations_assignment_id_stream_id_group_id_reseller_id_provider_id'), 'assignments', ['assignment_id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'], ['id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'])
        batch_op.create_check_constraint(batch_op.f('ck_conversations_one_holder'), '(user_id IS NULL) <> (stream_id IS NULL)')

    with op.batch_alter_table('groups', schema=None) as batch_op:
        batch_op.create_index('ix_groups_reseller_id_name_id', ['reseller_id', 'name', 'id'], unique=False)
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('trial_days', sa.Integer(), nullable=True))

    with op.batch_alter_table('licences', schema=None) as batch_op:
        batch_op.add_column(sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='1'))
        batch_op.create_index('ix_licences_running_out', ['expires_at'], unique=False, postgresql_where=sa.text('ended_at IS NULL'), sqlite_where=sa.text('ended_at IS NULL'))

    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stream_id', sa.Integer(), nullable=True))
        batch_op.alter_column('user_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.create_foreign_key(batch_op.f('fk_messages_assignment_id_stream_id_group_id_reseller_id_provider_id'), 'assignments', ['assignment_id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'], ['id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'])
        batch_op.create_check_constraint(batch_op.f('ck_messages_one_holder'), '(user_id IS NULL) <> (stream_id IS NULL)')
        batch_op.create_index('ix_messages_stream', ['stream_id', 'created_at'], unique=False, postgresql_where=sa.text('stream_id IS NOT NULL'), sqlite_where=sa.text('stream_id IS NOT NULL'))

    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.add_column(sa.Column('letterhead', sa.JSON(), nullable=True))

    with op.batch_alter_table('opt_in_evidence', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stream_id', sa.Integer(), nullable=True))
        batch_op.alter_column('user_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.create_foreign_key(batch_op.f('fk_opt_in_evidence_assignment_id_stream_id_group_id_reseller_id_provider_id'), 'assignments', ['assignment_id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'], ['id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'])
        batch_op.create_check_constraint(batch_op.f('ck_opt_in_evidence_one_holder'), '(user_id IS NULL) <> (stream_id IS NULL)')

    with op.batch_alter_table('platforms', schema=None) as batch_op:
        batch_op.add_column(sa.Column('texts_per_minute', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='1'))

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("assignment_id", sa.Integer(), nullable=True))
        batch_op.create_index("ix_attempts_number", ["assignment_id", "started_at"], unique=False)
    with op.batch_alter_table('portal_users', schema=None) as batch_op:
        batch_op.drop_column("session_key")
        batch_op.add_column(sa.Column('failed_sign_ins', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('totp_secret', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('totp_confirmed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('totp_last_step', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='1'))

    with op.batch_alter_table('providers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('texts_per_minute', sa.Integer(), nullable=False, server_default='60'))
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('trial_days', sa.Integer(), nullable=True))

    with op.batch_alter_table('resellers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('trial_days', sa.Integer(), nullable=True))

    with op.batch_alter_table('suppressions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stream_id', sa.Integer(), nullable=True))
        batch_op.alter_column('user_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.create_foreign_key(batch_op.f('fk_suppressions_assignment_id_stream_id_group_id_reseller_id_provider_id'), 'assignments', ['assignment_id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'], ['id', 'stream_id', 'group_id', 'reseller_id', 'provider_id'])
        batch_op.create_check_constraint(batch_op.f('ck_suppressions_one_holder'), '(user_id IS NULL) <> (stream_id IS NULL)')

    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('trial_days', sa.Integer(), nullable=True))
        batch_op.drop_constraint(batch_op.f('uq_users_broadworks_key'), type_='unique')
        batch_op.create_index('ix_users_group_id_name_id', ['group_id', 'name', 'id'], unique=False)
        batch_op.create_index('uq_users_broadworks_key', ['broadworks_key'], unique=True, postgresql_where=sa.text('closed_at IS NULL'), sqlite_where=sa.text('closed_at IS NULL'))

    # A part of a word anywhere in what is searched. The extension comes with PostgreSQL and is a trusted one.
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        op.create_index(
            "ix_assignments_search_text",
            "assignments",
            ["search_text"],
            unique=False,
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        )
        op.create_index(
            "ix_users_words",
            "users",
            ["name", "broadworks_key"],
            unique=False,
            postgresql_using="gin",
            postgresql_ops={"name": "gin_trgm_ops", "broadworks_key": "gin_trgm_ops"},
        )
        op.create_index(
            "ix_audit_entries_words",
            "audit_entries",
            ["actor", "target"],
            unique=False,
            postgresql_using="gin",
            postgresql_ops={"actor": "gin_trgm_ops", "target": "gin_trgm_ops"},
        )
    # What lists sort by, for the numbers that are there: the holder's name, and the friendly name or the number.
    op.execute("UPDATE assignments SET holder_name = (SELECT name FROM users WHERE users.id = assignments.user_id)")
    op.execute(
        "UPDATE assignments SET shown_name = COALESCE(friendly_name, "
        "CASE WHEN number LIKE '+1%' THEN substr(number, 3) ELSE number END)"
    )
    # A portal user who is signed in signs in again: sessions are rows from here on.


def downgrade():
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_index('ix_users_group_id_name_id')
        batch_op.drop_index('uq_users_broadworks_key', postgresql_where=sa.text('closed_at IS NULL'), sqlite_where=sa.text('closed_at IS NULL'))
        batch_op.create_unique_constraint(batch_op.f('uq_users_broadworks_key'), ['broadworks_key'])
        batch_op.drop_column('trial_days')
        batch_op.drop_column('closed_at')
        batch_op.drop_column('revision')

    with op.batch_alter_table('suppressions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_suppressions_one_holder'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_suppressions_assignment_id_stream_id_group_id_reseller_id_provider_id'), type_='foreignkey')
        batch_op.alter_column('user_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('stream_id')

    with op.batch_alter_table('resellers', schema=None) as batch_op:
        batch_op.drop_column('trial_days')
        batch_op.drop_column('closed_at')
        batch_op.drop_column('revision')

    with op.batch_alter_table('providers', schema=None) as batch_op:
        batch_op.drop_column('trial_days')
        batch_op.drop_column('closed_at')
        batch_op.drop_column('revision')
        batch_op.drop_column('texts_per_minute')

    with op.batch_alter_table('portal_users', schema=None) as batch_op:
        batch_op.drop_column('revision')
        batch_op.drop_column('totp_last_step')
        batch_op.drop_column('totp_confirmed_at')
        batch_op.drop_column('totp_secret')
        batch_op.drop_column('locked_until')
        batch_op.drop_column('failed_sign_ins')
        batch_op.add_column(sa.Column("session_key", sa.String(length=40), nullable=False, server_default=""))

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_attempts_number")
        batch_op.drop_column("assignment_id")
    with op.batch_alter_table('platforms', schema=None) as batch_op:
        batch_op.drop_column('revision')
        batch_op.drop_column('texts_per_minute')

    with op.batch_alter_table('opt_in_evidence', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_opt_in_evidence_one_holder'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_opt_in_evidence_assignment_id_stream_id_group_id_reseller_id_provider_id'), type_='foreignkey')
        batch_op.alter_column('user_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('stream_id')

    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.drop_column('letterhead')

    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.drop_index('ix_messages_stream', postgresql_where=sa.text('stream_id IS NOT NULL'), sqlite_where=sa.text('stream_id IS NOT NULL'))
        batch_op.drop_constraint(batch_op.f('ck_messages_one_holder'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_messages_assignment_id_stream_id_group_id_reseller_id_provider_id'), type_='foreignkey')
        batch_op.alter_column('user_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('stream_id')

    with op.batch_alter_table('licences', schema=None) as batch_op:
        batch_op.drop_index('ix_licences_running_out', postgresql_where=sa.text('ended_at IS NULL'), sqlite_where=sa.text('ended_at IS NULL'))
        batch_op.drop_column('revision')
        batch_op.drop_column('ended_at')

    with op.batch_alter_table('groups', schema=None) as batch_op:
        batch_op.drop_index('ix_groups_reseller_id_name_id')
        batch_op.drop_column('trial_days')
        batch_op.drop_column('closed_at')
        batch_op.drop_column('revision')

    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_conversations_one_holder'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_conversations_assignment_id_stream_id_group_id_reseller_id_provider_id'), type_='foreignkey')
        batch_op.drop_index('ix_conversations_stream', postgresql_where=sa.text('stream_id IS NOT NULL'), sqlite_where=sa.text('stream_id IS NOT NULL'))
        batch_op.alter_column('user_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('stream_id')
        batch_op.drop_column('state')

    with op.batch_alter_table('blocks', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_blocks_one_holder'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_blocks_assignment_id_stream_id_group_id_reseller_id_provider_id'), type_='foreignkey')
        batch_op.alter_column('user_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('stream_id')

    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_audit_entries_stream_id'), type_='foreignkey')
        batch_op.drop_index('ix_audit_entries_action_id')
        batch_op.drop_index('ix_audit_entries_at')
        batch_op.drop_index('ix_audit_entries_target')
        batch_op.drop_index('ix_audit_entries_stream_id_id')
        batch_op.drop_column('stream_id')

    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_users_words", table_name="users")
        op.drop_index("ix_assignments_search_text", table_name="assignments")
        op.drop_index("ix_audit_entries_words", table_name="audit_entries")
    with op.batch_alter_table('assignments', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_assignments_one_holder'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_assignments_stream_id_group_id_reseller_id_provider_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_assignments_id_stream_id_group_id_reseller_id_provider_id'), type_='unique')
        batch_op.drop_index('ix_assignments_stream_id_number_id')
        batch_op.drop_index("ix_assignments_sms")
        batch_op.drop_index("ix_assignments_state_number_id")
        batch_op.drop_index("ix_assignments_ended_at_id")
        batch_op.drop_index("ix_assignments_shown_name_id")
        batch_op.drop_index("ix_assignments_holder_name_id")
        batch_op.drop_index("ix_assignments_reseller_id_ended_at_id")
        batch_op.drop_index("ix_assignments_reseller_id_shown_name_id")
        batch_op.drop_index("ix_assignments_reseller_id_holder_name_id")
        batch_op.drop_index("ix_assignments_provider_id_ended_at_id")
        batch_op.drop_index("ix_assignments_provider_id_shown_name_id")
        batch_op.drop_index("ix_assignments_provider_id_holder_name_id")
        batch_op.alter_column('user_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('revision')
        batch_op.drop_column('shown_name')
        batch_op.drop_column('holder_name')
        batch_op.drop_column('stream_id')

    with op.batch_alter_table('bulk_rows', schema=None) as batch_op:
        batch_op.drop_index('ix_bulk_rows_run_id_outcome')

    op.drop_table('bulk_rows')
    with op.batch_alter_table('queue_members', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_queue_members_user_id'))
        batch_op.drop_index(batch_op.f('ix_queue_members_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_queue_members_queue_id'))
        batch_op.drop_index(batch_op.f('ix_queue_members_provider_id'))
        batch_op.drop_index(batch_op.f('ix_queue_members_group_id'))

    op.drop_table('queue_members')
    with op.batch_alter_table('media_streams', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_media_streams_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_media_streams_queue_id'))
        batch_op.drop_index(batch_op.f('ix_media_streams_provider_id'))
        batch_op.drop_index(batch_op.f('ix_media_streams_in_office_profile_id'))
        batch_op.drop_index(batch_op.f('ix_media_streams_group_id'))

    op.drop_table('media_streams')
    op.drop_table('recovery_codes')
    with op.batch_alter_table('queues', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_queues_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_queues_provider_id'))
        batch_op.drop_index(batch_op.f('ix_queues_group_id'))
        batch_op.drop_index(batch_op.f('ix_queues_contact_center_id'))

    op.drop_table('queues')
    with op.batch_alter_table('portal_sessions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_portal_sessions_portal_user_id'))

    op.drop_table('portal_sessions')
    with op.batch_alter_table('brandings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_brandings_user_id'))
        batch_op.drop_index(batch_op.f('ix_brandings_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_brandings_provider_id'))
        batch_op.drop_index(batch_op.f('ix_brandings_logo_digest'))
        batch_op.drop_index(batch_op.f('ix_brandings_group_id'))

    op.drop_table('brandings')
    with op.batch_alter_table('user_templates', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_user_templates_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_user_templates_provider_id'))
        batch_op.drop_index(batch_op.f('ix_user_templates_group_id'))

    op.drop_table('user_templates')
    with op.batch_alter_table('in_office_profiles', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_in_office_profiles_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_in_office_profiles_provider_id'))
        batch_op.drop_index(batch_op.f('ix_in_office_profiles_group_id'))

    op.drop_table('in_office_profiles')
    with op.batch_alter_table('contact_centers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contact_centers_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_contact_centers_provider_id'))
        batch_op.drop_index(batch_op.f('ix_contact_centers_group_id'))

    op.drop_table('contact_centers')
    with op.batch_alter_table('bulk_runs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bulk_runs_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_bulk_runs_provider_id'))
        batch_op.drop_index(batch_op.f('ix_bulk_runs_group_id'))
        batch_op.drop_index('ix_bulk_runs_due', postgresql_where=sa.text("state IN ('checking', 'running')"), sqlite_where=sa.text("state IN ('checking', 'running')"))

    op.drop_table('bulk_runs')
    with op.batch_alter_table('automatic_assignments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_automatic_assignments_reseller_id'))
        batch_op.drop_index(batch_op.f('ix_automatic_assignments_provider_id'))
        batch_op.drop_index(batch_op.f('ix_automatic_assignments_group_id'))

    op.drop_table('automatic_assignments')
    with op.batch_alter_table('server_hostnames', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_server_hostnames_provider_id'))

    op.drop_table('server_hostnames')
