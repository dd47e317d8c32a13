"""What the server of the tests' processes has imported: the product's own, and the workers of sweeps."""

import artesano.experiment.fork_server
import artesano.sweep.run  # noqa: F401
import shortcuts  # noqa: F401
