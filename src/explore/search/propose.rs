//! Proposals: what was found, made as simple as it gets and written down as cases.

use std::collections::{BTreeMap, BTreeSet};

use super::select::{Selected, select};
use super::session::{Hooks, Session};
use crate::error::Result;
use crate::explore::emit::{Draft, Finding, Writer};
use crate::explore::harness::{Limits, Outcome, Plan, Request, Shrunk, Sighting, Work};
use crate::explore::model::{ItemId, Scope};
use crate::explore::produce::Names;
use crate::explore::target::{Candidate, Host};
use crate::sys::Stop;

/// A case that is worth a try as a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The number of its candidate.
    pub candidate: u32,
    /// The case.
    pub draft: Draft,
    /// The module of the crate whose child it has to stand in.
    pub module: ItemId,
    /// The function it calls, as an index into the model.
    pub function: usize,
    /// The goals for which it was selected.
    pub gains: BTreeSet<usize>,
}

/// Something a user wants to know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovery {
    /// `panic`, `hang` or `abort`.
    pub kind: &'static str,
    /// The file of the function.
    pub file: String,
    /// Its first line.
    pub line: u32,
    /// The function.
    pub function: String,
    /// What happens, and a call that shows it.
    pub detail: String,
}

impl Session {
    /// Proposes cases for `file` that cover `goals`; candidates in `banned` are left out.
    ///
    /// Cases whose outcome varied, or about which nothing can be asserted, are left out; their
    /// candidates are added to `banned`, so that a second call finds others. Candidates of other
    /// files serve only where none of the file's own does.
    pub fn propose(
        &self,
        (file, goals): (&str, &BTreeSet<usize>),
        banned: &mut BTreeSet<u32>,
        hooks: Hooks<'_>,
        stop: &Stop,
    ) -> Result<Vec<Proposal>> {
        let void: BTreeSet<u32> =
            self.results.dropped.iter().filter(|d| d.void).map(|d| d.candidate).collect();
        let own = |sighting: &Sighting| {
            self.candidate(sighting.candidate).is_some_and(|(_, host)| self.stands_in(host, file))
        };
        let allowed = |sighting: &Sighting| {
            !void.contains(&sighting.candidate)
                && !banned.contains(&sighting.candidate)
                && self.is_keepable(sighting)
        };
        let sightings = &self.results.sightings;
        let mut selected = select(sightings, goals, |sighting| own(sighting) && allowed(sighting));
        let mut left = goals.clone();
        for gain in selected.iter().flat_map(|selected| &selected.gains) {
            left.remove(gain);
        }
        let here = self.module_of(file);
        let nameable = |sighting: &Sighting| {
            self.candidate(sighting.candidate).zip(here).is_some_and(|((candidate, _), here)| {
                let function = &self.krate.functions[candidate.function];
                self.krate.admits(function.scope, here)
            })
        };
        selected.extend(select(sightings, &left, |sighting| {
            !own(sighting) && nameable(sighting) && allowed(sighting)
        }));
        if selected.is_empty() {
            return Ok(Vec::new());
        }
        let plan = self.shrinking(&selected);
        let shrunk = self.run(&plan, hooks, stop)?.shrunk;
        let mut proposals = Vec::new();
        for (selected, shrunk) in selected.into_iter().zip(shrunk) {
            match self.proposal(&selected, &shrunk, file) {
                Some(proposal) => proposals.push(proposal),
                None => {
                    banned.insert(shrunk.candidate);
                }
            }
        }
        Ok(proposals)
    }

    /// Whether a host stands in a file.
    fn stands_in(&self, host: &Host, file: &str) -> bool {
        self.krate.modules.get(&host.module).is_some_and(|module| module.span.file == file)
    }

    /// The module of a file: the outermost one in it.
    fn module_of(&self, file: &str) -> Option<ItemId> {
        let modules = self.krate.modules.values();
        let own = modules.filter(|module| module.span.file == file && !module.inline);
        own.min_by_key(|module| module.path.len()).map(|module| module.id)
    }

    /// The plan that makes what was selected simpler.
    fn shrinking(&self, selected: &[Selected]) -> Plan {
        let requests = selected.iter().enumerate().map(|(number, selected)| {
            let sighting = &self.results.sightings[selected.sighting];
            Request {
                id: u32::try_from(number).unwrap_or(u32::MAX),
                candidate: sighting.candidate,
                shape: sighting.shape.clone(),
                keep: selected.gains.iter().copied().collect(),
                choices: sighting.choices.clone(),
            }
        });
        let limits = Limits { ..self.plan().limits.clone() };
        Plan { work: Work::Shrink(requests.collect()), limits, ..self.plan().clone() }
    }

    /// Whether an execution may become a test: it returned, or it panicked as documented.
    fn is_keepable(&self, sighting: &Sighting) -> bool {
        match &sighting.outcome {
            Outcome::Returned => true,
            Outcome::Panicked { .. } => self
                .candidate(sighting.candidate)
                .is_some_and(|(candidate, _)| self.panics_as_documented(candidate)),
            _ => false,
        }
    }

    /// Whether the documentation of a candidate's function speaks of panics.
    pub fn panics_as_documented(&self, candidate: &Candidate) -> bool {
        let function = &self.krate.functions[candidate.function];
        let docs = function.docs.to_lowercase();
        docs.contains("# panics") || docs.contains("panics if") || docs.contains("will panic")
    }

    /// The case for one execution that was made simpler.
    fn proposal(&self, selected: &Selected, shrunk: &Shrunk, file: &str) -> Option<Proposal> {
        if !shrunk.reproduced || !shrunk.stable_outcome || !shrunk.stable_regions {
            return None;
        }
        let (candidate, host) = self.candidate(shrunk.candidate)?;
        let module = if self.stands_in(host, file) { host.module } else { self.module_of(file)? };
        let steady: Vec<_> = shrunk.seen.iter().filter(|seen| seen.steady).cloned().collect();
        let writer = Writer::new(Names { krate: &self.krate, module });
        let draft = writer.draft(&Finding {
            candidate,
            makers: &host.makers,
            choices: &shrunk.choices,
            outcome: &shrunk.outcome,
            seen: &steady,
        })?;
        Some(Proposal {
            candidate: candidate.id,
            draft,
            module,
            function: candidate.function,
            gains: selected.gains.clone(),
        })
    }

    /// Returns what a user wants to know of: panics that are not documented, hangs and ends of
    /// the process, in public functions; each with a call that shows it.
    pub fn findings(&self) -> Vec<Discovery> {
        let mut found: BTreeMap<(String, u32, String), Discovery> = BTreeMap::new();
        for finding in &self.results.findings {
            let Some((candidate, host)) = self.candidate(finding.candidate) else { continue };
            let function = &self.krate.functions[candidate.function];
            if function.scope != Scope::Everywhere {
                continue;
            }
            let Some((kind, what)) = self.what(candidate, &finding.outcome) else { continue };
            let writer = Writer::new(Names { krate: &self.krate, module: host.module });
            let outcome =
                Outcome::Panicked { message: String::new(), file: String::new(), line: 0 };
            let draft = writer.draft(&Finding {
                candidate,
                makers: &host.makers,
                choices: &finding.choices,
                outcome: &outcome,
                seen: &[],
            });
            let shown = draft.map(|draft| draft.statements.join(" ")).unwrap_or_default();
            let shown = shown.replace("crate::", "").replace("::std::", "");
            let span = &function.span;
            let key = (span.file.clone(), span.start.0, what.clone());
            found.entry(key).or_insert_with(|| Discovery {
                kind,
                file: span.file.clone(),
                line: span.start.0,
                function: function.name.clone(),
                detail: format!("{what}: `{}`", shown.trim_end_matches(';')),
            });
        }
        found.into_values().collect()
    }

    /// What an outcome that a user wants to know of is, in words; `None` for the others.
    fn what(&self, candidate: &Candidate, outcome: &Outcome) -> Option<(&'static str, String)> {
        match outcome {
            Outcome::Panicked { .. } if self.panics_as_documented(candidate) => None,
            Outcome::Panicked { message, .. } => {
                let message = message.lines().next().unwrap_or_default();
                Some(("panic", format!("panics with \"{message}\"")))
            }
            Outcome::Hang => Some(("hang", "runs without end, or nearly".to_owned())),
            Outcome::Died { word, signal, .. } => {
                let why = match (word.as_str(), signal) {
                    ("", 0) => "it exits".to_owned(),
                    ("", signal) => format!("signal {signal}"),
                    (word, _) => word.to_owned(),
                };
                Some(("abort", format!("ends the process ({why})")))
            }
            Outcome::Returned => None,
        }
    }
}
