//! The shipped models: their images are what the importer makes of their ONNX files, and the engine
//! agrees with tract over ten thousand stateful steps: of random tokens within 1e-4, of music within
//! what tract can hold (GRUs in short streams).

use std::fs;
use std::path::{Path, PathBuf};

use musigan_engine::image::Architecture;
use musigan_engine::rng::Rng;
use musigan_engine::sampler::{Sampler, Sampling};
use musigan_engine::{Generator, Image, Model};
use musigan_import::{MUSIC_TOLERANCE, Options, STREAM, TOLERANCE, import, linked};
use musigan_score::Token;
use musigan_score::events::{Decoder, FINGERPRINT, Symbol};

/// Every image in `models/`.
fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "mgi")).collect()
}

/// The ONNX files of the parts that an image links: `duo-1.onnx` and so on.
fn of_parts(image: &Path) -> Vec<PathBuf> {
    let stem = image.file_stem().unwrap().to_string_lossy().into_owned();
    (1..)
        .map(|part| image.with_file_name(format!("{stem}-{part}.onnx")))
        .take_while(|p| p.exists())
        .collect()
}

/// Ten thousand tokens as the model says them, piece after piece, each from a fresh state.
fn music(image: &[u8]) -> Vec<Vec<Token>> {
    let model = Model::open(image, FINGERPRINT).unwrap();
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    let (mut decoder, mut sampler, mut rng) = (Decoder::new(), Sampler::new(), Rng::new(1));
    let mut pieces = vec![];
    for _ in 0..10_000 {
        let allowed =
            |visit: &mut musigan_engine::sampler::Visit<'_>| decoder.for_each_allowed(visit);
        let token = sampler.sample(&logits, allowed, &Sampling::default(), &mut rng).unwrap();
        decoder.push(token);
        if Symbol::of(token) == Some(Symbol::Bos) {
            model.reset(&mut state);
            pieces.push(vec![]);
        }
        model.step(&mut state, token, &mut logits);
        pieces.last_mut().expect("a piece begins with BOS").push(token);
    }
    pieces
}

/// As many tokens at random, one long stream.
fn noise(image: &[u8]) -> Vec<Token> {
    let tokens = Model::open(image, FINGERPRINT).unwrap().vocab_len();
    let mut rng = Rng::new(2);
    (0..10_000).map(|_| Token((rng.unit() * tokens as f32) as u16 % tokens as u16)).collect()
}

#[test]
fn images_are_up_to_date_and_agree_with_tract() {
    let models = shipped();
    assert!(!models.is_empty());
    for path in models {
        let image = fs::read(&path).unwrap();
        let kind = Image::open(&image).unwrap();
        let noted = |name| kind.about().lines().find_map(|line| line.strip_prefix(name));
        let temperature = noted("temperature=").map(|number| number.parse().unwrap());
        let phrases = noted("phrases=").map(|bars| bars.parse().unwrap());
        let tonality = noted("tonality=").map(|strength| strength.parse().unwrap());
        if kind.architecture() == Architecture::Linked {
            // Each part is compared with tract among random others as it is imported.
            let weights = kind.weights();
            let options = Options { weights, temperature, phrases, tonality, ..Options::default() };
            let part = |onnx: &PathBuf| import(&fs::read(onnx).unwrap(), &options).unwrap();
            let parts: Vec<_> = of_parts(&path).iter().map(part).collect();
            assert!(parts.len() > 1, "{} links {} parts", path.display(), parts.len());
            assert!(linked(&parts).unwrap() == image, "{}: its image is stale", path.display());
            continue;
        }
        let onnx = fs::read(path.with_extension("onnx")).unwrap();
        let (weights, separate_embedding) = (kind.weights(), kind.separate_embedding());
        let passages = kind.model().passages().map(|set| [&set.head(), set.bits()].concat());
        let imported_on = |pieces| {
            let options = Options {
                temperature,
                phrases,
                tonality,
                passages: passages.clone(),
                pieces,
                weights,
                separate_embedding,
                ..Options::default()
            };
            let imported = import(&onnx, &options).unwrap();
            println!("{}: {:?} from tract", path.display(), imported.difference);
            imported
        };
        // tract lets a GRU stray, so its streams are short.
        let gru = kind.architecture() == Architecture::Gru;
        let (len, most) = if gru { (STREAM, TOLERANCE) } else { (10_000, TOLERANCE) };
        let cut = |streams: Vec<Vec<Token>>| -> Vec<Vec<Token>> {
            streams.iter().flat_map(|stream| stream.chunks(len).map(<[Token]>::to_vec)).collect()
        };
        let difference = imported_on(cut(vec![noise(&image)])).difference.relative;
        assert!(difference <= most, "{}: {difference}", path.display());
        let imported = imported_on(cut(music(&image)));
        let difference = imported.difference.relative;
        assert!(difference <= MUSIC_TOLERANCE, "{}: {difference}", path.display());
        let stale = image != imported.image;
        assert!(!stale, "{}: its image is stale, make it anew with musigan-import", path.display());
    }
}
