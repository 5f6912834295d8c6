//! The receipts of the tests that the runs of a project left in it.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_json::Value as Json;

use crate::error::Result;
use crate::gate::Receipt;
use crate::journal::{self, RunId};
use crate::sys::fs;

/// Returns the receipts of the tests that are still there, with the runs that wrote them, in the
/// order of the files and their tests.
///
/// Of a test that several runs wrote the last receipt counts. `file` narrows them to one source or
/// test file, relative to the project.
pub fn receipts(project: &Utf8Path, file: Option<&Utf8Path>) -> Result<Vec<(RunId, Receipt)>> {
    let mut known: BTreeMap<(String, String), (RunId, Receipt)> = BTreeMap::new();
    for run in journal::runs(project)? {
        for event in journal::events(project, &run)?.events {
            if event.kind != "test.receipt" {
                continue;
            }
            let receipt: Receipt =
                serde_json::from_value(Json::Object(event.fields)).unwrap_or_default();
            let key = (receipt.test_file.clone(), receipt.test.clone());
            known.insert(key, (run.clone(), receipt));
        }
    }
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let wanted = |receipt: &Receipt| {
        let is = |path: &str| file.is_none_or(|file| file == path);
        is(&receipt.file) || is(&receipt.test_file)
    };
    let mut found: Vec<(RunId, Receipt)> = Vec::new();
    for (run, receipt) in known.into_values().filter(|(_, receipt)| wanted(receipt)) {
        let text = texts.entry(receipt.test_file.clone()).or_insert_with(|| {
            fs::read_to_string(&project.join(&receipt.test_file)).unwrap_or_default()
        });
        let name = receipt.test.rsplit("::").next().unwrap_or_default();
        if text.contains(&format!("fn {name}(")) {
            found.push((run, receipt));
        }
    }
    Ok(found)
}
