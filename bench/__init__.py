"""How fast Vekha is: the same work on the real program, on its databases, and on stock SpiffWorkflow."""
