//! Any bytes as an ONNX file: refused with a sentence, or an image that opens.
#![no_main]

use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use musigan_engine::Image;
use musigan_import::{Options, import};
use musigan_score::Fingerprint;

fuzz_target!(|data: &[u8]| {
    // libFuzzer's hook ends the program at any panic; tract's are caught by the importer. One that
    // is not still ends it.
    static HOOK: Once = Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let options = Options { vocabulary: Some(Fingerprint(1)), ..Options::default() };
    match import(data, &options) {
        Ok(imported) => assert!(Image::open(&imported.image).is_ok()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
