// What the linker's script has to know, too: the build script includes this file.

/// Bytes of stack, the guard at its end among them.
pub(crate) const STACK: usize = 24 * 1_024;
