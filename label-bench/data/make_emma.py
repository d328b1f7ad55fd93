#!/usr/bin/env python3
"""Makes emma.txt from Debian's package r-cran-janeaustenr: one paragraph a line, without title and headings.

    apt-get download r-cran-janeaustenr && dpkg-deb -x r-cran-janeaustenr_*.deb x && python3 make_emma.py x

The package keeps each novel as a character vector in R's serialisation (format 3, XDR), compressed by zlib."""

import pathlib
import struct
import sys
import zlib

FOLDER = "usr/lib/R/site-library/janeaustenr/data/Rdata.rdb"


def objects(raw):
    """The serialised objects: each a length of four bytes and a zlib stream."""
    at = 0
    while at < len(raw):
        stream = zlib.decompressobj()
        yield stream.decompress(raw[at + 4:])
        at = len(raw) - len(stream.unused_data)


def strings(data):
    """The strings of one serialised character vector."""
    word = lambda at: struct.unpack(">i", data[at:at + 4])[0]
    assert data[:2] == b"X\n" and word(2) == 3
    at = 18 + word(14)
    assert word(at) & 0xFF == 16
    count, at = word(at + 4), at + 8
    for _ in range(count):
        length = word(at + 4)
        yield data[at + 8:at + 8 + max(length, 0)].decode()
        at += 8 + max(length, 0)


def main():
    raw = (pathlib.Path(sys.argv[1]) / FOLDER).read_bytes()
    novel = next(n for n in map(list, map(strings, objects(raw))) if n[0] == "EMMA")
    paragraphs, lines = [], []
    for line in novel[novel.index("CHAPTER I"):] + [""]:
        if line.strip():
            lines.append(line.strip())
            continue
        paragraph, lines = " ".join(lines), []
        if paragraph and not paragraph.startswith(("CHAPTER ", "VOLUME ")) and paragraph != "FINIS":
            paragraphs.append(paragraph)
    pathlib.Path(__file__).with_name("emma.txt").write_text("\n".join(paragraphs) + "\n")


main()
