"""Run the jobs of benches/score.rs and the same jobs in PyBDM 0.1.0, and print a table with the ratios.

    python -m venv env && env/bin/pip install "pybdm==0.1.0" "setuptools<80" numpy
    env/bin/python benches/pybdm_compare.py

CPU time of one thread on both sides, so that other work on the machine matters little; the median of several runs.
Stops if the values of a job differ by more than one part in 10^9.
"""

import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import numpy as np
from pybdm import BDM, PartitionCorrelated

ROOT = Path(__file__).resolve().parent.parent
ESTIMATES = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "criterion" / "score"


def data(length):
    """The bytes of benches/score.rs as bits."""
    state, out = 1, bytearray()
    for _ in range(length):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append(state >> 56)
    return np.unpackbits(np.frombuffer(bytes(out), dtype=np.uint8)).astype(int)


BITS = data(1 << 17)


def square(side):
    return BITS[: side * side].reshape(side, side)


def jobs():
    """Name, scorer, records, runs."""
    line, plane = BDM(ndim=1), BDM(ndim=2)
    every_line = BDM(ndim=1, partition=PartitionCorrelated, shift=1)
    every_plane = BDM(ndim=2, partition=PartitionCorrelated, shift=1)
    yield "string of 2^20 bits", line, [BITS], 3
    yield "1000 records of 256 bits", line, BITS[:256000].reshape(1000, 256), 3
    yield "20 records of 24000 bits", line, BITS[:480000].reshape(20, 24000), 3
    yield "string of 2^18 bits, every shift", every_line, [BITS[: 1 << 18]], 3
    yield "square of 1024x1024", plane, [square(1024)], 3
    yield "square of 256x256, every shift", every_plane, [square(256)], 3


def in_pybdm(bdm, records, runs):
    """Value in bits and seconds."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        value = sum(bdm.bdm(record) for record in records)
        times.append(time.process_time() - start)
    return value, statistics.median(times)


def in_turmite():
    """Value in bits and seconds of every job."""
    command = ["cargo", "bench", "--bench", "score", *sys.argv[1:]]
    out = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    values = [line[len("value of ") :].rsplit(": ", 1) for line in out.splitlines() if line.startswith("value of ")]
    found = {}
    for path in ESTIMATES.glob("*/new/benchmark.json"):
        benchmark = json.loads(path.read_text())
        seconds = json.loads((path.parent / "estimates.json").read_text())["median"]["point_estimate"] * 1e-9
        found[benchmark["function_id"]] = (seconds, benchmark["throughput"]["Bits"])
    return {name: (float(value), *found[name]) for name, value in values}


def main():
    theirs = {name: in_pybdm(bdm, records, runs) for name, bdm, records, runs in jobs()}
    print("| job | turmite | PyBDM 0.1.0 | ratio |\n| --- | --- | --- | --- |")
    for name, (value, seconds, bits) in in_turmite().items():
        speed = f"{bits / seconds * 1e-9:.2f} Gbit/s"
        if name not in theirs:
            print(f"| {name} | {speed} | | |")
            continue
        other, slow = theirs[name]
        if abs(value - other) > 1e-9 * other:
            sys.exit(f"{name}: found {value} bits, but PyBDM {other}")
        print(f"| {name} | {speed} | {bits / slow * 1e-6:.3f} Mbit/s | {slow / seconds:,.0f} |")


main()
