"""How Alembic reaches the journal: always through a connection that the journal opened."""

from alembic import context

from evidence.journal.schema import METADATA

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Migrations run when the journal is opened; start any 'evidence journal'.")
context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=False)
context.run_migrations()
