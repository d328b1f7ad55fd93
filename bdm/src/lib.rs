//! Block Decomposition Method: the complexity of large objects from tables of small ones.
//!
//! A table of the Coding Theorem Method prices short strings, or small arrays: `K(r) = -log2 D(r)` bits, D being the
//! share of small Turing machines that write r. The Block Decomposition Method carries these prices to objects of any
//! size. Cut the object into blocks; a block `r_i` that occurs `n_i` times is described once and then counted:
//!
//! ```text
//! BDM(X) = sum over distinct blocks r_i of [ K(r_i) + log2 n_i ]        bits
//! ```
//!
//! (Zenil, Hernández-Orozco, Kiani, Soler-Toscano, Rueda-Toicen, Tegnér 2018, "A Decomposition Method for Global
//! Evaluation of Shannon Entropy and Local Estimations of Algorithmic Complexity", Entropy 20(8):605, definition 1.)
//! Unlike entropy it sees structure inside a block, and unlike a compressor it needs no long record to warm up.
//!
//! # What is exact
//!
//! - Blocks and their counts are integers, and [`Partition`] says without remainder which cells go where.
//! - The sum is exact and rounded once: equal input gives an equal [`f64`], whatever the threads, and whether it came as
//!   a whole or in pieces ([`Stream`]).
//! - K is as exact as its table. [`BdmValue::low`] and [`BdmValue::high`] carry the table's bounds for machines without
//!   a cutoff through the sum. A block the table lacks has no K; [`Missing`] says what it costs, and
//!   [`BdmValue::missing`] counts it.
//! - [`Bdm::range`] gives the least and greatest value of a size, on which normalised values rest: exactly where blocks do
//!   not overlap, as bounds that say so where they do.
//!
//! All complexities are in bits; lengths are in symbols.
//!
//! # Example
//!
//! ```
//! use turmite_bdm::{Bdm, Encoding, Missing, Partition};
//! use turmite_tables::{Provenance, RowInput, Shape, Table, TableBuilder};
//!
//! // Table::embedded("5x2-1d") is the table to use; this one holds four strings.
//! let mut rows = TableBuilder::new(Provenance::imported("2x2-1d".parse()?, "an example"));
//! rows.push(RowInput::k(Shape::line(1)?, vec![0], 1.5))?;
//! rows.push(RowInput::k(Shape::line(2)?, vec![0, 1], 3.0))?;
//! let table = Table::from_bytes(rows.build()?)?;
//!
//! let bdm = Bdm::builder(table)
//!     .block(Shape::line(2)?)
//!     .partition(Partition::Recursive { min_length: 1 })
//!     .missing(Missing::MaxPlusOne)
//!     .build()?;
//! let value = bdm.score(&Encoding::Bits.encode("01 01 11 0", 2)?)?.expect("a record of seven bits");
//! // 01 twice: 3 + 1; 11, which the table lacks: 3 + 1; the last 0: 1.5.
//! assert_eq!((value.bits, value.missing, value.symbols), (9.5, 1, 7));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The modules, in the order data flows
//!
//! text → [`Encoding`] → [`SymbolArray`] or [`PackedBits`] → [`Partition`] → [`BlockCounts`] → [`Bdm`] → [`BdmValue`]; beside them the
//! baselines [`symbol_entropy`], [`block_entropy`] and [`lempel_ziv_phrases`], and [`Multiscale`] for whole sets of
//! records. [`perturb`] asks what changing or deleting a part does.
//!
//! Beyond one number an object: [`Bdm::compare`] two objects (conditional and mutual BDM, distance), their logical
//! [`Bdm::depth`], the [`Bdm::sensitivity`] of a value to phase, block and table, and a [`Predictor`] of the next symbol.
//! What other software says of the same: [`ShortStrings`] (acss), [`PeerRule`] (BDM as PyBDM, acss and the Online
//! Algorithmic Complexity Calculator cut and price), and the baselines [`Gzip`], [`Zstd`], [`Distinct`], [`Gopher`],
//! [`entropy_rate`], [`change_complexity`] and [`permutation_entropy`].

#![forbid(unsafe_code)]

mod array;
mod axis_cut;
mod baselines;
mod bdm;
mod bit_windows;
mod bits;
mod blocks;
mod change;
mod code;
mod compare;
mod counter;
mod depth;
mod encode;
mod entropy;
mod error;
mod grid;
mod lempel_ziv;
mod lempel_ziv_parse;
mod missing;
mod multiscale;
mod normalize;
mod partition;
mod past;
mod peers;
pub mod perturb;
mod predict;
mod prices;
mod scales;
mod sensitivity;
mod short;
mod stream;
mod suffix_automaton;
mod sum;
mod symbol_windows;
mod wide_windows;
mod window_counts;

pub use array::SymbolArray;
pub use axis_cut::{AxisCut, AxisCuts};
pub use baselines::{CompressionPasses, Distinct, Gopher, Gzip, Zstd, diversity_ratio, permutation_entropy};
pub use bdm::{Bdm, BdmBuilder, BdmValue};
pub use bits::{PackedBits, Record};
pub use blocks::{BlockCount, BlockCounts};
pub use change::{alternations, change_complexity};
pub use compare::Comparison;
pub use depth::{Depth, DepthRule};
pub use encode::{DETECTION_RECORDS, Encoding, EncodingChoice};
pub use entropy::{EntropyRate, block_entropy, entropy_rate, second_order_entropy, symbol_entropy};
pub use error::BdmError;
pub use lempel_ziv::{lempel_ziv_normalized, lempel_ziv_phrases};
pub use lempel_ziv_parse::{LempelZivParse, lempel_ziv_parse};
pub use missing::Missing;
pub use multiscale::{Multiscale, MultiscaleValue};
pub use normalize::{Normalized, Range};
pub use partition::Partition;
pub use peers::{PeerRule, PeerValue};
pub use predict::{Prediction, Predictor};
pub use scales::{LONGEST_SCALE, SCALES, Scale, Scales, scales};
pub use sensitivity::{Reading, Sensitivity, Spread};
pub use short::{ShortStrings, count_class, normalize_string};
pub use stream::Stream;
pub use window_counts::WindowCounts;
