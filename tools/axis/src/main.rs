//! AXIS's tool: a private PostgreSQL, the generator, and the checks.
fn main() {}
