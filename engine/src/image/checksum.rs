//! The CRC-32 of an image.

use crc::{CRC_32_ISO_HDLC, Crc, Digest};

/// Sixteen tables are the fastest form, one is the smallest.
#[cfg(target_pointer_width = "64")]
type Table = crc::Table<16>;
#[cfg(not(target_pointer_width = "64"))]
type Table = crc::Table<1>;
type Running = Digest<'static, u32, Table>;
static CRC: Crc<u32, Table> = Crc::<u32, Table>::new(&CRC_32_ISO_HDLC);

/// The CRC-32 (ISO-HDLC) of `head` and then `body`.
pub(super) fn checksum(head: [&[u8]; 2], body: &[u8]) -> u32 {
    let mut digest = CRC.digest();
    head.into_iter().for_each(|bytes| digest.update(bytes));
    let (mut digest, rest) = skip(digest, body);
    digest.update(rest);
    digest.finalize()
}

/// Takes as much of `body` as the processor has a fast way for.
#[cfg(target_arch = "x86_64")]
fn skip(digest: Running, body: &[u8]) -> (Running, &[u8]) {
    let register = !digest.clone().finalize();
    let (blocks, rest) = body.as_chunks();
    match crate::kernel::pclmul::fold(register, blocks) {
        None => (digest, body),
        Some(folded) => {
            let mut digest = CRC.digest_with_initial(0);
            digest.update(&folded);
            (digest, rest)
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn skip(digest: Running, body: &[u8]) -> (Running, &[u8]) {
    (digest, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_way_is_the_plain_way() {
        let bytes: [u8; 1000] = core::array::from_fn(|at| (at * at / 7 + at) as u8);
        for head in [0, 1, 20] {
            for end in head..bytes.len() {
                let plain = CRC.checksum(&bytes[..end]);
                let (first, rest) = bytes[..end].split_at(head);
                assert_eq!(checksum([first, &[]], rest), plain, "{head}..{end}");
            }
        }
        assert_eq!(checksum([b"1234", b""], b"56789"), 0xcbf4_3926);
    }
}
