"""The store: tables, one repository an aggregate, the unit of work, migrations. All SQL is here."""
