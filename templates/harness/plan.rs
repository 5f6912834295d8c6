//! The plan: what the host asks for, as lines of words.

use crate::choice::Choice;
use crate::pools::Pool;

/// The version of the plan and of the results.
const HEADER: &str = "rustchain-plan 1";

/// What the host asks for.
#[derive(Default)]
pub struct Plan {
    pub output: String,
    pub progress: String,
    pub seed: u64,
    /// How many modules register candidates.
    pub modules: usize,
    pub workers: usize,
    /// Most executions of a search.
    pub executions_max: u64,
    /// Executions without a new region after which a search ends.
    pub patience: u64,
    /// Most steps of one execution.
    pub steps_max: u64,
    /// Most processor time of one execution, in milliseconds.
    pub cpu_ms_max: u64,
    /// Most time in which an execution may wait and do nothing, in milliseconds.
    pub blocked_ms_max: u64,
    /// Address space of a child, in MiB.
    pub memory_mib_max: u64,
    pub depth_max: u32,
    /// Most bytes kept of one observation.
    pub observed_max: usize,
    /// Executions of one shrink request.
    pub attempts_max: u32,
    /// Terms of every region.
    pub regions: Vec<Vec<(u32, i64)>>,
    /// The function of every region.
    pub functions: Vec<u32>,
    /// Regions that are no goal.
    pub covered: Vec<u32>,
    pub pools: Vec<Pool>,
    pub candidates: Vec<Candidate>,
    pub requests: Vec<Request>,
    /// Whether requests are to be shrunk instead of candidates searched.
    pub shrink: bool,
}

/// A candidate of a search.
pub struct Candidate {
    pub id: u32,
    /// The function it is meant for, if regions know it.
    pub function: Option<u32>,
    /// The pools it draws from, nearest first.
    pub pools: Vec<usize>,
}

/// An execution to be made simpler.
pub struct Request {
    pub id: u32,
    pub candidate: u32,
    pub shape: String,
    /// The regions that must stay hit.
    pub keep: Vec<u32>,
    pub choices: Vec<Choice>,
}

impl Plan {
    /// Reads a plan; the error names the line that is malformed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut plan = Self::default();
        let mut lines = text.lines();
        if lines.next() != Some(HEADER) {
            return Err(format!("a plan begins with `{HEADER}`"));
        }
        for line in lines {
            plan.line(line).ok_or_else(|| format!("malformed line `{line}`"))?;
        }
        Ok(plan)
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "output" => self.output = rest.to_owned(),
            "progress" => self.progress = rest.to_owned(),
            "mode" => self.shrink = rest == "shrink",
            "seed" => self.seed = rest.parse().ok()?,
            "modules" => self.modules = rest.parse().ok()?,
            "workers" => self.workers = rest.parse().ok()?,
            "executions_max" => self.executions_max = rest.parse().ok()?,
            "patience" => self.patience = rest.parse().ok()?,
            "steps_max" => self.steps_max = rest.parse().ok()?,
            "cpu_ms_max" => self.cpu_ms_max = rest.parse().ok()?,
            "blocked_ms_max" => self.blocked_ms_max = rest.parse().ok()?,
            "memory_mib_max" => self.memory_mib_max = rest.parse().ok()?,
            "depth_max" => self.depth_max = rest.parse().ok()?,
            "observed_max" => self.observed_max = rest.parse().ok()?,
            "attempts_max" => self.attempts_max = rest.parse().ok()?,
            "region" => {
                let (function, terms) = rest.split_once(' ').unwrap_or((rest, ""));
                self.functions.push(function.parse().ok()?);
                self.regions.push(terms.split_whitespace().map(term).collect::<Option<_>>()?);
            }
            "covered" => self.covered.extend(numbers(rest)?),
            "pool" => self.pools.push(Pool::default()),
            "value" => self.pools.last_mut()?.add(Choice::parse(rest)?),
            "candidate" => self.candidates.push(candidate(rest)?),
            "request" => self.requests.push(request(rest)?),
            _ => return None,
        }
        Some(())
    }
}

impl Pool {
    /// Adds a value.
    fn add(&mut self, value: Choice) {
        match value {
            Choice::Text(text) => self.texts.push(text),
            Choice::Bytes(bytes) => self.bytes.push(bytes),
            Choice::Int(int) => self.ints.push(int),
            Choice::Char(c) => self.chars.push(c),
            Choice::Float(bits) => self.floats.push(f64::from_bits(bits)),
            _ => (),
        }
    }
}

/// Reads `counter:factor`.
fn term(word: &str) -> Option<(u32, i64)> {
    let (counter, factor) = word.split_once(':')?;
    Some((counter.parse().ok()?, factor.parse().ok()?))
}

/// Reads numbers between spaces or commas; `-` is none.
fn numbers(text: &str) -> Option<Vec<u32>> {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty() && *word != "-");
    words.map(|word| word.parse().ok()).collect()
}

/// Reads `id function pools`, where the function may be `-`.
fn candidate(text: &str) -> Option<Candidate> {
    let mut words = text.split(' ');
    let id = words.next()?.parse().ok()?;
    let function = words.next()?.parse().ok();
    let pools = numbers(words.next()?)?;
    Some(Candidate { id, function, pools: pools.into_iter().map(|pool| pool as usize).collect() })
}

/// Reads `id candidate shape regions choices...`, the shape as a text choice.
fn request(text: &str) -> Option<Request> {
    let mut words = text.split(' ');
    let id = words.next()?.parse().ok()?;
    let candidate = words.next()?.parse().ok()?;
    let Choice::Text(shape) = Choice::parse(words.next()?)? else { return None };
    let keep = numbers(words.next()?)?;
    let words = words.filter(|word| !word.is_empty());
    let choices = words.map(Choice::parse).collect::<Option<_>>()?;
    Some(Request { id, candidate, shape, keep, choices })
}
