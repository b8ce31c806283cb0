"""The employers', heads of households', holders' and integrators' door: routers and the shapes that pass through."""
