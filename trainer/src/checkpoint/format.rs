//! A checkpoint as bytes: a safetensors file with every weight by its name, the optimiser's moments and
//! the recurrent state, and the counters in the file's metadata.

use std::collections::HashMap;

use safetensors::serialize;
use safetensors::tensor::{Dtype, Metadata, TensorView};
use serde::{Deserialize, Serialize};

use super::{Fault, in_one_line};
use crate::model::Layout;

/// Counters of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// Updates done.
    pub update: u64,
    /// Epoch of the next update.
    pub epoch: u64,
    /// Window of the next update within its epoch.
    pub window: usize,
    /// Lowest validation loss; absent before the first validation.
    pub best_loss: Option<f64>,
    /// Validations since the lowest loss.
    pub stale: u64,
    /// Update after which the last validation was.
    pub validated: u64,
    /// Sum of the training nats since the last validation.
    pub nats: f64,
    /// Targets counted since the last validation.
    pub counted: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// How often a plateau has halved the learning rate.
    #[serde(default)]
    pub halvings: u32,
    /// How often a GAN that had collapsed went back to its best, to go on by other chances.
    #[serde(default)]
    pub restarts: u32,
    /// Validations in a row that found a GAN collapsed.
    #[serde(default)]
    pub collapsed: u32,
}

impl Counters {
    /// More than any run counts: what lies below can be counted on, and multiplied by what a GAN does
    /// in an update.
    const MOST: u64 = 1 << 48;

    fn check(&self) -> Result<(), Fault> {
        let counts = [
            ("update", self.update),
            ("epoch", self.epoch),
            ("window", self.window as u64),
            ("stale", self.stale),
            ("validated", self.validated),
            ("counted", self.counted),
        ];
        let turns = [
            ("halvings", self.halvings),
            ("restarts", self.restarts),
            ("collapsed", self.collapsed),
        ];
        let too_many = counts.into_iter().find(|&(_, count)| count > Self::MOST);
        let turns = turns.into_iter().find(|&(_, count)| count > u32::MAX / 2);
        if let Some((name, count)) = too_many.or(turns.map(|(name, count)| (name, count.into()))) {
            return Err(Fault::Malformed(format!("no run has counted to {name} = {count}")));
        }
        if !(0.0..=Self::MOST as f64).contains(&self.seconds) {
            return Err(Fault::Malformed(format!("no run takes {} seconds", self.seconds)));
        }
        Ok(())
    }
}

/// Everything that a run continues from.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Counters.
    pub counters: Counters,
    /// Flat weights.
    pub weights: Vec<f32>,
    /// Flat first moments.
    pub first: Vec<f32>,
    /// Flat second moments.
    pub second: Vec<f32>,
    /// Moving average of the flat weights; empty where the run keeps none.
    pub average: Vec<f32>,
    /// Hidden states of the training streams.
    pub h: Vec<f32>,
    /// Cell states of the training streams; empty for a GRU.
    pub c: Vec<f32>,
}

/// How much the checkpoints of a run hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extent {
    /// Where the weights lie, and the moments.
    pub layout: Layout,
    /// Numbers of the moving average.
    pub average: usize,
    /// Numbers of the hidden states.
    pub h: usize,
    /// Numbers of the cell states.
    pub c: usize,
}

/// Bytes of a file for all but the numbers.
const HEADER: usize = 1 << 20;

impl Extent {
    /// More bytes than a file of this extent has.
    pub fn most_bytes(&self) -> usize {
        let numbers = 3 * self.layout.len() + self.average + self.h + self.c;
        HEADER + numbers * size_of::<f32>()
    }
}

const COUNTERS: &str = "musigan.counters";

impl Checkpoint {
    /// The weights that the run judges: the moving average where there is one.
    pub fn judged(self) -> Vec<f32> {
        if self.average.is_empty() { self.weights } else { self.average }
    }

    /// The file of a checkpoint whose weights lie so.
    ///
    /// # Errors
    /// [`Fault::Malformed`] when the weights are not those of the layout.
    pub fn to_bytes(&self, layout: &Layout) -> Result<Vec<u8>, Fault> {
        let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = layout
            .tensors()
            .iter()
            .map(|t| (t.name.clone(), t.shape.clone(), bytes(&self.weights[t.range()])))
            .collect();
        let states = [
            ("adam.first", &self.first),
            ("adam.second", &self.second),
            ("average", &self.average),
            ("h", &self.h),
            ("c", &self.c),
        ];
        for (name, data) in states {
            tensors.push((name.to_owned(), vec![data.len()], bytes(data)));
        }
        let views: Vec<(&str, TensorView<'_>)> = tensors
            .iter()
            .map(|(name, shape, data)| {
                TensorView::new(Dtype::F32, shape.clone(), data).map(|view| (name.as_str(), view))
            })
            .collect::<Result<_, _>>()
            .map_err(malformed)?;
        let counters = serde_json::to_string(&self.counters).map_err(malformed)?;
        let metadata = HashMap::from([(COUNTERS.to_owned(), counters)]);
        serialize(views, Some(metadata)).map_err(malformed)
    }

    /// Reads the file of a checkpoint of a run whose checkpoints hold this much.
    ///
    /// # Errors
    /// [`Fault`]: damaged, with numbers that are none, or of another network.
    pub fn from_bytes(file: &[u8], extent: &Extent) -> Result<Self, Fault> {
        let File { metadata, data } = File::open(file)?;
        let counters = metadata.metadata().as_ref().and_then(|m| m.get(COUNTERS));
        let counters = counters.ok_or_else(|| malformed("it has no counters"))?;
        let counters: Counters = serde_json::from_str(counters).map_err(malformed)?;
        counters.check()?;
        let get = |name: &str, wanted: &[usize]| {
            let info = metadata.info(name).filter(|info| info.dtype == Dtype::F32);
            let found = info.map_or(&[][..], |info| &info.shape);
            // A file may leave out what is empty.
            if found != wanted && (info.is_some() || wanted != [0]) {
                let (tensor, found, wanted) = (name.to_owned(), found.to_vec(), wanted.to_vec());
                return Err(Fault::Mismatch { tensor, found, wanted });
            }
            let (from, to) = info.map_or((0, 0), |info| info.data_offsets);
            let data = data.get(from..to).ok_or_else(|| malformed(format!("it lacks {name}")))?;
            let data = floats(data);
            match data.iter().find(|number| !number.is_finite()) {
                Some(number) => Err(malformed(format!("{name} holds the number {number}"))),
                None => Ok(data),
            }
        };
        let layout = &extent.layout;
        let mut weights = Vec::new();
        for t in layout.tensors() {
            weights.extend(get(&t.name, &t.shape)?);
        }
        Ok(Self {
            counters,
            weights,
            first: get("adam.first", &[layout.len()])?,
            second: get("adam.second", &[layout.len()])?,
            average: get("average", &[extent.average])?,
            h: get("h", &[extent.h])?,
            c: get("c", &[extent.c])?,
        })
    }
}

/// A safetensors file, its tensors where they are.
///
/// The crate's own reader adds lengths up that the file says, and a sum may overflow.
struct File<'a> {
    metadata: Metadata,
    data: &'a [u8],
}

impl<'a> File<'a> {
    fn open(file: &'a [u8]) -> Result<Self, Fault> {
        let ends = || malformed("it ends in its header");
        let (len, rest) = file.split_first_chunk().ok_or_else(ends)?;
        let len = usize::try_from(u64::from_le_bytes(*len)).map_err(|_| ends())?;
        let (header, data) = rest.split_at_checked(len).ok_or_else(ends)?;
        Ok(Self { metadata: serde_json::from_slice(header).map_err(malformed)?, data })
    }
}

fn malformed(reason: impl ToString) -> Fault {
    Fault::Malformed(in_one_line(reason))
}

fn bytes(data: &[f32]) -> Vec<u8> {
    data.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn floats(data: &[u8]) -> Vec<f32> {
    data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Init;

    fn extent() -> Extent {
        let mut layout = Layout::default();
        layout.push("embedding", &[3, 2], Init::Zero);
        layout.push("head.b", &[3], Init::Zero);
        Extent { average: layout.len(), layout, h: 4, c: 0 }
    }

    fn checkpoint() -> Checkpoint {
        let flat: Vec<f32> = (0..9).map(|i| i as f32 / 7.0).collect();
        Checkpoint {
            counters: Counters { update: 7, seconds: 0.1, ..Counters::default() },
            weights: flat.clone(),
            first: flat.clone(),
            second: flat.clone(),
            average: flat,
            h: vec![0.5; 4],
            c: Vec::new(),
        }
    }

    /// What is said of the file of a checkpoint.
    fn said(checkpoint: &Checkpoint) -> String {
        let file = checkpoint.to_bytes(&extent().layout).expect("a file");
        Checkpoint::from_bytes(&file, &extent()).expect_err("a fault").to_string()
    }

    /// A file with this header, of the length that it says.
    fn with_header(len: u64, header: &str) -> Result<Checkpoint, Fault> {
        let file = [&len.to_le_bytes(), header.as_bytes()].concat();
        Checkpoint::from_bytes(&file, &extent())
    }

    const WITH_COUNTERS: &str = r#""__metadata__":{"musigan.counters":"{\"update\":1,\"epoch\":0,\"window\":0,\"stale\":0,\"validated\":0,\"nats\":0,\"counted\":0,\"seconds\":0}"}"#;

    #[test]
    fn what_is_written_is_read_bit_for_bit() {
        let file = checkpoint().to_bytes(&extent().layout).expect("a file");
        assert_eq!(Checkpoint::from_bytes(&file, &extent()), Ok(checkpoint()));
        assert!(file.len() <= extent().most_bytes());
    }

    #[test]
    fn a_truncated_file_is_refused_wherever_it_ends() {
        let file = checkpoint().to_bytes(&extent().layout).expect("a file");
        for len in 0..file.len() {
            assert!(Checkpoint::from_bytes(&file[..len], &extent()).is_err(), "{len}");
        }
    }

    #[test]
    fn another_layout_is_another_network() {
        let file = checkpoint().to_bytes(&extent().layout).expect("a file");
        let mut other = Layout::default();
        other.push("embedding", &[2, 3], Init::Zero);
        let other = Extent { layout: other, ..extent() };
        let fault = Checkpoint::from_bytes(&file, &other).expect_err("a fault").to_string();
        assert!(fault.contains("embedding has the shape [3, 2], [2, 3] wanted"), "{fault}");
        let short = Checkpoint { average: vec![0.0; 8], ..checkpoint() };
        assert!(said(&short).contains("average has the shape [8], [9] wanted"));
        let states = Checkpoint { h: Vec::new(), ..checkpoint() };
        assert!(said(&states).contains("h has the shape [0], [4] wanted"));
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        let mut file = checkpoint();
        file.weights[6] = f32::NAN;
        assert!(said(&file).contains("head.b holds the number NaN"));
        let infinite = Checkpoint { second: vec![f32::INFINITY; 9], ..checkpoint() };
        assert!(said(&infinite).contains("adam.second holds the number inf"));
    }

    #[test]
    fn counters_that_would_overflow_are_refused() {
        let with = |counters| said(&Checkpoint { counters, ..checkpoint() });
        let endless = with(Counters { update: u64::MAX, ..Counters::default() });
        assert!(endless.contains("no run has counted to update = 18446744073709551615"));
        let turns = with(Counters { restarts: u32::MAX, ..Counters::default() });
        assert!(turns.contains("restarts = 4294967295"));
        let before = with(Counters { seconds: -1.0, ..Counters::default() });
        assert!(before.contains("no run takes -1 seconds"));
    }

    #[test]
    fn a_header_that_lies_about_lengths_is_refused() {
        let header = |tensors: &str| format!("{{{WITH_COUNTERS}{tensors}}}");
        let whole = header("");
        assert!(
            with_header(whole.len() as u64, &whole).unwrap_err().to_string().contains("embedding")
        );
        let exabyte = with_header(1 << 60, &whole).unwrap_err();
        assert_eq!(exabyte, Fault::Malformed("it ends in its header".to_owned()));
        let enormous = r#","embedding":{"dtype":"F32","shape":[1099511627776,1099511627776],"data_offsets":[0,24]}"#;
        let enormous = header(enormous);
        assert!(with_header(enormous.len() as u64, &enormous).is_err());
        // Eight tensors of 2⁶¹ bytes: their sum is 0 in 64 bits, but for the last.
        let part = 1u64 << 61;
        let mut tensors = String::new();
        for i in 0..8 {
            let (from, to) = (i * part, (i + 1).checked_mul(part).unwrap_or(u64::MAX - 7));
            let name = if i == 0 { "embedding".to_owned() } else { format!("x{i}") };
            let numbers = (to - from) / 4;
            tensors += &format!(
                r#","{name}":{{"dtype":"F32","shape":[{numbers}],"data_offsets":[{from},{to}]}}"#
            );
        }
        let sums = header(&tensors);
        assert!(with_header(sums.len() as u64, &sums).is_err());
    }

    #[test]
    fn a_name_in_a_file_does_not_fill_the_screen() {
        let name = format!("\\n{}", "x".repeat(9000));
        let header = format!(
            r#"{{{WITH_COUNTERS},"{name}":{{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}}}"#
        );
        let said = with_header(header.len() as u64, &header).unwrap_err().to_string();
        assert!(said.len() < 400 && !said.contains('\n'), "{said}");
    }
}
