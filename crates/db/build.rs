//! Rebuilds the crate when a migration is added, changed or removed: `embed_migrations!` alone
//! notices none of these.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../../migrations");
}
