"""The Vault: knowledge files, read as data and searched for passages."""
