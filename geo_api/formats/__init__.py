"""(answer type, format) -> bytes."""
