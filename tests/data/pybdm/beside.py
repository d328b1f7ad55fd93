"""Run PyBDM 0.1.0 on random cases, for `cargo xtask pybdm`, which runs turmite on the same and compares.

    python beside.py FOLDER CASES

Writes FOLDER/<table>.csv, the published values for `turmite table import`, and FOLDER/cases.jsonl: records over 2 to 9
symbols in one and two dimensions under the three partitions, with BDM, entropy, their normalised values where PyBDM
defines them, and single-symbol perturbations: as its PerturbationExperiment answers, and as the difference of its own values
before and after. Null is where PyBDM raises an error or answers nan.
"""

import csv
import json
import random
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import numpy as np
from pybdm import BDM, PartitionCorrelated, PartitionIgnore, PartitionRecursive, PerturbationExperiment
from pybdm.utils import get_ctm_dataset

PARTITIONS = {"ignore": PartitionIgnore, "recursive": PartitionRecursive, "correlated": PartitionCorrelated}
# The table of an alphabet: the least that has as many symbols.
TABLES = {2: 2, 3: 4, 4: 4, 5: 5, 6: 6, 7: 9, 8: 9, 9: 9}


def draw_line(rng, symbols):
    length = rng.randint(1, 250)
    kind = rng.randrange(3)
    if kind == 0:
        return [rng.randrange(symbols) for _ in range(length)]
    if kind == 1:
        unit = [rng.randrange(symbols) for _ in range(rng.randint(1, 14))]
        return (unit * length)[:length]
    p = rng.choice([0.05, 0.3])
    return [rng.randrange(symbols) if rng.random() < p else 0 for _ in range(length)]


def draw_array(rng):
    height, width = rng.randint(3, 26), rng.randint(3, 26)
    p = rng.choice([0.05, 0.2, 0.5])
    return [[int(rng.random() < p) for _ in range(width)] for _ in range(height)]


def attempt(compute):
    """A number, or null where PyBDM has none."""
    try:
        value = float(compute())
    except Exception:
        return None
    return value if np.isfinite(value) else None


def case(rng, engines):
    dims = rng.choice([1, 1, 2])
    symbols = 2 if dims == 2 else rng.randint(2, 9)
    cells = draw_array(rng) if dims == 2 else draw_line(rng, symbols)
    name = rng.choice(list(PARTITIONS))
    options = {}
    if name == "recursive":
        options = {"min_length": rng.randint(1, 6 if dims == 1 else 3)}
    if name == "correlated":
        options = {"shift": rng.randint(1, 7 if dims == 1 else 5)}
    key = (dims, TABLES[symbols], name, *options.values())
    if key not in engines:
        engines[key] = BDM(ndim=dims, nsymbols=TABLES[symbols], partition=PARTITIONS[name], raise_if_zero=False, **options)
    bdm = engines[key]
    x = np.array(cells)
    blocks = sum(bdm.decompose_and_count(x, lookup_ctm=False).values())
    out = {"dims": dims, "table": f"ctm-b{TABLES[symbols]}-{'d12' if dims == 1 else 'd4x4'}", "cells": x.ravel().tolist(),
           "axes": list(x.shape), "partition": name, **options, "blocks": blocks}
    out["bdm"] = attempt(lambda: bdm.bdm(x)) if blocks else None
    out["ent"] = attempt(lambda: bdm.ent(x)) if blocks else None
    if name == "ignore" and blocks:
        out["nbdm"] = attempt(lambda: bdm.nbdm(x))
        out["nent"] = attempt(lambda: bdm.nent(x))
    changes = []
    for metric in ("bdm", "ent") if blocks else ():
        experiment = PerturbationExperiment(bdm, x.copy(), metric=metric)
        for _ in range(2):
            cell = rng.randrange(x.size)
            place = np.unravel_index(cell, x.shape)
            value = rng.randrange(TABLES[symbols])
            effect = attempt(lambda: experiment.perturb(place, value))
            changed = x.copy()
            changed[place] = value
            measure = bdm.bdm if metric == "bdm" else bdm.ent
            recomputed = attempt(lambda: measure(changed) - measure(x))
            changes.append(
                {"metric": metric, "cell": cell, "value": value, "effect": effect, "recomputed": recomputed}
            )
    return {**out, "changes": changes}


def main(folder, count):
    folder = Path(folder)
    engines = {}
    rng = random.Random(20181124)
    with open(folder / "cases.jsonl", "w", newline="\n") as out:
        for _ in range(count):
            out.write(json.dumps(case(rng, engines)) + "\n")
    for name in ["ctm-b2-d12", "ctm-b4-d12", "ctm-b5-d12", "ctm-b6-d12", "ctm-b9-d12", "ctm-b2-d4x4"]:
        data, _ = get_ctm_dataset(name.upper().replace("D4X4", "D4x4"))
        with open(folder / f"{name}.csv", "w", newline="") as raw:
            rows = csv.writer(raw, lineterminator="\n")
            rows.writerow(["string", "shape", "k"])
            for shape in sorted(data):
                for string in sorted(data[shape]):
                    rows.writerow([string, "x".join(map(str, shape)), repr(float(data[shape][string]))])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: beside.py FOLDER CASES")
    main(sys.argv[1], int(sys.argv[2]))
