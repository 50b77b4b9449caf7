//! Layer 4 of AXIS: how it runs.
#![deny(missing_docs)]
