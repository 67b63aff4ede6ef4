"""`python -m paceline`: how the service is started, wherever the command itself is."""

import sys

from paceline.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
