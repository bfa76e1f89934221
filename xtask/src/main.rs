//! Placeholder that its first commit replaces.
fn main() {}
