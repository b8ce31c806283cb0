"""HTTP at the edges: the app a service serves, who is calling, and the one client for calling others."""
