"""Write the golden files of this folder from PyBDM 0.1.0, the reference implementation.

    python -m venv env && env/bin/pip install "pybdm==0.1.0" "setuptools<80" numpy
    env/bin/python make_golden.py

Every input comes from a generator with a fixed seed, so a second run writes the same bytes. PyBDM needs
`pkg_resources`, which setuptools dropped in version 82; nothing that it computes is touched here. The nine-symbol
table takes some twenty seconds and 1.2 GiB to load.
"""

import csv
import gzip
import io
import json
import random
import warnings
from importlib.metadata import version
from pathlib import Path

warnings.filterwarnings("ignore")

import numpy as np
from pybdm import BDM, PartitionCorrelated, PartitionIgnore, PartitionRecursive
from pybdm.encoding import normalize_key, string_from_array
from pybdm.utils import get_ctm_dataset

HERE = Path(__file__).parent
SOURCE = "PyBDM " + version("pybdm")
# The class that no 5-state machine writes within 500 steps; PyBDM's table holds an invented value for it.
MISSING_CLASS = "000110100111"


def dump(name, head, rows):
    with open(HERE / name, "w", newline="\n") as out:
        for row in [head, *rows]:
            out.write(json.dumps(row) + "\n")


def draw_string(rng):
    """A string of one of four kinds, so that repeats and rare blocks both occur."""
    length = rng.randint(1, 300)
    kind = rng.randrange(4)
    if kind == 0:
        return "".join(rng.choice("01") for _ in range(length))
    if kind == 1:
        unit = "".join(rng.choice("01") for _ in range(rng.randint(1, 14)))
        return (unit * length)[:length]
    if kind == 2:
        p = rng.choice([0.05, 0.2, 0.8])
        return "".join("1" if rng.random() < p else "0" for _ in range(length))
    blocks = ["".join(rng.choice("01") for _ in range(12)) for _ in range(3)] + [MISSING_CLASS]
    return "".join(rng.choice(blocks) for _ in range(26))[:length]


def partition_of(rng, ndim):
    name = rng.choice(["ignore", "recursive", "correlated"])
    if name == "ignore":
        return {"partition": name}, PartitionIgnore, {}
    if name == "recursive":
        options = {"min_length": rng.randint(1, 6 if ndim == 1 else 3)}
        return {"partition": name, **options}, PartitionRecursive, options
    options = {"shift": rng.randint(1, 7 if ndim == 1 else 5)}
    return {"partition": name, **options}, PartitionCorrelated, options


def measure(bdm, x, name):
    """The numbers of one record; null where PyBDM finds no block or gives no sound answer."""
    blocks = sum(bdm.decompose_and_count(x, lookup_ctm=False).values())
    if blocks == 0:
        return {"blocks": 0, "bdm": None, "ent": None, "nbdm": None, "nent": None}
    out = {"blocks": blocks, "bdm": float(bdm.bdm(x)), "ent": float(bdm.ent(x)), "nbdm": None, "nent": None}
    if name == "ignore":
        out["nbdm"] = float(bdm.nbdm(x))
        # A single block has entropy 0 of at most 0: PyBDM answers nan.
        out["nent"] = float(bdm.nent(x)) if blocks > 1 else None
    return out


def strings():
    rng = random.Random(20180801)
    rows = []
    for _ in range(1000):
        text = draw_string(rng)
        words, partition, options = partition_of(rng, 1)
        bdm = BDM(ndim=1, partition=partition, **options)
        x = np.array([int(c) for c in text])
        counter = bdm.decompose_and_count(x)
        missing = any(normalize_key(key) == MISSING_CLASS for key, _ in counter)
        rows.append({"string": text, **words, **measure(bdm, x, words["partition"]), "missing_class": missing})
    dump("strings.jsonl", {"source": SOURCE, "table": "CTM-B2-D12", "block": "12", "seed": 20180801}, rows)


def arrays():
    rng = random.Random(20180802)
    rows = []
    for _ in range(1000):
        height, width = rng.randint(4, 30), rng.randint(4, 30)
        kind = rng.randrange(3)
        p = rng.choice([0.02, 0.1, 0.5])
        if kind == 0:
            x = np.array([[int(rng.random() < p) for _ in range(width)] for _ in range(height)])
        elif kind == 1:
            tile = [[rng.randrange(2) for _ in range(rng.randint(1, 5))] for _ in range(rng.randint(1, 5))]
            x = np.array([[tile[i % len(tile)][j % len(tile[i % len(tile)])] for j in range(width)] for i in range(height)])
        else:
            x = np.array([[rng.randrange(2) for _ in range(width)] for _ in range(height)])
        words, partition, options = partition_of(rng, 2)
        bdm = BDM(ndim=2, partition=partition, **options)
        text = ["".join(map(str, row)) for row in x]
        rows.append({"rows": text, **words, **measure(bdm, x, words["partition"])})
    dump("arrays.jsonl", {"source": SOURCE, "table": "CTM-B2-D4x4", "block": "4x4", "seed": 20180802}, rows)


def table(name, path):
    """One row a complement class: string, shape, K. Lengths in order, strings in order."""
    data, _ = get_ctm_dataset(name)
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["string", "shape", "k"])
    for shape in sorted(data):
        for string in sorted(data[shape]):
            out.writerow([string, "x".join(map(str, shape)), repr(float(data[shape][string]))])
    raw = text.getvalue().encode()
    if path.endswith(".gz"):
        # No time and no name in the header: the same values give the same bytes.
        raw = gzip.compress(raw, 9, mtime=0)
    (HERE / path).write_bytes(raw)


def larger_alphabets():
    """Records over 4 and 9 symbols, each with the values of its own blocks and the extremes of their shapes."""
    rows = []

    def add(symbols, cells, name, options):
        partition = {"ignore": PartitionIgnore, "recursive": PartitionRecursive}[name]
        bdm = BDM(ndim=1, nsymbols=symbols, partition=partition, **options)
        x = np.array(cells)
        values = {}
        for block in bdm.decompose(x):
            held = bdm._ctm[block.shape]
            key = normalize_key(string_from_array(block))
            if key in held:
                values[key] = float(held[key])
        for shape in {(12,), *(block.shape for block in bdm.decompose(x))}:
            held = bdm._ctm[shape]
            for extreme in (next(iter(held)), next(reversed(held))):
                values[extreme] = float(held[extreme])
        rows.append({"nsymbols": symbols, "cells": [int(c) for c in cells], "partition": name, **options,
                     **measure(bdm, x, name), "values": dict(sorted(values.items()))})

    np.random.seed(303)
    add(4, np.random.randint(0, 4, (100,)), "ignore", {})
    rng = random.Random(20180803)
    for _ in range(20):
        length = rng.randint(12, 200)
        name = rng.choice(["ignore", "recursive"])
        options = {"min_length": rng.randint(1, 4)} if name == "recursive" else {}
        add(4, [rng.randrange(4) for _ in range(length)], name, options)

    first = [0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 5]
    absent = [4, 1, 2, 1, 5, 4, 0, 5, 1, 8, 4, 2]
    add(9, [0], "recursive", {"min_length": 1})
    add(9, [0, 0, 0], "recursive", {"min_length": 1})
    add(9, first, "ignore", {})
    add(9, [2, 1, 0, 3, 4, 5, 6, 7, 8, 8, 8, 5], "ignore", {})
    add(9, first + [4, 2, 4], "recursive", {"min_length": 1})
    add(9, absent, "ignore", {})
    add(9, absent + first + first, "ignore", {})
    dump("alphabets.jsonl", {"source": SOURCE, "tables": ["CTM-B4-D12", "CTM-B9-D12"], "block": "12",
                             "missing": "max-plus-one"}, rows)


if __name__ == "__main__":
    table("CTM-B2-D12", "ctm-b2-d12.csv")
    table("CTM-B2-D4x4", "ctm-b2-d4x4.csv.gz")
    strings()
    arrays()
    larger_alphabets()
