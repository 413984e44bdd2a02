"""PostgreSQL behind the same interface as a file: for teams that outgrow one."""
