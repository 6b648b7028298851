"""Form definitions, drafts and submissions."""
