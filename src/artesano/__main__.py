"""`python -m artesano` is the same as the `artesano` command."""

import sys

from artesano.cli import main

sys.exit(main())
