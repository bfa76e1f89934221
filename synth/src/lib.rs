#![no_std]
#![forbid(unsafe_code)]
//! Placeholder that its first commit replaces.
