"""The citizens', integrators' and staff's door: routers and the shapes that pass through."""
