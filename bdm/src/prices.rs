//! [`Prices`]: K of blocks, read once from a table and kept where scoring finds it in one load.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use turmite_tables::{Interval, Shape, Table};

use crate::code::{contents, decode};
use crate::{BdmError, Missing};

/// The table, and of the shapes that a partition can ask for everything that is worth keeping.
#[derive(Debug)]
pub(crate) struct Prices {
    pub(crate) table: Arc<Table>,
    pub(crate) missing: Missing,
    shapes: Vec<ShapePrices>,
}

/// The prices of one shape.
#[derive(Debug)]
pub(crate) struct ShapePrices {
    shape: Shape,
    /// By code; NaN where the table lacks the block. `None` where there are too many contents.
    dense: Option<Vec<f64>>,
    /// What a block costs that the table lacks; `None` if it adds nothing or is an error.
    absent: Option<f64>,
    /// By code, made when first asked for: scoring without intervals does not pay for them.
    intervals: OnceLock<Vec<Interval>>,
    ladder: OnceLock<Ladder>,
}

/// All prices of a shape from the dearest down, as steps of equal price.
#[derive(Debug)]
pub(crate) struct Ladder {
    /// (blocks up to and with this step, bits of all these blocks, price of this step)
    steps: Vec<(u128, f64, f64)>,
    /// The least price.
    pub(crate) least: f64,
}

/// What the table says of one block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Price {
    /// Bits, by the policy if the table lacks the block; `None` if the policy is to skip it.
    pub(crate) bits: Option<f64>,
    /// Whether the table lacks the block.
    pub(crate) missing: bool,
}

impl Prices {
    /// Prices of the given shapes; others are looked up one by one.
    pub(crate) fn new(table: Arc<Table>, missing: Missing, shapes: &[Shape]) -> Result<Self, BdmError> {
        let mut prices = Self { table, missing, shapes: Vec::new() };
        let mut shapes = shapes.to_vec();
        shapes.sort_unstable();
        shapes.dedup();
        prices.shapes = shapes.iter().map(|shape| prices.load(*shape, true)).collect::<Result<_, _>>()?;
        Ok(prices)
    }

    /// Calls `use_prices` with the prices of a shape, kept or made for this call.
    pub(crate) fn with_shape<T>(
        &self,
        shape: Shape,
        use_prices: impl FnOnce(&ShapePrices) -> Result<T, BdmError>,
    ) -> Result<T, BdmError> {
        match self.shapes.binary_search_by(|prices| prices.shape.cmp(&shape)) {
            Ok(at) => use_prices(&self.shapes[at]),
            Err(_) => use_prices(&self.load(shape, false)?),
        }
    }

    /// K of all contents of a shape by code, NaN where the table lacks the block; borrowed where they are kept.
    pub(crate) fn by_code(&self, shape: Shape, contents: u64) -> Result<Cow<'_, [f64]>, BdmError> {
        if let Ok(at) = self.shapes.binary_search_by(|prices| prices.shape.cmp(&shape))
            && let Some(dense) = &self.shapes[at].dense
        {
            return Ok(Cow::Borrowed(dense));
        }
        if let Some(dense) = self.load(shape, true)?.dense {
            return Ok(Cow::Owned(dense));
        }
        let symbols = |code| decode(code, shape.cells(), self.table.symbols());
        let k = |code| Ok(self.table.k(&shape, &symbols(code))?.unwrap_or(f64::NAN));
        (0..contents).map(k).collect::<Result<Vec<_>, _>>().map(Cow::Owned)
    }

    fn load(&self, shape: Shape, dense: bool) -> Result<ShapePrices, BdmError> {
        let greatest = || self.table.max_k(&shape).ok_or_else(|| self.not_held(shape));
        let absent = match self.missing {
            // A sampled count may be far below that of one machine, which bounds nothing.
            Missing::Bound => match self.table.total().filter(|_| self.table.sampling().is_none()) {
                Some(total) => Some(turmite_tables::bits_of(1, total)),
                None => Some(greatest()?),
            },
            Missing::MaxPlusOne => Some(greatest()? + 1.0),
            Missing::Skip | Missing::Fail => None,
        };
        let dense = if dense { self.table.dense(&shape)? } else { None };
        Ok(ShapePrices { shape, dense, absent, intervals: OnceLock::new(), ladder: OnceLock::new() })
    }

    pub(crate) fn not_held(&self, shape: Shape) -> BdmError {
        let mut held: Vec<String> = self.table.shapes().map(|(shape, _)| shape.to_string()).collect();
        if held.is_empty() {
            held.push("no shape at all".to_owned());
        } else if held.len() > 24 {
            held.truncate(24);
            held.push("...".to_owned());
        }
        BdmError::ShapeNotHeld { shape, table: self.table.name(), held: held.join(", ") }
    }
}

impl ShapePrices {
    /// The price of a block.
    pub(crate) fn price(&self, code: u64, prices: &Prices) -> Result<Price, BdmError> {
        let k = match &self.dense {
            Some(dense) => dense.get(code as usize).copied().unwrap_or(f64::NAN),
            None => prices.table.k(&self.shape, &self.symbols(code, prices))?.unwrap_or(f64::NAN),
        };
        if k.is_nan() { self.absent(code, prices) } else { Ok(Price { bits: Some(k), missing: false }) }
    }

    #[cold]
    fn absent(&self, code: u64, prices: &Prices) -> Result<Price, BdmError> {
        if prices.missing == Missing::Fail {
            let block = self.shape.format_string(&self.symbols(code, prices));
            return Err(BdmError::MissingBlock { block, shape: self.shape, table: prices.table.name() });
        }
        Ok(Price { bits: self.absent, missing: true })
    }

    /// K by code, NaN where the table lacks the block; `None` where there are too many contents.
    pub(crate) fn dense(&self) -> Option<&[f64]> {
        self.dense.as_deref()
    }

    /// What a missing block costs.
    pub(crate) fn absent_bits(&self) -> Option<f64> {
        self.absent
    }

    /// Bounds on K of a block without a cutoff.
    pub(crate) fn interval(&self, code: u64, prices: &Prices) -> Result<Interval, BdmError> {
        let Some(dense) = &self.dense else {
            return Ok(prices.table.interval(&self.shape, &self.symbols(code, prices))?);
        };
        if self.intervals.get().is_none() {
            let all = (0..dense.len() as u64)
                .map(|code| prices.table.interval(&self.shape, &self.symbols(code, prices)))
                .collect::<Result<Vec<_>, _>>()?;
            // Two threads may both get here; their vectors are equal.
            let _ = self.intervals.set(all);
        }
        let unknown = Interval { low: None, high: None };
        Ok(self.intervals.get().and_then(|all| all.get(code as usize)).copied().unwrap_or(unknown))
    }

    fn symbols(&self, code: u64, prices: &Prices) -> Vec<u8> {
        decode(code, self.shape.cells(), prices.table.symbols())
    }

    /// The prices of all contents of the shape, from the dearest down.
    pub(crate) fn ladder<'a>(&'a self, prices: &Prices) -> Result<&'a Ladder, BdmError> {
        if let Some(ladder) = self.ladder.get() {
            return Ok(ladder);
        }
        let ladder = Ladder::new(self, prices)?;
        Ok(self.ladder.get_or_init(|| ladder))
    }
}

impl Ladder {
    fn new(held: &ShapePrices, prices: &Prices) -> Result<Self, BdmError> {
        let (shape, symbols) = (held.shape, prices.table.symbols());
        let mut levels: Vec<(f64, u128)> = Vec::new();
        if let Some(dense) = &held.dense {
            levels.extend(dense.iter().filter(|k| !k.is_nan()).map(|&k| (k, 1)));
        } else {
            for row in prices.table.rows() {
                let row = row?;
                if row.shape == shape {
                    levels.push((row.k, u128::from(row.strings(symbols))));
                }
            }
        }
        let known: u128 = levels.iter().map(|level| level.1).sum();
        let lacking = contents(&shape, symbols)?.saturating_sub(known);
        // Where missing blocks have no price, the range is that of objects whose blocks the table holds.
        if let (Some(bits), 1..) = (held.absent, lacking) {
            levels.push((bits, lacking));
        }
        levels.sort_by(|a, b| b.0.total_cmp(&a.0));
        let least = levels.last().ok_or_else(|| prices.not_held(shape))?.0;
        let (mut blocks, mut bits) = (0u128, crate::sum::Sum::default());
        let mut steps = Vec::with_capacity(levels.len());
        for (price, count) in levels {
            blocks = blocks.saturating_add(count);
            bits.add(price * count as f64);
            steps.push((blocks, bits.total(), price));
        }
        Ok(Self { steps, least })
    }

    /// How many contents have a price.
    pub(crate) fn contents(&self) -> u128 {
        self.steps.last().map_or(0, |step| step.0)
    }

    /// The bits of the `blocks` dearest contents (of all, if there are fewer).
    pub(crate) fn dearest(&self, blocks: u128) -> f64 {
        let at = self.steps.partition_point(|step| step.0 < blocks);
        match (self.steps.get(at), self.steps.last()) {
            (Some(&(up_to, bits, price)), _) => bits - price * (up_to - blocks) as f64,
            (None, Some(&(_, bits, _))) => bits,
            (None, None) => 0.0,
        }
    }
}
