"""`python -m delivery api | worker | migrate | describe`."""

from chassis.process import main
from delivery.blueprint import BLUEPRINT

main(BLUEPRINT)
