"""`python -m purpose_agent` is the same command as `purpose-agent`."""

import sys

from purpose_agent.cli import main

if __name__ == "__main__":
    sys.exit(main())
