"""Alembic environment: runs on the connection that db/store.py (or a test) hands over."""

from alembic import context
from sqlmodel import SQLModel

import db.models  # noqa: F401  the models fill the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    version_table="audit_schema",
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
