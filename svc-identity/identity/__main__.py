"""`python -m identity api | worker | migrate | describe | seed | first-administrator | approve-role-change | rotate-keys`."""

import sys

from chassis.process import main
from identity.blueprint import BLUEPRINT
from identity.commands import COMMANDS, run

if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in COMMANDS:
        run(sys.argv[1], sys.argv[2:])
    else:
        main(BLUEPRINT)
