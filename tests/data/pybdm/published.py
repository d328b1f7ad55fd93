"""Write a published table of PyBDM 0.1.0 as CSV, for `turmite table import`.

    pip download "pybdm==0.1.0" --no-deps
    python published.py pybdm-0.1.0-py2.py3-none-any.whl ctm-b4-d12 > b4.csv
    turmite table import b4.csv --space 4x4-1d --out b4.ctm

Needs nothing but Python: the tables are read out of the wheel, which is a zip file of gzipped pickles, and of a pickle's
classes only dictionaries are let in. The nine-symbol table takes some twenty seconds and 1.2 GiB.
"""

import csv
import gzip
import pickle
import sys
import zipfile
from collections import OrderedDict, defaultdict

DICTIONARIES = {"builtins.dict": dict, "collections.OrderedDict": OrderedDict, "collections.defaultdict": defaultdict}


class Dictionaries(pickle.Unpickler):
    def find_class(self, module, name):
        if f"{module}.{name}" in DICTIONARIES:
            return DICTIONARIES[f"{module}.{name}"]
        raise pickle.UnpicklingError(f"{module}.{name}: no business in a table of numbers")


def main(wheel, name):
    with zipfile.ZipFile(wheel) as files, files.open(f"pybdm/ctmdata/{name}.pkl.gz") as packed:
        with gzip.open(packed) as raw:
            data = Dictionaries(raw).load()
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["string", "shape", "k"])
    for shape in sorted(data):
        for string in sorted(data[shape]):
            out.writerow([string, "x".join(map(str, shape)), repr(float(data[shape][string]))])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: published.py WHEEL TABLE, e.g. pybdm-0.1.0-py2.py3-none-any.whl ctm-b2-d12")
    main(*sys.argv[1:])
