"""`python -m bespeak` is `bespeak`."""

import sys

from bespeak.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
