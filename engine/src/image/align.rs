//! An image in flash, aligned.

/// Bytes at an address divisible by 64, a cache line and the widest vector.
///
/// ```
/// use musigan_engine::image::Aligned64;
/// static IMAGE: Aligned64<[u8; 3]> = Aligned64(*b"abc");
/// assert_eq!(IMAGE.0.as_ptr().addr() % 64, 0);
/// ```
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Aligned64<T: ?Sized>(pub T);

/// Includes an image file in the program, aligned: `include_bytes!` for [`Image`](crate::Image).
///
/// Gives a `&'static [u8]`; the path is relative to the source file, as in `include_bytes!`.
#[macro_export]
macro_rules! include_image {
    ($path:expr) => {{
        static IMAGE: &$crate::image::Aligned64<[u8]> =
            &$crate::image::Aligned64(*::core::include_bytes!($path));
        &IMAGE.0
    }};
}
