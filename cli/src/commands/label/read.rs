//! Runs and their reference, read from files.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use turmite_bdm::{BdmError, Encoding, EncodingChoice};
use turmite_collapse::{CollapseError, Generation, Record, Reference, Run};

use super::line::Line;
use crate::exit::usage;
use crate::pipeline;
use crate::records::{
    self, Batch, Content, EXACT, Input, InputArgs, Keep, Place, Placed, Raw, json_record, kind, whole_float,
};

/// What a text must be.
pub(in crate::commands) type Demand = dyn Fn(&str) -> Result<()> + Sync;

/// Whatever it is.
pub(in crate::commands) fn any_text(_: &str) -> Result<()> {
    Ok(())
}

/// Only 0 and 1.
fn bits(text: &str) -> Result<()> {
    match Encoding::Bits.encode(text, 2) {
        Ok(_) => Ok(()),
        Err(BdmError::NotBits { found, position }) => {
            bail!("found {found:?} in character {position} of the text, expected 0 or 1: --encode utf8 takes any text")
        }
        Err(error) => Err(error.into()),
    }
}

/// Refuses an encoding that runs are not read by.
///
/// # Errors
/// The encoding, as an error in what was typed.
pub(in crate::commands) fn check_encoding(choice: EncodingChoice) -> Result<()> {
    match choice {
        EncodingChoice::Auto | EncodingChoice::Fixed(Encoding::Bits | Encoding::Utf8) => Ok(()),
        other @ EncodingChoice::Fixed(_) => {
            Err(usage(anyhow::anyhow!("--encode {other}: expected auto, utf8 or bits")))
        }
    }
}

/// The error of a record that is not what the others are, with its place, which whoever labels does not know: the files are read once more, where
/// they can be.
pub(in crate::commands) fn with_place(
    error: anyhow::Error,
    files: &[PathBuf],
    reference: Option<&Path>,
    names: &Names<'_>,
) -> anyhow::Error {
    let is_read_once = |path: &Path| path == Path::new("-");
    if !matches!(error.downcast_ref(), Some(CollapseError::Encode { .. }))
        || files.iter().map(PathBuf::as_path).chain(reference).any(is_read_once)
    {
        return error;
    }
    let of_reference = || reference.and_then(|path| read_reference(path, names.text, &bits).err());
    read_runs(files, names, &bits).err().or_else(of_reference).unwrap_or(error)
}

/// The authentic records of a file, each of which must be what is demanded.
///
/// # Errors
/// A file that cannot be read or is empty, a record without the field or that is not as demanded.
pub(in crate::commands) fn read_reference(path: &Path, field: &str, demand: &Demand) -> Result<Reference> {
    let mut records = Vec::new();
    let mut synthetic = 0;
    for (place, raw) in records::each(path, field)? {
        synthetic += usize::from(raw.fields.get("exogenous") == Some(&Value::Bool(false)));
        let text = raw.content.into_text();
        text.as_deref().map_or(Ok(()), demand).with_context(|| place.to_string())?;
        records.extend(text);
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

/// The field that names a run where no other is asked for.
pub(in crate::commands) const RUN_FIELD: &str = "run";

/// The fields of a record.
pub(in crate::commands) struct Names<'a> {
    pub(in crate::commands) text: &'a str,
    pub(in crate::commands) run: &'a str,
    pub(in crate::commands) generation: &'a str,
}

impl Names<'_> {
    /// Whether a field has two uses.
    pub(super) fn clash(&self) -> bool {
        let all = [self.text, self.run, self.generation, "source", "alpha", "exogenous"];
        all[..3].iter().enumerate().any(|(at, name)| all[at + 1..].contains(name))
    }
}

/// Reads runs from JSON lines, which all threads take apart. Every text must be what is demanded.
pub(in crate::commands) fn read_runs(files: &[PathBuf], names: &Names<'_>, demand: &Demand) -> Result<Vec<Run>> {
    if names.run == names.text || names.run == names.generation {
        let (run, of) = (names.run, if names.run == names.text { "text" } else { "generation" });
        return Err(usage(anyhow::anyhow!("--run-field {run}: that field holds the {of}; name another")));
    }
    let pool = rayon::ThreadPoolBuilder::new().build().context("cannot start threads")?;
    let mut gathered = Gathered::default();
    let mut seen: Vec<PathBuf> = Vec::new();
    for (file, path) in files.iter().enumerate() {
        gathered.open(file);
        let named = path.canonicalize().unwrap_or_else(|_| path.clone());
        if seen.contains(&named) {
            return Err(usage(anyhow::anyhow!(
                "{}: is given twice, and its records would count twice",
                path.display()
            )));
        }
        seen.push(named);
        let batches = InputArgs::plain(Input::Lines, names.text).batches(path, Keep::Id, &Arc::default())?;
        let told = |batch: Batch| {
            let (mut told, mut known) = (Vec::new(), Known::default());
            batch.visit(|placed| told.extend(Told::of(placed, names, demand, &mut known)));
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
    gathered.check(names)?;
    for run in &gathered.pooled {
        say!(
            "warning: records of the same generations of run `{run}` stand in more than one file and are pooled; if these are several runs, give each a name of its own"
        );
    }
    Ok(gathered.runs)
}

/// What a line tells of a record.
struct Told {
    place: Place,
    run: Arc<str>,
    /// Whether the line names it.
    named: bool,
    source: Option<Arc<str>>,
    generation: u64,
    record: Record,
}

/// The names of the line before, which most lines share.
#[derive(Default)]
struct Known {
    run: Option<Arc<str>>,
    source: Option<Arc<str>>,
}

/// A name, shared with the line before where it is the same.
fn shared(known: &mut Option<Arc<str>>, name: &str) -> Arc<str> {
    match known {
        Some(known) if **known == *name => Arc::clone(known),
        _ => Arc::clone(known.insert(Arc::from(name))),
    }
}

/// The run of records that name none.
const UNNAMED: &str = "run";

/// Runs, as far as their lines are read.
#[derive(Default)]
struct Gathered {
    runs: Vec<Run>,
    /// The number of the file that is read.
    file: usize,
    /// Records that name a run, and records that name none.
    named: u64,
    unnamed: u64,
    /// Runs that have a generation in two files.
    pooled: BTreeSet<String>,
    /// Where a run stands.
    at: HashMap<Arc<str>, usize>,
    /// Generations by run and index, for files in any order, and the file that held them first.
    generations: HashMap<(usize, u64), (usize, usize)>,
    /// The run, the generation's index and its place of the line before.
    before: Option<(usize, u64, usize)>,
}

impl Gathered {
    fn open(&mut self, file: usize) {
        self.file = file;
        self.before = None;
    }

    /// Whether all records, or none, name their run.
    fn check(&self, names: &Names<'_>) -> Result<()> {
        let (named, unnamed, field) = (self.named, self.unnamed, names.run);
        if named == 0 && field != RUN_FIELD {
            return Err(usage(anyhow::anyhow!("--run-field {field}: no record has that field")));
        }
        if named > 0 && unnamed > 0 {
            let all = named + unnamed;
            say!("warning: {unnamed} of {all} records have no `{field}`, and are one run called `{UNNAMED}`");
        }
        Ok(())
    }

    fn add(&mut self, told: Told) -> Result<()> {
        let Told { place, run: id, named, source, generation, record } = told;
        *if named { &mut self.named } else { &mut self.unnamed } += 1;
        let before = self.before.filter(|(at, ..)| self.runs[*at].id == *id);
        let at = match before.map(|(at, ..)| at).or_else(|| self.at.get(&id).copied()) {
            Some(at) => at,
            None => {
                self.at.insert(Arc::clone(&id), self.runs.len());
                let source = source.as_deref().map(str::to_owned);
                self.runs.push(Run { id: id.as_ref().to_owned(), source, generations: Vec::new() });
                self.runs.len() - 1
            }
        };
        let run = &mut self.runs[at];
        if run.source.as_deref() != source.as_deref() {
            let name = |source: Option<&str>| source.map_or("none".to_owned(), |s| format!("`{s}`"));
            let (here, before) = (name(source.as_deref()), name(run.source.as_deref()));
            bail!("{place}: run `{}` has source {here} here and {before} before; a run has one source", run.id);
        }
        let slot = match before {
            Some((_, index, slot)) if index == generation => slot,
            _ => match self.generations.entry((at, generation)) {
                Entry::Occupied(held) => {
                    let (slot, file) = *held.get();
                    if file != self.file {
                        self.pooled.insert(run.id.clone());
                    }
                    slot
                }
                Entry::Vacant(place) => {
                    run.generations.push(Generation { index: generation, records: Vec::new() });
                    place.insert((run.generations.len() - 1, self.file)).0
                }
            },
        };
        self.before = Some((at, generation, slot));
        run.generations[slot].records.push(record);
        Ok(())
    }
}

impl Told {
    /// What a line tells; `None` of a blank one.
    fn of(placed: Placed<'_>, names: &Names<'_>, demand: &Demand, known: &mut Known) -> Option<Result<Self>> {
        let Placed { place, record, .. } = placed;
        let line = match &record {
            Ok(Raw { content: Content::Text(text), .. }) if text.trim_ascii().is_empty() => return None,
            Ok(Raw { content: Content::Text(text), .. }) => match Line::quick(text, names) {
                Some(line) => Ok(line),
                None => slow(text, names),
            },
            Ok(_) => Err(anyhow::anyhow!("not a line of text")),
            Err(error) => Err(anyhow::anyhow!("{error:#}")),
        };
        let line = line.and_then(|line| demand(&line.text).map(|()| line));
        Some(line.with_context(|| place.to_string()).map(|line| {
            let Line { text, run, source, generation, alpha, exogenous } = line;
            Self {
                named: run.is_some(),
                run: shared(&mut known.run, run.as_deref().unwrap_or(UNNAMED)),
                source: source.map(|source| shared(&mut known.source, &source)),
                generation,
                record: Record { text: text.into_owned(), alpha, exogenous },
                place,
            }
        }))
    }
}

/// A whole number, also as programs write it that know no others than doubles: `3.0`.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| whole_float(value.as_f64()?).ok())
}

/// What a line tells, by building all of it.
///
/// # Errors
/// No JSON object, or a field that is not what it should be.
pub(super) fn slow(line: &str, names: &Names<'_>) -> Result<Line<'static>> {
    if !line.trim_start().starts_with(['{', '[', '"']) {
        bail!(
            "no JSON object; expected JSON lines, a record a line such as {{\"{}\": \"...\", \"{}\": 0}}",
            names.text,
            names.generation
        );
    }
    let raw = json_record(line, names.text, Keep::All)?;
    let get = |name: &str| raw.fields.get(name).filter(|v| !v.is_null());
    let wrong = |name: &str, value: &Value, expected: &str| {
        anyhow::anyhow!("field `{name}` is {}, expected {expected}", shown(value))
    };
    let run = match get(names.run) {
        None => None,
        Some(Value::String(id)) => Some(id.clone().into()),
        // A larger number has lost digits by now, and two runs could have one name.
        Some(Value::Number(id)) if id.as_f64().is_some_and(|n| id.is_f64() && n.abs() >= EXACT) => {
            bail!(
                "field `{}` is a number of more than {EXACT:e}, expected a string: it cannot be read digit by digit",
                names.run
            )
        }
        Some(Value::Number(id)) => Some(id.to_string().into()),
        Some(other) => return Err(wrong(names.run, other, "a string")),
    };
    let generation = match get(names.generation) {
        Some(value) => whole(value).ok_or_else(|| wrong(names.generation, value, "a whole number from 0"))?,
        None => bail!("no field `{}`; name the generation's with --generation-field", names.generation),
    };
    let source = match get("source") {
        None => None,
        Some(Value::String(source)) => Some(source.clone().into()),
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
    Ok(Line { text: text.into(), run, source, generation, alpha, exogenous })
}

/// A value as an error quotes it: a number itself, anything longer by its kind.
fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        other => kind(other).to_owned(),
    }
}
