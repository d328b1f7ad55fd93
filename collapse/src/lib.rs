//! Self-training loops: simulation, drift and mechanism tests, labels.
