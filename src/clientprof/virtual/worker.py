"""The worker of exact counts: enters the world in memory, then is the ordinary worker, under lenses of its own."""

import os
import sys

from clientprof.virtual.world import World, WorldPlan


def main() -> int:
    """Run the worker; exit code 0 when the run file was written."""
    plan = WorldPlan.read(os.environ)
    world = World(seed=1)
    world.enter()
    # Only now, because they take clocks and sockets by name.
    from clientprof.virtual.exact_lenses import lenses_in
    from clientprof.workload import worker
    from clientprof.workload.lenses import LENSES

    world.serve(plan)
    LENSES.update(lenses_in(world))
    return worker.main()


if __name__ == "__main__":
    sys.exit(main())
