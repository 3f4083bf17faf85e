"""`python -m sandbox`: start the shop on this computer."""

import argparse
import os
from pathlib import Path

import uvicorn
from sqlalchemy.orm import Session

from sandbox.app import create_app
from sandbox.database import open_database
from sandbox.faults import FaultPlan
from sandbox.security import CALLS_PER_SECOND, DEMO_API_KEY
from sandbox.seed import seed
from sandbox.times import utc_now


def main() -> None:
    """Read the options, fill the database where it is empty, serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="interface (default: %(default)s)")
    parser.add_argument("--port", type=int, default=5080, help="port (default: %(default)s)")
    parser.add_argument("--db", default="sandbox.db", help="SQLite file (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="which shop (default: %(default)s)")
    parser.add_argument("--fresh", action="store_true", help="throw the old shop away first")
    parser.add_argument(
        "--api-key",
        action="append",
        help="what clients must send; may be repeated (default: $SANDBOX_API_KEY, else the demo's)",
    )
    parser.add_argument(
        "--rate",
        type=float,
        default=CALLS_PER_SECOND,
        help="calls per second that each key may make (default: %(default)s)",
    )
    parser.add_argument(
        "--fault",
        type=FaultPlan.read,
        metavar="KIND[:PATH[:TIMES]]",
        help="what goes wrong: slow, 500, 429, garbage, wrong or lost, as in lost:/refunds:1",
    )
    parser.add_argument(
        "--allow-faults",
        action="store_true",
        help="let a request ask for a fault with the header X-Sandbox-Fault",
    )
    options = parser.parse_args()
    if options.fresh:
        for suffix in ("", "-wal", "-shm"):
            Path(options.db + suffix).unlink(missing_ok=True)
    database = open_database(options.db)
    with Session(database) as session, session.begin():
        seed(session, seed=options.seed, now=utc_now())
    print(f"CloudMart sandbox: orders to try at http://{options.host}:{options.port}/", flush=True)
    uvicorn.run(
        create_app(
            database,
            api_keys=options.api_key or [os.environ.get("SANDBOX_API_KEY", DEMO_API_KEY)],
            calls_per_second=options.rate,
            with_faults=options.allow_faults,
            fault=options.fault,
        ),
        host=options.host,
        port=options.port,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
