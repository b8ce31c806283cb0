"""Simulators of the outside bodies: the same wire, computed people, magic numbers, faults on demand, a movable clock."""
