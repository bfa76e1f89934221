#![deny(unsafe_code)]
#![no_std]
//! Placeholder that its first commit replaces.
