"""Write short.csv: the K of the strings over 4, 5, 6 and 9 symbols that documented numbers rest on.

    pip download "pybdm==0.1.0" --no-deps
    python make_short.py pybdm-0.1.0-py2.py3-none-any.whl > short.csv

The published tables hold 1.3 to 4.6 million rows each, too many to keep. The nine-symbol one takes some twenty seconds and
1.2 GiB. The tables are those of acss.data 1.2 too.
"""

import csv
import gzip
import pickle
import sys
import zipfile

from published import Dictionaries


def normalized(string):
    numbers = {}
    return "".join(str(numbers.setdefault(c, len(numbers))) for c in string)


def windows(string, length, step=1):
    return {string[at : at + length] for at in range(0, len(string) - length + 1, step)}


PSYCHOLOGY = "SSOOXFXFOXXOXOXFFXXXSOTTOFFFXX"
# numpy.random.seed(303); numpy.random.randint(0, 4, (100,)), of PyBDM's USAGE.rst.
USAGE = "3021010112202231032130322320120031200001322321023012032200302103330332223333211213102033321202313311"
NINE = "012345678885"

# By table: the strings of acss's tests, examples and vignette, of PyBDM's tests, and of its USAGE.rst.
WANTED = {
    "ctm-b4-d12": {"01011100", "00030101", "GHHGGHGHUE", *windows("aaabcbad", 6), *windows(USAGE, 12, 12), "0" * 12},
    "ctm-b5-d12": {"010120123", "GHHGGHGHUE", *windows("010120123", 5), *windows("01011010111", 5)},
    "ctm-b6-d12": {"GHHGGHGHUE"},
    "ctm-b9-d12": {
        *("0", "000", NINE, "424", "HEHHEE", "GHHGGHGHH", "HSHSHHSHSS", "GHHGGHGHUE", "412154051842"),
        *windows("GHHGGHGHUE", 7),
        *windows(PSYCHOLOGY, 10, 10),
        *windows(PSYCHOLOGY, 5, 5),
    },
}


def main(wheel):
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["table", "string", "k"])
    for table, wanted in WANTED.items():
        with zipfile.ZipFile(wheel) as files, files.open(f"pybdm/ctmdata/{table}.pkl.gz") as packed:
            with gzip.open(packed) as raw:
                data = Dictionaries(raw).load()
        strings = {normalized(string) for string in wanted}
        # The dearest string of the longest shape prices what is missing, and is the top of normalised values.
        strings.add(max(data[(12,)], key=lambda string: (data[(12,)][string], string)))
        for string in sorted(strings, key=lambda string: (len(string), string)):
            if string in data[(len(string),)]:
                out.writerow([table, string, repr(float(data[(len(string),)][string]))])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_short.py pybdm-0.1.0-py2.py3-none-any.whl")
    main(sys.argv[1])
