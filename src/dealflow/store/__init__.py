"""Everything that knows a database. SQL stands only here."""
