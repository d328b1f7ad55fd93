#!/bin/sh
# Makes kjv.txt from Debian's packages bible-kjv and bible-kjv-text: the verses of Genesis to Joshua, one a line, without their numbers.
set -eu
cd "$(dirname "$0")"
bible -f gen1:1-jos24:33 </dev/null | sed -n 's/^[0-9]*[A-Z][a-z]*[0-9]*:[0-9]* *//p' > kjv.txt
wc kjv.txt
