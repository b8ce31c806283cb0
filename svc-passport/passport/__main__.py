"""python -m passport api | worker | migrate | describe."""

from chassis.process import main
from passport.blueprint import BLUEPRINT

main(BLUEPRINT)
