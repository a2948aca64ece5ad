"""Tools: what an agent can do beside talking, each described by a schema and bounded in time and output."""
