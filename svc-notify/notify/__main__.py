"""`python -m notify api | worker | migrate | describe`."""

from chassis.process import main
from notify.blueprint import BLUEPRINT

if __name__ == "__main__":
    main(BLUEPRINT)
