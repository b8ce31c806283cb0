"""The doors of identity: accounts for everybody, activations for clerks, one's own account, OAuth, and the pages."""
