"""The register's life: daily changes, histories, duplicates, the unlicensed."""
