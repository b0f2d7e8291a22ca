//! Khaya.
fn main() {}
