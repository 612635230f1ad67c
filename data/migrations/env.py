"""Run migrations on the engine that the caller hands over (batch mode, for SQLite's sake)."""

from alembic import context

from data.schema import metadata

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    if engine.dialect.name == "sqlite":
        # batch mode rebuilds tables, and dropping one must not count as deleting its rows; the switch
        # does nothing inside a transaction, so it is turned on the driver's own connection
        driver = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
    if engine.dialect.name == "sqlite":
        driver.execute("PRAGMA foreign_keys=ON")
