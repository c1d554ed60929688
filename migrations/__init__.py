"""How the register's tables got to where they are (Alembic)."""
