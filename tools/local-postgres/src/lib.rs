//! Private PostgreSQL clusters and template databases.
#![deny(missing_docs)]
