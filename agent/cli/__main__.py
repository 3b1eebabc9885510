"""`python -m agent.cli` is `deskhand`."""

import sys

from agent.cli.main import main

sys.exit(main())
