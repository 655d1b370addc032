"""Ten thousand trajectories of a birth-death process: bands, histograms against time, and the law that they follow."""

import math
import sys

import numpy as np

import symnum as sn

net = sn.reaction_network("k, 0 --> X; g, X --> 0", parameters={"k": 30.0, "g": 1.0}, initial={"X": 0}, name="births")
simulator = sn.build_simulator(net, kind="ssa")
ensemble = simulator.ensemble(10_000, t_eval=np.linspace(0.0, 8.0, 101), seed=2024)
print(ensemble)

mean = 30.0 * (1.0 - np.exp(-ensemble.t))
error = np.abs(ensemble.mean("X") - mean)[1:] / np.sqrt(mean[1:] / ensemble.n)
print(f"mean: largest deviation from the exact law {error.max():.2f} standard errors")

found = ensemble.histogram("X")
exact = [math.exp(k * math.log(mean[-1]) - mean[-1] - math.lgamma(k + 1)) for k in found.edges[:-1]]
print(f"histogram at t = 8: total variation {0.5 * np.abs(found.density - exact).sum():.4f}")

if len(sys.argv) > 1:
    ensemble.plot_histogram_over_time("X").figure.savefig(sys.argv[1])
