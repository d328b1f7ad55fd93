"""Write the files of this folder: what acss 0.3-2 measured of people, and the published K of their strings.

    python -m venv env && env/bin/pip install rdata
    env/bin/pip download "pybdm==0.1.0" --no-deps
    git clone https://github.com/cran/acss
    env/bin/python make_acss.py acss/data pybdm-0.1.0-py2.py3-none-any.whl

acss's own tables (acss.data 1.2) are those of PyBDM. Strings are written by the first occurrence of their symbols and in
order, which is all that K rests on; ages and deviations are left out.
"""

import csv
import gzip
import sys
import zipfile
from collections import Counter
from pathlib import Path

import rdata

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "pybdm"))
from published import Dictionaries


def normalized(string):
    numbers = {}
    return "".join(str(numbers.setdefault(c, len(numbers))) for c in string)


def published(wheel, symbols, length):
    with zipfile.ZipFile(wheel) as files, files.open(f"pybdm/ctmdata/ctm-b{symbols}-d12.pkl.gz") as packed:
        with gzip.open(packed) as raw:
            return {string: float(k) for string, k in Dictionaries(raw).load()[(length,)].items()}


def write(name, header, rows):
    with open(HERE / name, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(sorted(rows))


def class_size(string, symbols):
    """How many strings become this one: count_class of acss."""
    size = 1
    for used in range(len(set(string))):
        size *= symbols - used
    return size


def main(folder, wheel):
    def table(name):
        return rdata.read_rda(f"{folder}/{name}.rda")[name]

    k = published(wheel, 4, 10)
    write("exp1.csv", ["string", "k"], [(s, repr(k[s])) for s in map(normalized, table("exp1")["string"])])
    sizes = Counter({string: class_size(string, 4) for string in k})
    print("mean K of", sizes.total(), "strings:", repr(sum(k[s] * n for s, n in sizes.items()) / sizes.total()))

    k = published(wheel, 6, 10)
    rows = zip(map(normalized, table("exp2")["string"]), table("exp2")["response"])
    write("exp2.csv", ["string", "k", "random"], [(s, repr(k[s]), int(answer == "random")) for s, answer in rows])

    rows = zip(map(normalized, table("matthews2013")["string"]), map(repr, map(float, table("matthews2013")["mean"])))
    write("matthews2013.csv", ["string", "mean"], rows)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: make_acss.py acss/data pybdm-0.1.0-py2.py3-none-any.whl")
    main(*sys.argv[1:])
