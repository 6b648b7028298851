"""DMN decision tables with a trace."""
