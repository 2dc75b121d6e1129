"""The system behind `make up`: an embedded PostgreSQL and Valkey, the web, worker and beat processes, one supervisor."""
