//! Layer 3 of AXIS: what the business accepts.
#![deny(missing_docs)]
