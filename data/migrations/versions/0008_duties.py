"""what officers owe each other: rectification, loans, evidence, questions, messages, locked periods"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from data.schema.base import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('attachment',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('object', sa.String(), nullable=True),
    sa.Column('object_id', sa.BigInteger(), nullable=True),
    sa.Column('item_code', sa.String(), nullable=True),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('media', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('taken_at', UtcTime(), nullable=True),
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('row_no', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('recorded_at', UtcTime(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_attachment_batch_id_batch')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_attachment_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment')),
    sa.UniqueConstraint('client_id', name=op.f('uq_attachment_client_id'))
    )
    with op.batch_alter_table('attachment') as batch_op:
        batch_op.create_index('ix_attachment_object', ['object', 'object_id'], unique=False)

    op.create_table('period_lock',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('to_on', sa.Date(), nullable=False),
    sa.Column('leads', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('row_no', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('recorded_at', UtcTime(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_period_lock_batch_id_batch')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_period_lock_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_period_lock')),
    sa.UniqueConstraint('from_on', 'to_on', name=op.f('uq_period_lock_from_on_to_on'))
    )
    op.create_table('loan',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('officer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('grid_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('enterprise_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('to_on', sa.Date(), nullable=False),
    sa.Column('task', sa.String(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('row_no', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('recorded_at', UtcTime(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_loan_batch_id_batch')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['enterprise.id'], name=op.f('fk_loan_enterprise_id_enterprise')),
    sa.ForeignKeyConstraint(['grid_id'], ['grid.id'], name=op.f('fk_loan_grid_id_grid')),
    sa.ForeignKeyConstraint(['officer_id'], ['officer.id'], name=op.f('fk_loan_officer_id_officer')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_loan_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_loan'))
    )
    with op.batch_alter_table('loan') as batch_op:
        batch_op.create_index(batch_op.f('ix_loan_enterprise_id'), ['enterprise_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_loan_grid_id'), ['grid_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_loan_officer_id'), ['officer_id'], unique=False)

    op.create_table('message',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('to_user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('object', sa.String(), nullable=False),
    sa.Column('object_id', sa.BigInteger(), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('params', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('at', UtcTime(), nullable=False),
    sa.Column('read_at', UtcTime(), nullable=True),
    sa.Column('acknowledged_at', UtcTime(), nullable=True),
    sa.Column('ended_at', UtcTime(), nullable=True),
    sa.ForeignKeyConstraint(['to_user_id'], ['user.id'], name=op.f('fk_message_to_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sa.UniqueConstraint('to_user_id', 'object', 'object_id', 'kind', 'cause', name=op.f('uq_message_to_user_id_object_object_id_kind_cause'))
    )
    with op.batch_alter_table('message') as batch_op:
        batch_op.create_index('ix_message_object', ['object', 'object_id'], unique=False)

    op.create_table('question',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('enterprise_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('inspection_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('asked', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('answer', sa.String(), nullable=True),
    sa.Column('answered_at', UtcTime(), nullable=True),
    sa.Column('answered_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('row_no', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('recorded_at', UtcTime(), nullable=False),
    sa.ForeignKeyConstraint(['answered_by'], ['user.id'], name=op.f('fk_question_answered_by_user')),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_question_batch_id_batch')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['enterprise.id'], name=op.f('fk_question_enterprise_id_enterprise')),
    sa.ForeignKeyConstraint(['inspection_id'], ['inspection.id'], name=op.f('fk_question_inspection_id_inspection')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_question_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question'))
    )
    with op.batch_alter_table('question') as batch_op:
        batch_op.create_index(batch_op.f('ix_question_enterprise_id'), ['enterprise_id'], unique=False)
        batch_op.create_index('ix_question_state', ['state'], unique=False)

    op.create_table('reporter',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('lead_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(), nullable=True),
    sa.Column('phone', sa.String(), nullable=True),
    sa.Column('address', sa.String(), nullable=True),
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('row_no', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('recorded_at', UtcTime(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_reporter_batch_id_batch')),
    sa.ForeignKeyConstraint(['lead_id'], ['lead.id'], name=op.f('fk_reporter_lead_id_lead')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_reporter_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reporter'))
    )
    with op.batch_alter_table('reporter') as batch_op:
        batch_op.create_index(batch_op.f('ix_reporter_lead_id'), ['lead_id'], unique=False)

    op.create_table('rectification',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('problem_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('number', sa.String(), nullable=True),
    sa.Column('ordered_on', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('replied_on', sa.Date(), nullable=True),
    sa.Column('reply', sa.String(), nullable=True),
    sa.Column('officer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('inspection_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('rechecked_on', sa.Date(), nullable=True),
    sa.Column('passed', sa.Boolean(), nullable=True),
    sa.Column('same_officer', sa.Boolean(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('row_no', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('recorded_at', UtcTime(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_rectification_batch_id_batch')),
    sa.ForeignKeyConstraint(['inspection_id'], ['inspection.id'], name=op.f('fk_rectification_inspection_id_inspection')),
    sa.ForeignKeyConstraint(['officer_id'], ['officer.id'], name=op.f('fk_rectification_officer_id_officer')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_rectification_problem_id_problem')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_rectification_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rectification')),
    sa.UniqueConstraint('problem_id', 'round', name=op.f('uq_rectification_problem_id_round'))
    )
    with op.batch_alter_table('finding') as batch_op:
        batch_op.add_column(sa.Column('clause', sa.String(), nullable=True))

    with op.batch_alter_table('inspection') as batch_op:
        batch_op.add_column(sa.Column('opinion', sa.String(), nullable=True))

    with op.batch_alter_table('lead') as batch_op:
        batch_op.add_column(sa.Column('text', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('address', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('number_12315', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('last_received_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('rule', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('officer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('result', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('asked_until', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('extended', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('supervised', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('returned', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('crime', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('receiver', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('receipt', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('inspection_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('merged_into_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('split_from_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('escalated_on', sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f('ix_lead_merged_into_id'), ['merged_into_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_lead_officer_id'), ['officer_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_lead_merged_into_id_lead'), 'lead', ['merged_into_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_lead_inspection_id_inspection'), 'inspection', ['inspection_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_lead_split_from_id_lead'), 'lead', ['split_from_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_lead_officer_id_officer'), 'officer', ['officer_id'], ['id'])

    with op.batch_alter_table('lead_event') as batch_op:
        batch_op.add_column(sa.Column('verb', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('officer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_lead_event_officer_id_officer'), 'officer', ['officer_id'], ['id'])

    with op.batch_alter_table('problem') as batch_op:
        batch_op.add_column(sa.Column('due_provisional', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('officer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('recheck_officer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('recheck_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('asked_until', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('supervised', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('returned', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('escalated_on', sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f('ix_problem_officer_id'), ['officer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_problem_recheck_officer_id'), ['recheck_officer_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_problem_officer_id_officer'), 'officer', ['officer_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_problem_recheck_officer_id_officer'), 'officer', ['recheck_officer_id'], ['id'])

    with op.batch_alter_table('problem_event') as batch_op:
        batch_op.add_column(sa.Column('verb', sa.String(), nullable=True))

    # ### end Alembic commands ###


def downgrade() -> None:
    with op.batch_alter_table('problem_event') as batch_op:
        batch_op.drop_column('verb')

    with op.batch_alter_table('problem') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_problem_recheck_officer_id_officer'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_problem_officer_id_officer'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_problem_recheck_officer_id'))
        batch_op.drop_index(batch_op.f('ix_problem_officer_id'))
        batch_op.drop_column('escalated_on')
        batch_op.drop_column('returned')
        batch_op.drop_column('supervised')
        batch_op.drop_column('asked_until')
        batch_op.drop_column('recheck_on')
        batch_op.drop_column('recheck_officer_id')
        batch_op.drop_column('officer_id')
        batch_op.drop_column('due_provisional')

    with op.batch_alter_table('lead_event') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_lead_event_officer_id_officer'), type_='foreignkey')
        batch_op.drop_column('officer_id')
        batch_op.drop_column('verb')

    with op.batch_alter_table('lead') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_lead_officer_id_officer'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_lead_split_from_id_lead'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_lead_inspection_id_inspection'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_lead_merged_into_id_lead'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_lead_officer_id'))
        batch_op.drop_index(batch_op.f('ix_lead_merged_into_id'))
        batch_op.drop_column('escalated_on')
        batch_op.drop_column('split_from_id')
        batch_op.drop_column('merged_into_id')
        batch_op.drop_column('inspection_id')
        batch_op.drop_column('receipt')
        batch_op.drop_column('receiver')
        batch_op.drop_column('crime')
        batch_op.drop_column('returned')
        batch_op.drop_column('supervised')
        batch_op.drop_column('extended')
        batch_op.drop_column('asked_until')
        batch_op.drop_column('result')
        batch_op.drop_column('officer_id')
        batch_op.drop_column('rule')
        batch_op.drop_column('last_received_on')
        batch_op.drop_column('number_12315')
        batch_op.drop_column('address')
        batch_op.drop_column('text')

    with op.batch_alter_table('inspection') as batch_op:
        batch_op.drop_column('opinion')

    with op.batch_alter_table('finding') as batch_op:
        batch_op.drop_column('clause')

    op.drop_table('rectification')
    with op.batch_alter_table('reporter') as batch_op:
        batch_op.drop_index(batch_op.f('ix_reporter_lead_id'))

    op.drop_table('reporter')
    with op.batch_alter_table('question') as batch_op:
        batch_op.drop_index('ix_question_state')
        batch_op.drop_index(batch_op.f('ix_question_enterprise_id'))

    op.drop_table('question')
    with op.batch_alter_table('message') as batch_op:
        batch_op.drop_index('ix_message_object')

    op.drop_table('message')
    with op.batch_alter_table('loan') as batch_op:
        batch_op.drop_index(batch_op.f('ix_loan_officer_id'))
        batch_op.drop_index(batch_op.f('ix_loan_grid_id'))
        batch_op.drop_index(batch_op.f('ix_loan_enterprise_id'))

    op.drop_table('loan')
    op.drop_table('period_lock')
    with op.batch_alter_table('attachment') as batch_op:
        batch_op.drop_index('ix_attachment_object')

    op.drop_table('attachment')
    # ### end Alembic commands ###
