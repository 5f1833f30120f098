"""`make load`: a thousand streams at once, as a table. `make load ARGS=200` for another number."""

import asyncio
import sys

from tests.bench.tables import print_quantiles
from tests.load.streams import Load, run

STREAMS = 1000


def report(load: Load) -> None:
    """The table."""
    print(f"{len(load.streams)} streams on one provider, {load.at_once} at once, in {load.took_s:.1f} s; goal: no failure")
    print(f"  failures                 {len(load.failures)}")
    for failure in sorted(set(load.failures))[:10]:
        print(f"    {load.failures.count(failure):>5} × {failure}")
    print(
        f"  processor time           {load.cpu_s:.1f} s ({100 * load.cpu_s / load.took_s:.0f} % of a core), {load.waited_s:.1f} s more it waited for one"
    )
    grown_mb = load.resident_peak_mb - load.resident_before_mb
    each_kb = 1000 * grown_mb / len(load.streams)
    print(
        f"  memory                   {load.resident_before_mb:.0f} MB before, {load.resident_peak_mb:.0f} MB at most, {each_kb:.0f} kB a stream"
    )
    print(f"  sockets still open       {load.sockets_left}")
    rows = {
        "measured": load.ttft_ms,
        "true (server's stamps)": load.true_ms,
        "|measured − true|": [abs(e) for e in load.errors_ms],
    }
    print_quantiles("TTFT", rows)


def main(arguments: list[str]) -> int:
    load = asyncio.run(run(int(arguments[0]) if arguments else STREAMS))
    report(load)
    return 1 if load.failures or load.sockets_left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
