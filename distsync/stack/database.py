"""Prepares a database for DistSync: two roles, the extensions, what the application may do. Safe to run again."""

from psycopg import Connection, OperationalError, connect, sql
from psycopg.conninfo import conninfo_to_dict

from distsync.stack.errors import StackError

EXTENSIONS = ("pg_trgm", "btree_gin")
ONE_AT_A_TIME = 0x6469_7374_7379_6E64  # roles are the server's: two jobs that change one at once fail


def prepare(admin_url: str, owner_url: str, app_url: str) -> None:
    """As `admin_url`'s superuser: the owner's role (owns the database and its tables), the application's role (owns
    nothing, reads and writes rows), the database of `app_url`. Raises StackError when the server cannot be reached."""
    owner, app = conninfo_to_dict(owner_url), conninfo_to_dict(app_url)
    owner_role, app_role, database = str(owner["user"]), str(app["user"]), str(app["dbname"])
    try:
        with connect(admin_url, autocommit=True) as server:
            server.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])  # until the connection closes
            create_role(server, owner_role, str(owner.get("password") or ""))
            create_role(server, app_role, str(app.get("password") or ""))
            give_way(server, owner_role)
            create_database(server, database, owner_role)
        with connect(admin_url, dbname=database, autocommit=True) as connection:
            create_extensions(connection)
            grant(connection, owner_role, app_role)
    except OperationalError as error:
        raise StackError(f"The database cannot be prepared: {error}") from error


def create_role(connection: Connection, role: str, password: str) -> None:
    """Also sets the password, so that the kept one is always the one in force. Workers may race to create it."""
    connection.execute(
        sql.SQL(
            "DO $do$ BEGIN CREATE ROLE {} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $do$"
        ).format(sql.Identifier(role))
    )
    if password:  # sent as its SCRAM verifier: no log of the server can show it
        verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier)))


def give_way(connection: Connection, owner: str) -> None:
    """A migration that waits for a lock stops everybody who comes after it. The owner's role gives up instead."""
    connection.execute(sql.SQL("ALTER ROLE {} SET lock_timeout = '10s'").format(sql.Identifier(owner)))


def create_database(connection: Connection, database: str, owner: str) -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(owner)))


def create_extensions(connection: Connection) -> None:
    for extension in EXTENSIONS:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))


def grant(connection: Connection, owner: str, app: str) -> None:
    """Every table that the owner makes from now on is readable and writable to the application, and no more. The log's
    migration then takes UPDATE, DELETE and TRUNCATE of messages away again."""
    names = {"owner": sql.Identifier(owner), "app": sql.Identifier(app)}
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {app}").format(**names))
    for rights in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT, UPDATE ON SEQUENCES"):
        statement = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT " + rights + " TO {app}"
        connection.execute(sql.SQL(statement).format(**names))
