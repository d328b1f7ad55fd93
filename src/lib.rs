//! Turmite: facade.
