"""Journeys as people make them: through the gateway only, checked against the public API and the outside bodies' records."""
