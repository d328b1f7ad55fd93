//! How evenly a space is dealt to shards, and what all of it would cost, from all shards or from some:
//!
//! ```text
//! cargo run --release -p turmite-ctm --example shards 5x2-1d 500 128        all 128 shards, one after another
//! cargo run --release -p turmite-ctm --example shards 6x2-1d 500 4096 40    40 of 4,096, the rest estimated
//! ```
//!
//! An array of shards is as slow as its largest. Times are those of one thread, making the cut included; measure them on an
//! idle machine.

use std::sync::Mutex;
use std::time::Instant;

use turmite_ctm::{EnumerateOptions, Observer, enumerate};
use turmite_tables::Shard;

/// Notes down the nodes of each subtree of a shard: on one thread they come in the order of the cut.
#[derive(Default)]
struct Subtrees(Mutex<(u64, Vec<u64>)>);

impl Observer for Subtrees {
    fn progress(&self, _: f64, nodes: u64) {
        let Ok(mut state) = self.0.lock() else { return };
        // The first call comes before any subtree.
        if nodes > 0 {
            let before = std::mem::replace(&mut state.0, nodes);
            state.1.push(nodes - before);
        }
    }

    fn stop(&self) -> bool {
        false
    }
}

/// One shard: nodes of each subtree, nodes and steps in all.
struct Measured {
    subtrees: Vec<u64>,
    /// Without the top of the tree, which every shard walks and the first one counts.
    nodes: f64,
    steps: f64,
}

/// A stream of numbers that look random (SplitMix64): to draw shards and subtrees, no more.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) as usize % bound
    }
}

fn largest_over_mean(sizes: &[f64]) -> f64 {
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    largest * sizes.len() as f64 / sizes.iter().sum::<f64>()
}

/// Mean and standard error.
fn mean(sizes: &[f64]) -> (f64, f64) {
    let n = sizes.len() as f64;
    let mean = sizes.iter().sum::<f64>() / n;
    let variance = sizes.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, (variance / n).sqrt())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [space, max_steps, shards, rest @ ..] = &args[..] else {
        return Err("usage: shards SPACE MAX_STEPS SHARDS [SHARDS_TO_WALK] [ROWS_WITHIN]".into());
    };
    let of: u32 = shards.parse()?;
    let walked: usize = rest.first().map_or(Ok(of as usize), |n| n.parse())?.clamp(1, of as usize);
    let within = rest.get(1).map(|shape| shape.parse()).transpose()?;
    let options = EnumerateOptions::new(space.parse()?, max_steps.parse()?).threads(1).within(within);

    let mut draws = Draws(0);
    let mut order: Vec<u32> = (0..of).collect();
    for i in 0..walked {
        order.swap(i, i + draws.below(of as usize - i));
    }
    let (mut measured, mut seconds) = (Vec::new(), Vec::new());
    for &index in &order[..walked] {
        let subtrees = Subtrees::default();
        let begun = Instant::now();
        let enumeration = enumerate(&options.clone().shard(Shard { index, of }), &subtrees)?;
        seconds.push(begun.elapsed().as_secs_f64());
        let subtrees = subtrees.0.into_inner()?.1;
        let nodes = subtrees.iter().sum::<u64>() as f64;
        measured.push(Measured { subtrees, nodes, steps: enumeration.steps() as f64 });
    }

    let nodes: Vec<f64> = measured.iter().map(|m| m.nodes).collect();
    let steps: Vec<f64> = measured.iter().map(|m| m.steps).collect();
    println!(
        "{walked} of {of} shards of {space}, {max_steps} steps at most, {} subtrees a shard",
        measured[0].subtrees.len()
    );
    for (what, sizes) in [("nodes", &nodes), ("steps", &steps), ("seconds", &seconds)] {
        let ((mean, error), all) = (mean(sizes), f64::from(of));
        let error = if walked == of as usize { 0.0 } else { error };
        println!(
            "{what:8} in all {:.4e} +- {:.1e}, a shard {mean:.4e}, largest walked / mean {:.3}",
            mean * all,
            error * all,
            largest_over_mean(sizes)
        );
    }
    if walked < of as usize {
        // Subtrees at the same place in two shards are of about the same weight: draw every other shard's from those walked.
        let places = measured.iter().map(|m| m.subtrees.len()).min().unwrap_or(0);
        let mut drawn = Vec::new();
        for _ in 0..of {
            drawn.push((0..places).map(|p| measured[draws.below(walked)].subtrees[p] as f64).sum::<f64>());
        }
        println!("nodes of the largest of {of} / mean, estimated {:.2}", largest_over_mean(&drawn));
    }
    Ok(())
}
