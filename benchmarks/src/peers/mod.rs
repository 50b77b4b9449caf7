//! The peers, each in a file of its own.

mod axis;
mod reference;

pub use axis::Axis;
pub use reference::Reference;
