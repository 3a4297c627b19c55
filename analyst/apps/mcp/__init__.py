"""The service for assistants that speak the Model Context Protocol (MCP), over stdin and stdout, or HTTP."""
