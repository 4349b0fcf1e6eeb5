"""The database as a thing: engine, files, creation, maintenance, schema and its migrations."""
