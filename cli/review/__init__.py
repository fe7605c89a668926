"""`tgfix apply --interactive`: one change after the other, decided by single keys."""
