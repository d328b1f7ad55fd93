"""Effects of all single-bit changes in PyBDM 0.1.0: the jobs "40,000 bits" of perturb.rs, on the same bits.

    python -m venv env && env/bin/pip install "pybdm==0.1.0" "setuptools<80" numpy
    env/bin/python benches/perturb.py

Prints CPU seconds, the least of three runs, and changes a second; and the sum of the effects.
"""

import time
import warnings

warnings.filterwarnings("ignore")

import numpy as np
from pybdm import BDM, PerturbationExperiment


def bits(length):
    """The low bits of a linear congruence, as in perturb.rs."""
    state, out = 1, np.empty(length, dtype=int)
    for at in range(length):
        state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        out[at] = state >> 40 & 1
    return out


for name, shape in [("line", (40_000,)), ("square", (200, 200))]:
    bdm = BDM(ndim=len(shape))
    data = bits(40_000).reshape(shape)
    spent = []
    for _ in range(3):
        start = time.process_time()
        effects = PerturbationExperiment(bdm, data.copy()).run()
        spent.append(time.process_time() - start)
    print(f"{name}: {min(spent):.2f} s, {40_000 / min(spent):,.0f} changes a second, sum {effects.sum():.9f}")
