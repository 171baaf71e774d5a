"""The HTTP edge: thin routes that parse, ask one service and hand its answer to a format."""
