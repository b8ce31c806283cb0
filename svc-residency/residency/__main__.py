"""python -m residency api | worker | migrate | describe."""

from chassis.process import main
from residency.blueprint import BLUEPRINT

main(BLUEPRINT)
