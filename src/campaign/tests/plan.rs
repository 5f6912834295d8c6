//! What the generator decides.

use super::super::*;
use crate::coverage::{Ratio, Row, Summary, Table};
use crate::mission::{self, Document};

fn table(files: &[(&str, u64, u64)]) -> Table {
    let rows = files.iter().map(|(file, covered, coverable)| Row {
        file: (*file).to_owned(),
        summary: Summary {
            lines: Ratio { covered: *covered, coverable: *coverable },
            ..Summary::default()
        },
        uncovered: String::new(),
    });
    Table { total: Summary::default(), files: rows.collect() }
}

fn request(files: &[(&str, u64, u64)]) -> Request {
    Request {
        features: Vec::new(),
        table: table(files),
        project: None,
        packages: std::collections::BTreeMap::new(),
        target_percent: 85.0,
        left_out: std::collections::BTreeMap::new(),
        force: false,
        archive: true,
    }
}

fn templates() -> Templates {
    Templates::new(None).expect("the shipped templates parse")
}

/// What a plan leaves in the folder: the missions as if read back, and the campaign's text.
fn carried_out(plan: &Plan) -> (Vec<Existing>, Option<String>) {
    let mut missions = Vec::new();
    let mut master = None;
    for file in &plan.write {
        let loaded = mission::parse(&file.name, file.text.as_bytes()).expect("it parses");
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
        match loaded.document {
            Document::Campaign(_) => master = Some(file.text.clone()),
            Document::Mission(mission) => {
                let target = mission.target.expect("a target");
                missions.push(Existing {
                    name: file.name.clone(),
                    done: false,
                    file: target.file.expect("a file"),
                    project: target.project,
                    target_percent: target.percent.expect("a target"),
                    baseline_percent: target.baseline_percent.expect("a baseline"),
                });
            }
        }
    }
    (missions, master)
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.write.iter().map(|file| file.name.as_str()).collect()
}

const FILES: &[(&str, u64, u64)] =
    &[("src/b.rs", 10, 40), ("src/a.rs", 70, 100), ("src/io/c.rs", 0, 30), ("src/ok.rs", 9, 10)];

#[test]
fn most_uncovered_lines_come_first_and_ties_go_by_path() {
    let plan = plan(&request(FILES), &[], None, &templates()).expect("a plan");
    let expected = [
        "000_master.yaml",
        "coverage_mission_001_src_a_rs.yaml",
        "coverage_mission_002_src_b_rs.yaml",
        "coverage_mission_003_src_io_c_rs.yaml",
    ];
    assert_eq!(names(&plan), expected);
    assert_eq!(plan.reached, 1);
    let master = &plan.write[0].text;
    assert!(master.contains("001_src_a_rs.yaml, priority: MEDIUM"), "{master}");
    assert!(master.contains("002_src_b_rs.yaml, priority: HIGH"), "{master}");
    assert!(plan.write[3].text.contains("category: IO\n"), "{}", plan.write[3].text);
}

#[test]
fn b21_the_same_table_gives_the_same_bytes_in_any_order() {
    let mut turned = FILES.to_vec();
    turned.reverse();
    let one = plan(&request(FILES), &[], None, &templates()).expect("a plan");
    let two = plan(&request(&turned), &[], None, &templates()).expect("a plan");
    assert_eq!(one, two);
}

#[test]
fn a_second_plan_writes_nothing_and_keeps_what_is_there() {
    let first = plan(&request(FILES), &[], None, &templates()).expect("a plan");
    let (missions, master) = carried_out(&first);
    let second = plan(&request(FILES), &missions, master.as_deref(), &templates()).expect("plan");
    assert_eq!(second.write, []);
    assert_eq!(second.kept.len(), 3);
}

#[test]
fn an_archived_mission_keeps_its_name_and_its_place() {
    let first = plan(&request(FILES), &[], None, &templates()).expect("a plan");
    let (mut missions, master) = carried_out(&first);
    missions[0].done = true;
    let more = [&[("src/new.rs", 0, 99), ("src/a.rs", 10, 100)], &FILES[2..]].concat();
    let second = plan(&request(&more), &missions, master.as_deref(), &templates()).expect("plan");
    assert_eq!(names(&second), ["000_master.yaml", "coverage_mission_004_src_new_rs.yaml"]);
    assert!(second.kept.iter().any(|kept| kept.done && kept.file == "src/a.rs"));
    assert!(second.write[0].text.contains("coverage_mission_001_src_a_rs.yaml"));
}

#[test]
fn another_target_is_refused_by_name_and_allowed_by_force() {
    let first = plan(&request(FILES), &[], None, &templates()).expect("a plan");
    let (mut missions, master) = carried_out(&first);
    missions[1].done = true;
    let mut higher = request(FILES);
    higher.target_percent = 95.0;
    let error = plan(&higher, &missions, master.as_deref(), &templates()).expect_err("refused");
    assert!(error.message().contains("`coverage_mission_001_src_a_rs.yaml`"), "{error}");
    assert!(error.message().contains("`done/coverage_mission_002_src_b_rs.yaml`"), "{error}");
    higher.force = true;
    let forced = plan(&higher, &missions, master.as_deref(), &templates()).expect("a plan");
    let expected = [
        "000_master.yaml",
        "coverage_mission_001_src_a_rs.yaml",
        "coverage_mission_004_src_b_rs.yaml",
        "coverage_mission_003_src_io_c_rs.yaml",
        "coverage_mission_005_src_ok_rs.yaml",
    ];
    assert_eq!(names(&forced), expected);
}

#[test]
fn a_campaign_changed_by_hand_is_not_replaced() {
    let error = plan(&request(FILES), &[], Some("name: mine\n"), &templates());
    let error = error.expect_err("refused");
    assert!(error.message().contains("`000_master.yaml`"), "{error}");
}

#[test]
fn a_file_that_is_left_out_is_named_with_its_reason() {
    let mut request = request(FILES);
    request.left_out = folder::excluded(&request.table, &["src/*.rs".to_owned()]).expect("globs");
    let plan = plan(&request, &[], None, &templates()).expect("a plan");
    assert_eq!(names(&plan), ["000_master.yaml", "coverage_mission_001_src_io_c_rs.yaml"]);
    let reason = "excluded by `src/*.rs`".to_owned();
    assert_eq!(plan.left_out[0], ("src/a.rs".to_owned(), reason));
}

#[test]
fn nothing_to_do_writes_nothing_at_all() {
    let plan = plan(&request(&[("src/a.rs", 1, 1), ("src/b.rs", 0, 0)]), &[], None, &templates());
    assert_eq!(plan.expect("a plan").write, []);
}

#[test]
fn a_workspace_below_the_project_is_named_in_the_mission() {
    let mut request = request(&[("src/a.rs", 0, 4)]);
    request.project = Some("examples/parcel".to_owned());
    let plan = plan(&request, &[], None, &templates()).expect("a plan");
    let mission = &plan.write[1];
    assert_eq!(mission.name, "coverage_mission_001_examples_parcel_src_a_rs.yaml");
    assert!(mission.text.contains("name: Cover examples/parcel/src/a.rs\n"), "{}", mission.text);
    assert!(mission.text.contains("  project: examples/parcel\n"), "{}", mission.text);
}

#[test]
fn an_own_template_that_asks_for_an_unknown_value_is_refused() {
    let templates = Templates::new(Some("name: {{nmae}}\n")).expect("it parses");
    let error = plan(&request(FILES), &[], None, &templates).expect_err("strict");
    assert_eq!(error.kind(), crate::error::Kind::Usage);
}
