"""Write gopher.jsonl: see README.md. Takes the counting functions out of datatrove's wheel and nothing else, since its
module imports a tokenizer."""

import ast
import json
import random
import re
import sys
import zipfile
from collections import Counter

MODULE = "datatrove/pipeline/filters/gopher_repetition_filter.py"
WANTED = {"get_n_grams", "find_duplicates", "find_top_duplicate", "find_all_duplicate"}


def functions(wheel):
    with zipfile.ZipFile(wheel) as files:
        tree = ast.parse(files.read(MODULE))
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in WANTED]
    names = {"Counter": Counter}
    exec(compile(tree, MODULE, "exec"), names)
    return names


def fractions(text, f):
    """The numbers that GopherRepetitionFilter.filter compares with its limits."""
    words, size = text.split(), len(text)
    lines = re.compile("\n+").split(text)
    paragraphs = re.compile(r"\n{2,}").split(text.strip())
    (more_lines, line_chars), (more_paragraphs, paragraph_chars) = map(f["find_duplicates"], (lines, paragraphs))
    out = [more_lines / len(lines), more_paragraphs / len(paragraphs), line_chars / size, paragraph_chars / size]
    for n in (2, 3, 4):
        grams = f["get_n_grams"](words, n)
        out.append(f["find_top_duplicate"](grams) / size if grams else None)
    out.extend(f["find_all_duplicate"](words, n) / size for n in range(5, 11))
    return out


def made_up(rng):
    words = ["a", "bc", "abc", "ä", "日本", "the", "turmite", "0101", "c"][: rng.randint(1, 9)]
    breaks = [" ", " ", " ", " ", "  ", "\t", "\u00a0", "\x1c", "\n", "\n", "\n\n", "\n\n\n", " \n", "\r\n"]
    text = "".join(rng.choice(words) + rng.choice(breaks) for _ in range(rng.randint(0, 60)))
    return rng.choice(["", "\n", "\n\n"]) + text * rng.randint(1, 3) or "\n"


def main(wheel):
    f, rng = functions(wheel), random.Random(11)
    for _ in range(60):
        text = made_up(rng)
        print(json.dumps({"text": text, "fractions": fractions(text, f)}))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_gopher.py datatrove-0.10.1-py3-none-any.whl")
    main(sys.argv[1])
