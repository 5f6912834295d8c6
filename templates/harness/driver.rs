//! From the registered candidates to the end of the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use crate::child::{self, Crew};
use crate::counters::{self, Regions};
use crate::execute::{Case, listen_to_panics};
use crate::plan::{Candidate, Plan};
use crate::rounds::Search;
use crate::search::Target;
use crate::shrink::Shrink;
use crate::sys;

/// The variable that names the plan.
const PLAN: &str = "RUSTCHAIN_PLAN";

/// The stack of candidates: that of a test thread, less what a test needs for itself.
const STACK: usize = (2 << 20) - (64 << 10);

/// The candidates of the modules that have registered, and how many modules that are.
static REGISTERED: Mutex<(Vec<(u32, Case)>, usize)> = Mutex::new((Vec::new(), 0));

/// Registers the candidates of a module; the last call of the plan's modules does the search and
/// does not return.
pub fn register(cases: &'static [(u32, Case)]) {
    let Ok(path) = std::env::var(PLAN) else { return };
    let plan = plan(&path);
    let Ok(mut registered) = REGISTERED.lock() else { end("a module failed to register") };
    registered.0.extend(cases);
    registered.1 += 1;
    if registered.1 < plan.modules {
        return;
    }
    let cases = std::mem::take(&mut registered.0).into_iter().collect();
    let thread = std::thread::Builder::new().stack_size(STACK).name("test".to_owned());
    let driver = thread.spawn(move || drive(plan, &cases));
    match driver.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => sys::exit_now(0),
        Ok(Ok(Err(error))) => end(&error),
        Ok(Err(_)) => end("the driver panicked"),
        Err(error) => end(&error.to_string()),
    }
}

/// Returns the plan, which is read by the first module that registers.
fn plan(path: &str) -> &'static Plan {
    static READ: OnceLock<Plan> = OnceLock::new();
    READ.get_or_init(|| {
        let Ok(text) = std::fs::read_to_string(path) else { end(&format!("cannot read `{path}`")) };
        Plan::parse(&text).unwrap_or_else(|error| end(&error))
    })
}

/// Runs the plan to its end.
fn drive(plan: &'static Plan, cases: &BTreeMap<u32, Case>) -> Result<(), String> {
    if counters::locate() == 0 {
        return Err("the binary has no coverage counters".to_owned());
    }
    let regions = Regions::new(plan.regions.clone());
    // Nobody reads the backtraces of all those panics and deaths, which take long to make.
    std::env::set_var("RUST_BACKTRACE", "0");
    child::prepare(plan);
    let mut crew = Crew::new(plan).ok_or("the system refuses shared memory")?;
    listen_to_panics();
    if plan.shrink {
        let mut shrink = Shrink::new(plan, regions, cases);
        return shrink.run(&mut crew).map_err(|error| error.to_string());
    }
    let target =
        |candidate: &Candidate| Some(Target::new(candidate, *cases.get(&candidate.id)?, plan));
    let targets = plan.candidates.iter().filter_map(target).collect();
    let search = Search::new(plan, regions, targets);
    search.and_then(|mut search| search.run(&mut crew)).map_err(|error| error.to_string())
}

/// Says why nothing can be done, where the host reads it, and ends the process.
fn end(message: &str) -> ! {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "rustchain_rt: {message}");
    sys::exit_now(81)
}
