"""Pages know their place in the frontier, their validators, where an unchanged payload lies; entries their evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.add_column(sa.Column("role", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("listing", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("etag", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("modified", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("payload_warc", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("payload_offset", sa.Integer(), nullable=True))
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("page", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("record", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("crawl", schema=None) as batch_op:
        batch_op.add_column(sa.Column("after", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("window_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("unseen", sa.Text(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("probes", sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("crawl", schema=None) as batch_op:
        batch_op.drop_column("probes")
        batch_op.drop_column("unseen")
        batch_op.drop_column("window_from")
        batch_op.drop_column("after")
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_column("seen_at")
        batch_op.drop_column("record")
        batch_op.drop_column("page")
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.drop_column("payload_offset")
        batch_op.drop_column("payload_warc")
        batch_op.drop_column("modified")
        batch_op.drop_column("etag")
        batch_op.drop_column("listing")
        batch_op.drop_column("role")
