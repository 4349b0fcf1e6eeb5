"""The command line: one file a noun, parsing and printing only. The services do the work, as for the screens.

Nothing here imports SQLAlchemy, a repository or Textual; `tests/commands/test_import_hygiene.py` proves it.
"""
