//! A small character network: the learner of the benchmark that neither counts n-grams nor copies records.
//!
//! The next character is predicted from the last [`CONTEXT`]: an embedding of each, one hidden layer of rectified
//! units, a softmax over the alphabet (Bengio et al. 2003, "A neural probabilistic language model"). It is trained by
//! Adam (Kingma and Ba 2015) on the cross-entropy of every character of its records.

use crate::draw::{below, normal, unit};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Axis, Zip};
use rand_chacha::ChaCha8Rng;

/// Characters the network sees.
pub const CONTEXT: usize = 12;
/// Numbers a character is embedded in.
const EMBEDDING: usize = 16;
/// Hidden units.
const HIDDEN: usize = 192;
/// Characters a step of training.
const BATCH: usize = 128;

/// The characters of a text, numbered in order.
#[derive(Clone, Debug)]
pub struct Alphabet {
    characters: Vec<char>,
}

impl Alphabet {
    /// The characters of the texts; 254 at most, so that one more number stands for what precedes a record.
    ///
    /// # Errors
    /// The number of characters, if there are none or more than 254.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a String>) -> anyhow::Result<Self> {
        let mut characters: Vec<char> = texts.into_iter().flat_map(|text| text.chars()).collect();
        characters.sort_unstable();
        characters.dedup();
        let n = characters.len();
        anyhow::ensure!((1..255).contains(&n), "{n} different characters in the texts, expected 1 to 254");
        Ok(Self { characters })
    }

    fn len(&self) -> usize {
        self.characters.len()
    }

    /// Numbers of the characters of a text; characters outside the alphabet are left out.
    #[must_use]
    pub fn encode(&self, text: &str) -> Vec<u8> {
        text.chars().filter_map(|c| self.characters.binary_search(&c).ok()).map(|i| i as u8).collect()
    }

    /// The text of numbers.
    #[must_use]
    pub fn decode(&self, symbols: &[u8]) -> String {
        symbols.iter().map(|&i| self.characters[usize::from(i)]).collect()
    }
}

/// Weights, or anything shaped like them.
#[derive(Clone, Debug)]
struct Weights {
    /// One row a character, and one for what precedes a record.
    embedding: Array2<f32>,
    /// From the embedded context to the hidden units.
    hidden: Array2<f32>,
    hidden_bias: Array1<f32>,
    /// From the hidden units to the alphabet.
    output: Array2<f32>,
    output_bias: Array1<f32>,
}

impl Weights {
    fn zeros(alphabet: usize) -> Self {
        Self {
            embedding: Array2::zeros((alphabet + 1, EMBEDDING)),
            hidden: Array2::zeros((CONTEXT * EMBEDDING, HIDDEN)),
            hidden_bias: Array1::zeros(HIDDEN),
            output: Array2::zeros((HIDDEN, alphabet)),
            output_bias: Array1::zeros(alphabet),
        }
    }

    /// Normal weights whose variance keeps that of a layer's input (He et al. 2015); biases 0.
    fn random(alphabet: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut weights = Self::zeros(alphabet);
        weights.embedding.mapv_inplace(|_| normal(rng) * 0.5);
        let scale = (2.0 / (CONTEXT * EMBEDDING) as f32).sqrt();
        weights.hidden.mapv_inplace(|_| normal(rng) * scale);
        let scale = (1.0 / HIDDEN as f32).sqrt();
        weights.output.mapv_inplace(|_| normal(rng) * scale);
        weights
    }

    fn parts(&mut self) -> [&mut [f32]; 5] {
        let whole = "weights are made by `zeros`, which lays them out in one piece";
        [
            self.embedding.as_slice_mut().expect(whole),
            self.hidden.as_slice_mut().expect(whole),
            self.hidden_bias.as_slice_mut().expect(whole),
            self.output.as_slice_mut().expect(whole),
            self.output_bias.as_slice_mut().expect(whole),
        ]
    }
}

/// The moments of Adam; they begin anew with every call of [`Network::train`].
struct Adam {
    mean: Weights,
    square: Weights,
    steps: i32,
}

impl Adam {
    fn new(alphabet: usize) -> Self {
        Self { mean: Weights::zeros(alphabet), square: Weights::zeros(alphabet), steps: 0 }
    }

    fn step(&mut self, weights: &mut Weights, gradient: &mut Weights, rate: f32) {
        const DECAY: [f32; 2] = [0.9, 0.999];
        self.steps += 1;
        let correction = DECAY.map(|decay| 1.0 - decay.powi(self.steps));
        let rate = rate * correction[1].sqrt() / correction[0];
        let all = weights.parts().into_iter().zip(gradient.parts());
        for ((w, g), (m, v)) in all.zip(self.mean.parts().into_iter().zip(self.square.parts())) {
            for ((w, &g), (m, v)) in w.iter_mut().zip(&*g).zip(m.iter_mut().zip(v)) {
                *m += (1.0 - DECAY[0]) * (g - *m);
                *v += (1.0 - DECAY[1]) * (g * g - *v);
                *w -= rate * *m / (v.sqrt() + 1e-8);
            }
        }
    }
}

/// How a network is trained.
#[derive(Clone, Copy, Debug)]
pub struct Training {
    /// Times every character is seen.
    pub epochs: usize,
    /// Adam's step size at the beginning; it falls linearly to a tenth.
    pub rate: f32,
}

/// The network.
#[derive(Clone, Debug)]
pub struct Network {
    alphabet: Alphabet,
    weights: Weights,
}

/// What a pass forward leaves for the pass backward.
struct Forward {
    input: Array2<f32>,
    hidden: Array2<f32>,
    /// Log-odds of the next character; after [`softmax`] its probabilities.
    output: Array2<f32>,
}

impl Network {
    /// A network with random weights.
    #[must_use]
    pub fn new(alphabet: Alphabet, rng: &mut ChaCha8Rng) -> Self {
        let weights = Weights::random(alphabet.len(), rng);
        Self { alphabet, weights }
    }

    /// The alphabet.
    #[must_use]
    pub fn alphabet(&self) -> &Alphabet {
        &self.alphabet
    }

    /// `contexts` holds [`CONTEXT`] characters a row.
    fn forward(&self, contexts: &[u8]) -> Forward {
        let rows = contexts.len() / CONTEXT;
        let mut input = Array2::zeros((rows, CONTEXT * EMBEDDING));
        for (mut slot, &c) in input.exact_chunks_mut((1, EMBEDDING)).into_iter().zip(contexts) {
            slot.row_mut(0).assign(&self.weights.embedding.row(usize::from(c)));
        }
        let mut hidden = affine(&input, &self.weights.hidden, &self.weights.hidden_bias);
        hidden.mapv_inplace(|x| x.max(0.0));
        let output = affine(&hidden, &self.weights.output, &self.weights.output_bias);
        Forward { input, hidden, output }
    }

    /// The gradient of the mean cross-entropy of `targets` after `contexts`.
    fn gradient(&self, contexts: &[u8], targets: &[u8]) -> Weights {
        let Forward { input, hidden, mut output } = self.forward(contexts);
        let share = 1.0 / targets.len() as f32;
        for (mut row, &target) in output.rows_mut().into_iter().zip(targets) {
            softmax(row.as_slice_mut().unwrap_or_default(), 1.0);
            row[usize::from(target)] -= 1.0;
            row *= share;
        }
        let mut gradient = Weights::zeros(self.alphabet.len());
        gradient.output_bias.assign(&output.sum_axis(Axis(0)));
        general_mat_mul(1.0, &hidden.t(), &output, 0.0, &mut gradient.output);
        let mut back = output.dot(&self.weights.output.t());
        Zip::from(&mut back).and(&hidden).for_each(|b, &h| *b = if h > 0.0 { *b } else { 0.0 });
        gradient.hidden_bias.assign(&back.sum_axis(Axis(0)));
        general_mat_mul(1.0, &input.t(), &back, 0.0, &mut gradient.hidden);
        let into = back.dot(&self.weights.hidden.t());
        for (slot, &c) in into.exact_chunks((1, EMBEDDING)).into_iter().zip(contexts) {
            let mut row = gradient.embedding.row_mut(usize::from(c));
            row += &slot.row(0);
        }
        gradient
    }

    /// Trains on every character of the records, in an order drawn from `rng`.
    pub fn train(&mut self, records: &[Vec<u8>], training: Training, rng: &mut ChaCha8Rng) {
        let padding = self.alphabet.len() as u8;
        let padded: Vec<Vec<u8>> = records.iter().map(|record| [&[padding; CONTEXT][..], record].concat()).collect();
        let mut places: Vec<(usize, usize)> =
            records.iter().enumerate().flat_map(|(r, record)| (0..record.len()).map(move |i| (r, i))).collect();
        let steps = training.epochs * places.len().div_ceil(BATCH);
        let mut adam = Adam::new(self.alphabet.len());
        let (mut contexts, mut targets) = (Vec::new(), Vec::new());
        for _ in 0..training.epochs {
            for i in (1..places.len()).rev() {
                places.swap(i, below(rng, i + 1));
            }
            for batch in places.chunks(BATCH) {
                contexts.clear();
                targets.clear();
                for &(r, i) in batch {
                    contexts.extend_from_slice(&padded[r][i..i + CONTEXT]);
                    targets.push(padded[r][i + CONTEXT]);
                }
                let mut gradient = self.gradient(&contexts, &targets);
                let rate = training.rate * (1.0 - 0.9 * adam.steps as f32 / steps as f32);
                adam.step(&mut self.weights, &mut gradient, rate);
            }
        }
    }

    /// Cross-entropy of records, in bits a character.
    #[must_use]
    pub fn loss(&self, records: &[Vec<u8>]) -> f64 {
        let padding = self.alphabet.len() as u8;
        let (mut bits, mut characters) = (0.0, 0usize);
        for record in records {
            let padded = [&[padding; CONTEXT][..], record].concat();
            let contexts: Vec<u8> = padded.windows(CONTEXT).take(record.len()).flatten().copied().collect();
            let mut output = self.forward(&contexts).output;
            for (mut row, &target) in output.rows_mut().into_iter().zip(record) {
                softmax(row.as_slice_mut().unwrap_or_default(), 1.0);
                bits -= f64::from(row[usize::from(target)].max(f32::MIN_POSITIVE)).log2();
            }
            characters += record.len();
        }
        bits / characters.max(1) as f64
    }

    /// Writes `records` records of `length` characters at a temperature: log-odds are divided by it.
    pub fn write(&self, records: usize, length: usize, temperature: f32, rng: &mut ChaCha8Rng) -> Vec<Vec<u8>> {
        let mut written = vec![Vec::with_capacity(length); records];
        let mut contexts = vec![self.alphabet.len() as u8; records * CONTEXT];
        for _ in 0..length {
            let mut output = self.forward(&contexts).output;
            let rows = output.rows_mut().into_iter().zip(contexts.chunks_exact_mut(CONTEXT)).zip(&mut written);
            for ((mut row, context), record) in rows {
                let row = row.as_slice_mut().unwrap_or_default();
                softmax(row, temperature);
                let next = choose(row, rng);
                record.push(next);
                context.copy_within(1.., 0);
                context[CONTEXT - 1] = next;
            }
        }
        written
    }
}

fn affine(input: &Array2<f32>, weights: &Array2<f32>, bias: &Array1<f32>) -> Array2<f32> {
    let mut output = Array2::zeros((input.nrows(), bias.len()));
    output.assign(bias);
    general_mat_mul(1.0, input, weights, 1.0, &mut output);
    output
}

/// Probabilities from log-odds, in place.
fn softmax(row: &mut [f32], temperature: f32) {
    let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for x in row.iter_mut() {
        *x = ((*x - greatest) / temperature).exp();
        sum += *x;
    }
    for x in row {
        *x /= sum;
    }
}

/// An index with the probabilities of `row`.
fn choose(row: &[f32], rng: &mut ChaCha8Rng) -> u8 {
    let mut left = unit(rng) as f32;
    for (i, &p) in row.iter().enumerate() {
        left -= p;
        if left < 0.0 {
            return i as u8;
        }
    }
    // Rounding can leave a crumb beyond the last sum; it belongs to the last that can happen.
    row.iter().rposition(|&p| p > 0.0).unwrap_or(0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::stream;

    fn network(text: &str, seed: u64) -> Network {
        Network::new(Alphabet::of([&text.to_owned()]).unwrap(), &mut stream([seed, 0, 0, 0]))
    }

    #[test]
    fn gradients_are_slopes_of_the_loss() {
        let mut network = network("abcde", 1);
        let record = network.alphabet().encode("abcdeedcbaabbccddee");
        let padded = [&[5; CONTEXT][..], &record].concat();
        let contexts: Vec<u8> = padded.windows(CONTEXT).take(record.len()).flatten().copied().collect();
        let mut gradient = network.gradient(&contexts, &record);
        let places = [(0, 3), (0, 90), (1, 1000), (1, 20_000), (2, 7), (3, 400), (4, 2)];
        for (part, place) in places {
            let slope = gradient.parts()[part][place];
            let mut at = |shift: f32| {
                network.weights.parts()[part][place] += shift;
                let loss = network.loss(std::slice::from_ref(&record)) * std::f64::consts::LN_2;
                network.weights.parts()[part][place] -= shift;
                loss
            };
            let measured = (at(0.01) - at(-0.01)) / 0.02;
            assert!(
                (measured - f64::from(slope)).abs() < 2e-3 + 0.02 * measured.abs(),
                "{part} {place}: {measured} {slope}"
            );
        }
    }

    #[test]
    fn what_repeats_is_learned_and_temperature_narrows_it() {
        let text = "the cat sat on the mat. a dog lay in the sun. ".repeat(12);
        let mut network = network(&text, 2);
        let records = [network.alphabet().encode(&text)];
        let before = network.loss(&records);
        network.train(&records, Training { epochs: 12, rate: 3e-3 }, &mut stream([3, 0, 0, 0]));
        let after = network.loss(&records);
        assert!(before > 3.0 && after < 1.0, "{before} {after}");
        // Under itself, a record written coldly costs less.
        let cost = |temperature| network.loss(&network.write(20, 60, temperature, &mut stream([4, 0, 0, 0])));
        assert!(cost(0.5) < cost(1.5));
        assert_eq!(network.alphabet().decode(&records[0]), text);
    }

    #[test]
    fn symbols_are_drawn_with_their_probabilities() {
        let mut rng = stream([5, 0, 0, 0]);
        let mut row = [0.0f32, 2f32.ln(), f32::NEG_INFINITY];
        softmax(&mut row, 1.0);
        let drawn = (0..3000).filter(|_| choose(&row, &mut rng) == 1).count() as f64 / 3000.0;
        assert!((drawn - 2.0 / 3.0).abs() < 0.03 && choose(&[1.0, 0.0], &mut rng) == 0, "{drawn}");
    }
}
