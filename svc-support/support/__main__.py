"""python -m support api | worker | migrate | describe."""

from chassis.process import main
from support.blueprint import BLUEPRINT

main(BLUEPRINT)
