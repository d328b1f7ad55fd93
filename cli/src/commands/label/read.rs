//! Runs and their reference, read from files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use turmite_collapse::{Generation, Record, Reference, Run};

use crate::exit::usage;
use crate::pipeline;
use crate::records::{self, Batch, Input, InputArgs, Keep, Place, Placed, Raw, kind};

pub(in crate::commands) fn read_reference(path: &Path, field: &str) -> Result<Reference> {
    let input = if Input::guess(path)? == Input::Jsonl { Input::Jsonl } else { Input::Lines };
    let mut records = Vec::new();
    let mut synthetic = 0;
    for (_, raw) in records::texts(path, input, field)? {
        synthetic += usize::from(raw.fields.get("exogenous") == Some(&Value::Bool(false)));
        records.extend(raw.content.into_text());
    }
    if synthetic > 0 {
        let (file, all) = (path.display(), records.len());
        say!(
            "warning: {file}: {synthetic} of {all} reference records say `exogenous: false`; a reference should be authentic"
        );
    }
    if records.is_empty() {
        bail!("{}: no records; expected authentic ones, one a line", path.display());
    }
    Ok(Reference { records })
}

/// The fields of a record.
pub(in crate::commands) struct Names<'a> {
    pub(in crate::commands) text: &'a str,
    pub(in crate::commands) run: &'a str,
    pub(in crate::commands) generation: &'a str,
}

/// Reads runs from JSON lines, which all threads take apart.
pub(in crate::commands) fn read_runs(files: &[PathBuf], names: &Names<'_>) -> Result<Vec<Run>> {
    let pool = rayon::ThreadPoolBuilder::new().build().context("cannot start threads")?;
    let mut gathered = Gathered::default();
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in files {
        let named = path.canonicalize().unwrap_or_else(|_| path.clone());
        if seen.contains(&named) {
            return Err(usage(anyhow::anyhow!(
                "{}: is given twice, and its records would count twice",
                path.display()
            )));
        }
        seen.push(named);
        let batches = InputArgs::plain(Input::Jsonl, names.text).batches(path, Keep::All, &Arc::default())?;
        let told = |batch: Batch| {
            let mut told = Vec::new();
            batch.visit(|placed| told.push(Told::of(placed, names)));
            told
        };
        pipeline::in_order(&pool, batches, told, |told| told.into_iter().try_for_each(|told| gathered.add(told?)))?;
    }
    if gathered.runs.is_empty() {
        bail!(
            "{}: no records; expected JSON lines with `{}` and `{}`",
            files[0].display(),
            names.text,
            names.generation
        );
    }
    Ok(gathered.runs)
}

/// What a line tells of a record.
struct Told {
    place: Place,
    run: String,
    source: Option<String>,
    generation: u64,
    record: Record,
}

/// Runs, as far as their lines are read.
#[derive(Default)]
struct Gathered {
    runs: Vec<Run>,
    /// Where a run stands.
    at: HashMap<String, usize>,
    /// Generations by run and index, for files in any order.
    generations: HashMap<(usize, u64), usize>,
}

impl Gathered {
    fn add(&mut self, told: Told) -> Result<()> {
        let Told { place, run: id, source, generation, record } = told;
        let at = match self.at.get(&id) {
            Some(&at) => at,
            None => {
                self.at.insert(id.clone(), self.runs.len());
                self.runs.push(Run { id, source: source.clone(), generations: Vec::new() });
                self.runs.len() - 1
            }
        };
        let run = &mut self.runs[at];
        if run.source != source {
            let name = |source: &Option<String>| source.as_ref().map_or("none".to_owned(), |s| format!("`{s}`"));
            let (here, before) = (name(&source), name(&run.source));
            bail!("{place}: run `{}` has source {here} here and {before} before; a run has one source", run.id);
        }
        let slot = *self.generations.entry((at, generation)).or_insert_with(|| {
            run.generations.push(Generation { index: generation, records: Vec::new() });
            run.generations.len() - 1
        });
        run.generations[slot].records.push(record);
        Ok(())
    }
}

impl Told {
    fn of(placed: Placed<'_>, names: &Names<'_>) -> Result<Self> {
        let Placed { place, record, .. } = placed;
        let told = record.and_then(|raw| fields(raw, names));
        let (run, source, generation, record) = told.with_context(|| place.to_string())?;
        Ok(Self { place, run, source, generation, record })
    }
}

fn fields(raw: Raw<'_>, names: &Names<'_>) -> Result<(String, Option<String>, u64, Record)> {
    let get = |name: &str| raw.fields.get(name).filter(|v| !v.is_null());
    let wrong = |name: &str, value: &Value, expected: &str| {
        anyhow::anyhow!("field `{name}` is {}, expected {expected}", shown(value))
    };
    let id = match get(names.run) {
        // No run field: all records are one run.
        None => "run".to_owned(),
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        Some(other) => return Err(wrong(names.run, other, "a string")),
    };
    let generation = match get(names.generation) {
        Some(value) => value.as_u64().ok_or_else(|| wrong(names.generation, value, "a whole number from 0"))?,
        None => bail!("no field `{}`; name the generation's with --generation-field", names.generation),
    };
    let source = match get("source") {
        None => None,
        Some(Value::String(source)) => Some(source.clone()),
        Some(other) => return Err(wrong("source", other, "a string")),
    };
    let alpha = match get("alpha") {
        None => None,
        Some(value) => match value.as_f64() {
            Some(alpha) if (0.0..=1.0).contains(&alpha) => Some(alpha),
            _ => return Err(wrong("alpha", value, "a number from 0 to 1")),
        },
    };
    let exogenous = match get("exogenous") {
        None => None,
        Some(value) => Some(value.as_bool().ok_or_else(|| wrong("exogenous", value, "true or false"))?),
    };
    let Some(text) = raw.content.into_text() else { bail!("not text") };
    Ok((id, source, generation, Record { text, alpha, exogenous }))
}

/// A value as an error quotes it: a number itself, anything longer by its kind.
fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        other => kind(other).to_owned(),
    }
}
