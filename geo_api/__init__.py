"""The service: domain, use cases, database, HTTP and command line."""
