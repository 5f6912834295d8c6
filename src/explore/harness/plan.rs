//! What the host asks the runtime for.

use super::Choice;

/// A search, or a number of executions to be made simpler.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What all chance depends on.
    pub seed: u64,
    /// How many modules register candidates; each has one test function that does.
    pub modules: usize,
    /// How many processes run candidates at a time; the results do not depend on it.
    pub workers: usize,
    /// Where the work ends.
    pub limits: Limits,
    /// The regions that are told apart.
    pub regions: Vec<Region>,
    /// Regions, by index, that are covered already and so no goals.
    pub covered: Vec<usize>,
    /// Suggested values.
    pub pools: Vec<Pool>,
    /// What to do.
    pub work: Work,
}

/// The work of a plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Searches with these candidates.
    Search(Vec<Candidate>),
    /// Makes these executions simpler, and runs the outcome several times.
    Shrink(Vec<Request>),
}

/// The limits of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most executions of a search.
    pub executions: u64,
    /// Executions without a region that is new for all, after which a search ends.
    pub patience: u64,
    /// Most steps (sum of all counters) of an execution; one that makes more hangs.
    pub steps: u64,
    /// Most processor time of an execution, in milliseconds; only loops without counters need it.
    pub cpu_ms: u64,
    /// How long an execution may do nothing but wait, in milliseconds.
    pub blocked_ms: u64,
    /// Address space of a child, in MiB.
    pub memory_mib: u64,
    /// Depth of nested construction at which only leaves are built.
    pub depth: u32,
    /// Most bytes kept of what is seen of one value.
    pub seen_bytes: usize,
    /// Most executions that one request is given.
    pub attempts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            executions: 400_000,
            patience: 60_000,
            steps: 4_000_000,
            cpu_ms: 3_000,
            blocked_ms: 1_500,
            memory_mib: 2_048,
            depth: 4,
            seen_bytes: 4_096,
            attempts: 600,
        }
    }
}

/// A region: it is hit if the sum of its terms is positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Index of each counter in memory, and its factor.
    pub terms: Vec<(usize, i64)>,
    /// The function it belongs to.
    pub function: usize,
}

/// Values that the source suggests; arms, counts, sizes and flags are ignored.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pool {
    /// The values.
    pub values: Vec<Choice>,
}

/// A candidate that takes part in a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The number under which it registers.
    pub id: u32,
    /// The function it is meant for; goals of functions it happens to reach count, too.
    pub function: Option<usize>,
    /// Indices of the pools it draws from, the nearest first: its function's, file's, crate's.
    pub pools: Vec<usize>,
}

/// An execution to be made simpler.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// A number by which the answer is found.
    pub id: u32,
    /// The candidate.
    pub candidate: u32,
    /// The shape of its outcome, which has to stay (that of its [`super::Sighting`]).
    pub shape: String,
    /// The regions that must stay hit.
    pub keep: Vec<usize>,
    /// Its choices.
    pub choices: Vec<Choice>,
}
