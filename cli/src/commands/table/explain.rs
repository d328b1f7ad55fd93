//! `turmite table explain`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};
use turmite_ctm::{Alike, Diagram, Direction, Entry, Frame, Machine};
use turmite_tables::{Interval, Method, Row, Shape, Table, refuse_existing};

use super::lookup::parse;
use super::open;
use crate::output::{self, OneFormat, integer, number, text};
use crate::picture::{Captions, Kind};

/// Show the machine that writes a string soonest, its run, and how much of the string's count it stands for
///
/// Of a sampled table it is the soonest of the machines drawn; others may write the string sooner.
/// A machine stands for those that differ from it only in entries that its run never reaches, in the names of its states, and
/// in the names of symbols that the string lacks. Its mirror images and turns are other machines; how many of them write the string too is told beside it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite table explain 5x2-1d 0110100110
  turmite table explain 5x2-1d 010101010101 --out run.svg
  turmite table explain plane.ctm 010/111

On a line each row of the diagram is the tape before a step: the head's cell in brackets, a dot for a cell not visited yet.
Of a run in a plane or a solid some steps are shown, planes side by side. A long run is shown at equal distances, and at
smaller ones with --format json. --out draws it; SVG has step numbers and a legend, PNG the cells alone.")]
pub(crate) struct Args {
    /// A file or a name of `turmite table list`
    table: String,
    /// A string of digits
    string: String,
    /// Draw the run too: a name that ends in .svg or .png
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the picture if it is there
    #[arg(long, requires = "out")]
    overwrite: bool,
    /// How to show it
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: OneFormat,
}

/// How much of a run is shown.
#[derive(Clone, Copy)]
struct Most {
    /// Steps of a run on a line.
    rows: usize,
    /// Cells in all.
    cells: usize,
}

/// What one scrolls through.
const FOR_PEOPLE: Most = Most { rows: 1_001, cells: 1 << 15 };
const FOR_PROGRAMS: Most = Most { rows: 10_001, cells: 1 << 20 };
/// Steps of a run in a plane or a solid.
const PANELS: usize = 8;
/// The columns that panels may take.
const WIDTH: usize = 100;

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let kind = args.out.as_deref().map(Kind::of).transpose()?;
    super::check_outputs(&[args.out.as_deref()], &[], &[&args.table])?;
    if let Some(path) = &args.out {
        refuse_existing(path, args.overwrite)?;
    }
    let table = open(&args.table)?;
    let explained = Explained::of(&table, args)?;
    if let (Some(kind), Some(path)) = (kind, &args.out) {
        let diagram = explained.diagram(Kind::frames(explained.row.shape.cells(), table.space().dims()))?;
        output::to(Some(path), |out| kind.draw(out, &diagram, &explained.captions(&diagram)))?;
    }
    output::to(None, |out| match args.format {
        OneFormat::Table => explained.print(out),
        OneFormat::Json => output::one(out, args.format.into(), explained.object()?),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A row, its witness, and what that stands for.
struct Explained<'a> {
    table: &'a Table,
    string: &'a str,
    row: Row,
    interval: Interval,
    machine: Machine,
    blank: u8,
    steps: u64,
    alike: Alike,
}

/// Why a table lacks a string: only a whole one knows that nothing writes it.
fn lacking(table: &Table, shape: &Shape, string: &str) -> String {
    let provenance = table.provenance();
    if let Some(left_out) = table.left_out().filter(|l| !l.keeps(shape)) {
        let kept = left_out.within;
        return format!("the table keeps strings within {kept}, and '{string}' is larger; it may well be written");
    }
    match (&provenance.method, provenance.max_steps) {
        (Method::Exact, Some(steps)) => {
            format!("no machine of {} writes '{string}' within {steps} steps", provenance.space)
        }
        (Method::Sampled(sampling), Some(steps)) => {
            let machines = sampling.samples;
            format!("none of the {machines} machines drawn writes '{string}' within {steps} steps; others may")
        }
        _ => format!("the table lacks '{string}'"),
    }
}

impl<'a> Explained<'a> {
    fn of(table: &'a Table, args: &'a Args) -> Result<Self> {
        let (shape, symbols) = parse(table, &args.string)?;
        let lookup = table.lookup(&shape, &symbols)?;
        let Some(row) = lookup.row else {
            bail!("{}: {}", args.table, lacking(table, &shape, &args.string));
        };
        let (Some(witness), Some(steps)) = (&row.witness, row.min_steps) else {
            bail!("{}: an imported table has no witnesses; use one made by `turmite enumerate`", args.table);
        };
        let (machine, blank) = Machine::of_witness(table.space(), witness, &lookup.original)?;
        let Some(alike) = Alike::of(&machine, blank, steps) else {
            bail!(
                "{}: the witness {machine} of '{}' does not halt on blank {blank} within {steps} steps; make the table again",
                args.table,
                args.string
            );
        };
        let interval = lookup.interval;
        Ok(Self { table, string: &args.string, row, interval, machine, blank, steps, alike })
    }

    fn diagram(&self, frames: usize) -> Result<Diagram> {
        match Diagram::of(&self.machine, self.blank, self.steps, frames) {
            Some(diagram) => Ok(diagram),
            None => bail!("the witness of '{}' does not halt within {} steps", self.string, self.steps),
        }
    }

    fn shown(&self, most: Most) -> Result<Diagram> {
        let many = (most.cells / self.row.shape.cells()).clamp(2, most.rows);
        self.diagram(if self.table.space().dims() > 1 { PANELS } else { many })
    }

    /// The share of the count that is the witness's own, in bits.
    fn share_bits(&self) -> Option<f64> {
        self.row.count.map(|count| self.table.in_pairs(count).log2() - self.alike.bits)
    }

    fn share(&self) -> Option<f64> {
        self.share_bits().map(|bits| (-bits).exp2())
    }

    fn images(&self) -> String {
        match (self.alike.images - 1, self.row.shape.dims()) {
            (1, 1) => "its mirror image".to_owned(),
            (1, _) => "another image of it, turned or mirrored,".to_owned(),
            (others, _) => format!("{others} other images of it, turned or mirrored,"),
        }
    }

    fn captions(&self, diagram: &Diagram) -> Captions {
        let mut head = self.string.to_owned();
        if head.len() > 64 {
            head = format!("{}... ({})", &head[..60], self.row.shape);
        }
        let (steps, plural) = (self.steps, if self.steps == 1 { "" } else { "s" });
        let stands = self.share().map_or_else(String::new, |s| format!("; stands for {:.3} % of the count", s * 100.0));
        let told = format!("blank {}, {steps} step{plural}, K {:.4} bits{stands}", self.blank, self.row.k);
        let drawn = match (self.row.shape.dims(), diagram.stride) {
            (1, 1) => "Each row is the tape before a step, time downwards, the head ringed.".to_owned(),
            (1, stride) => {
                format!("Each row is the tape {stride} steps after the one above, time downwards, the head ringed.")
            }
            (_, 1) => "The visited box before each step, the head ringed.".to_owned(),
            (_, stride) => format!("The visited box every {stride} steps, the head ringed."),
        };
        let drawn = if self.row.shape.dims() == 3 { format!("{drawn} Planes stand side by side.") } else { drawn };
        Captions {
            lines: vec![
                (format!("{head} in {}", self.table.name()), true),
                (self.machine.to_string(), true),
                (told, false),
                (drawn, false),
            ],
            symbols: self.table.symbols(),
            states: self.table.space().states(),
        }
    }

    fn object(&self) -> Result<Map<String, Value>> {
        let transitions: Vec<Value> = entries(&self.machine)
            .map(|(state, reads, entry)| {
                let (writes, moves, next) = match entry {
                    Entry::Undefined => (None, None, None),
                    Entry::Halt { write } => (Some(write), None, None),
                    Entry::Step { write, direction, next } => (Some(write), Some(direction.letter()), Some(letter(next))),
                };
                let halts = matches!(entry, Entry::Halt { .. });
                json!({"state": letter(state), "reads": reads, "writes": writes, "moves": moves, "next": next, "halts": halts})
            })
            .collect();
        let diagram = self.shown(FOR_PROGRAMS)?;
        let frames: Vec<Value> = diagram
            .frames
            .iter()
            .map(|frame| {
                let tape = diagram.shape.format_string(&frame.cells);
                json!({"step": frame.step, "state": frame.state.map(letter), "head": frame.head, "tape": tape})
            })
            .collect();
        let mut out = Map::new();
        let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
        put("string", json!(self.string));
        put("shape", json!(self.row.shape.to_string()));
        put("k", json!(self.row.k));
        put("k_low", number(self.interval.low));
        put("k_high", number(self.interval.high));
        if self.table.sampling().is_some() {
            let error = self.table.standard_error(&self.row);
            put("k_se", number(error.map(|e| e.bits)));
            put("count_se", number(error.map(|e| e.count)));
        }
        put("count", text(self.row.count.map(|c| self.table.pairs_text(c))));
        put("total", text(self.table.total().map(|t| self.table.pairs_text(t))));
        put("min_steps", json!(self.steps));
        put("witness", json!(self.machine.to_string()));
        put("blank", json!(self.blank));
        put("unreached", json!(self.alike.unreached));
        put("alike", integer(self.alike.pairs));
        put("alike_share", number(self.share()));
        put("alike_bits", number(self.share_bits()));
        put("images", json!(self.alike.images));
        put("transitions", json!(transitions));
        put("stride", json!(diagram.stride));
        put("frames", json!(frames));
        Ok(out)
    }

    fn print(&self, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "string    {}", self.string)?;
        let sampled = self.table.sampling().is_some();
        let error = self.table.standard_error(&self.row).map_or_else(String::new, |e| format!(" +- {:.6}", e.bits));
        writeln!(out, "K         {:.6}{error} bits in {}", self.row.k, self.table.name())?;
        if let (true, Some(low), Some(high)) = (sampled, self.interval.low, self.interval.high) {
            writeln!(out, "interval  {low:.6} to {high:.6} bits without a cutoff")?;
        }
        if let (Some(count), Some(total)) = (self.row.count, self.table.total()) {
            let about = if sampled { "about " } else { "" };
            let (count, total) = (self.table.pairs_text(count), self.table.pairs_text(total));
            writeln!(out, "count     {about}{count} of {total} halting pairs (machine, blank)")?;
        }
        let plural = if self.steps == 1 { "" } else { "s" };
        let drawn = if sampled { ", the soonest of the machines drawn" } else { "" };
        writeln!(out, "witness   {} on blank {}, {} step{plural}{drawn}", self.machine, self.blank, self.steps)?;
        let pairs = self.alike.pairs.map_or_else(|| format!("2^{:.2}", self.alike.bits), |pairs| pairs.to_string());
        let make = if self.alike.pairs == Some(1) { "pair makes" } else { "pairs make" };
        write!(out, "alike     {pairs} {make} this run")?;
        if let (Some(share), Some(bits)) = (self.share(), self.share_bits()) {
            write!(out, ", {:.4} % of the count ({bits:.4} bits)", share * 100.0)?;
            if self.alike.images > 1 {
                write!(out, "; with {} {:.4} %", self.images(), share * f64::from(self.alike.images) * 100.0)?;
            }
        }
        writeln!(out, "\n")?;
        self.print_machine(out)?;
        let diagram = self.shown(FOR_PEOPLE)?;
        if diagram.stride > 1 {
            writeln!(out, "\nEvery {} steps and the last:", diagram.stride)?;
        } else {
            writeln!(out)?;
        }
        if self.row.shape.dims() == 1 { print_line(out, &diagram) } else { print_panels(out, &diagram) }
    }

    /// The table of transitions, a state a row; states and symbols that the run never meets are left out.
    fn print_machine(&self, out: &mut dyn Write) -> Result<()> {
        let defined = |wanted: &dyn Fn(u8, u8) -> bool| {
            entries(&self.machine).any(|(state, reads, entry)| wanted(state, reads) && entry != Entry::Undefined)
        };
        let reads: Vec<u8> = (0..self.table.symbols()).filter(|s| defined(&|_, reads| reads == *s)).collect();
        write!(out, "state")?;
        for (i, symbol) in reads.iter().enumerate() {
            let text = format!("reads {symbol}");
            if i + 1 < reads.len() { write!(out, " {text:20}")? } else { write!(out, " {text}")? }
        }
        for state in (0..self.table.space().states()).filter(|s| defined(&|state, _| state == *s)) {
            let cells: String = reads.iter().map(|s| format!(" {:20}", words(self.machine.entry(state, *s)))).collect();
            write!(out, "\n  {}  {}", letter(state), cells.trim_end())?;
        }
        Ok(writeln!(out)?)
    }
}

fn entries(machine: &Machine) -> impl Iterator<Item = (u8, u8, Entry)> + '_ {
    let symbols = machine.space().symbols();
    machine.entries().iter().enumerate().map(move |(i, entry)| {
        // A machine has at most 250 entries.
        (i as u8 / symbols, i as u8 % symbols, *entry)
    })
}

fn letter(state: u8) -> char {
    char::from(b'A' + state)
}

fn words(entry: Entry) -> String {
    match entry {
        Entry::Undefined => "-".to_owned(),
        Entry::Halt { write } => format!("writes {write}, halts"),
        Entry::Step { write, direction, next } => {
            let direction = match direction {
                Direction::Right => "right",
                Direction::Left => "left",
                Direction::Up => "up",
                Direction::Down => "down",
                Direction::Forward => "forward",
                Direction::Backward => "backward",
            };
            format!("{write}, {direction}, {}", letter(next))
        }
    }
}

/// A cell as three characters.
fn cell(frame: &Frame, at: usize, visited: bool) -> String {
    let symbol = char::from_digit(u32::from(frame.cells[at]), 10).unwrap_or('?');
    match (at == frame.head, visited) {
        (true, _) => format!("[{symbol}]"),
        (false, true) => format!(" {symbol} "),
        (false, false) => " . ".to_owned(),
    }
}

fn print_line(out: &mut dyn Write, diagram: &Diagram) -> Result<()> {
    let width = diagram.steps.to_string().len().max(4);
    writeln!(out, "{:>width$} state tape", "step")?;
    for frame in &diagram.frames {
        let state = frame.state.map_or('-', letter);
        let cells: String = (0..frame.cells.len()).map(|at| cell(frame, at, frame.visited[2].contains(&at))).collect();
        writeln!(out, "{:width$}   {state}  {}", frame.step, cells.trim_end())?;
    }
    Ok(())
}

/// Boxes from left to right, as many as a line holds, the planes of a solid side by side.
fn print_panels(out: &mut dyn Write, diagram: &Diagram) -> Result<()> {
    let [planes, rows, columns] = diagram.extents();
    // Steps stand further apart than the planes of one.
    let width = (planes * (3 * columns + 2) + if planes > 1 { 5 } else { 0 }).max(20);
    for (i, panels) in diagram.frames.chunks((WIDTH / width).max(1)).enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        let print = |out: &mut dyn Write, text: &dyn Fn(&Frame) -> String| -> Result<()> {
            let line: String = panels.iter().map(|frame| format!("{:width$}", text(frame))).collect();
            Ok(writeln!(out, "{}", line.trim_end())?)
        };
        print(out, &|frame| {
            let state = frame.state.map_or("halted".to_owned(), |state| format!("state {}", letter(state)));
            format!("step {}, {state}", frame.step)
        })?;
        for row in 0..rows {
            print(out, &|frame| {
                let plane = |plane: usize| {
                    let seen = frame.visited[0].contains(&plane) && frame.visited[1].contains(&row);
                    let first = (plane * rows + row) * columns;
                    (0..columns)
                        .map(|c| cell(frame, first + c, seen && frame.visited[2].contains(&c)))
                        .collect::<String>()
                };
                (0..planes).map(plane).collect::<Vec<_>>().join("  ")
            })?;
        }
    }
    Ok(())
}
