"""An MCP server on standard input and output, with a tool for each operation."""
