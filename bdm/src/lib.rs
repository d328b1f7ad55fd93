//! Block Decomposition Method: the complexity of large objects from tables of small ones.
