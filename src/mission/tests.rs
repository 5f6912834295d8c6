//! Tests of the mission file: what loads, what is refused, and in which words.

use super::*;

/// The mission of the documentation.
const COVERAGE: &str = r#"version: "1.1"
name: Cover src/parse.rs
target: { file: src/parse.rs, package: numbers, target_percent: 85, baseline_percent: 42.1 }
steps:
  - { id: analyze,   step_type: analyze }
  - { id: generate, step_type: generate, depends_on: [analyze], parameters: { with: [explore] } }
  - { id: integrate, step_type: integrate, depends_on: [generate] }
  - { id: verify, step_type: verify, depends_on: [integrate], parameters: { min_percent: 85 } }
  - { id: archive,   step_type: archive,   depends_on: [verify] }
"#;

/// Loads a mission that has no problem at all.
#[track_caller]
fn load(text: &str) -> Mission {
    match parse("m.yaml", text.as_bytes()) {
        Ok(Loaded { document: Document::Mission(mission), warnings }) if warnings.is_empty() => {
            *mission
        }
        Ok(loaded) => panic!("{:?}\n{}", loaded.document, loaded.warnings),
        Err(problems) => panic!("{problems}"),
    }
}

/// Loads a mission of one header and these steps.
#[track_caller]
fn steps(text: &str) -> Mission {
    load(&format!("name: m\nsteps:\n{text}"))
}

/// The problems of a file that does not load.
#[track_caller]
fn refused(text: &str) -> String {
    let problems = parse("m.yaml", text.as_bytes()).expect_err("this must not load");
    let rendered = problems.render(false);
    rendered.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// The messages of a file with these steps that does not load.
#[track_caller]
fn messages(text: &str) -> Vec<String> {
    let text = format!("name: m\nsteps:\n{text}");
    let problems = parse("m.yaml", text.as_bytes()).expect_err("this must not load");
    problems.list.into_iter().map(|problem| problem.message).collect()
}

#[test]
fn the_coverage_mission_of_the_documentation_loads() {
    let mission = load(COVERAGE);
    let target = mission.target.clone().expect("a target");
    assert_eq!(target.file.as_deref(), Some("src/parse.rs"));
    assert_eq!((target.percent, target.baseline_percent), (Some(85.0), Some(42.1)));
    let kinds: Vec<&str> = mission.steps.iter().map(|step| &*step.kind).collect();
    assert_eq!(kinds, ["analyze", "generate", "integrate", "verify", "archive"]);
    assert_eq!(mission.order(), Ok(vec![0, 1, 2, 3, 4]));
    let limits = mission.steps.iter().map(|step| step.timeout(&mission.config).as_secs());
    assert!(limits.eq([1_800; 5]));
}

#[test]
fn all_problems_are_told_at_once_with_line_caret_and_advice() {
    let text = "name: m\nstpes: 3\nsteps:\n  - id: a\n    step_type: comand\n    parameters: {}\n  \
                - id: b\n    step_type: noop\n    depends_on: [aa]\n    timeout_seconds: soon\n";
    let expected = "\
warning: a mission has no key `stpes`
 --> m.yaml:2:1
  |
2 | stpes: 3
  | ^^^^^ unknown key, not used
  |
  = help: did you mean `steps`?

error: unknown step type `comand`
 --> m.yaml:5:16
  |
5 |     step_type: comand
  |                ^^^^^^ not a step type
  |
  = help: did you mean `command`?

error: `b` depends on `aa`, which is no step
 --> m.yaml:9:18
  |
9 |     depends_on: [aa]
  |                  ^^ no such step
  |
  = help: did you mean `a`?

error: `timeout_seconds` cannot be a text
  --> m.yaml:10:22
   |
10 |     timeout_seconds: soon
   |                      ^^^^ expected a whole number from 1 to 604800";
    assert_eq!(refused(text), expected);
}

#[test]
fn spellings_of_keys_and_step_types_are_one() {
    let mission = steps(
        "  - { id: a, type: CreateFile, parameters: { file_path: a.txt, text: x } }
  - { id: b, step_type: { type: create-file }, depends_on: a, parameters: { path: b.txt } }
  - { id: c, step_type: noop, depends_on: null, timeout: 7 }
",
    );
    let [a, b, c] = &*mission.steps else { panic!("three steps") };
    assert_eq!((&*a.kind, &*b.kind), ("create_file", "create_file"));
    assert_eq!(a.parameters["path"], "a.txt");
    assert_eq!(a.parameters["content"], "x");
    assert_eq!(b.depends_on, ["a"]);
    assert_eq!((c.depends_on.len(), c.timeout_seconds), (0, Some(7)));
}

#[test]
fn a_reference_is_a_dependency() {
    let mission = steps(
        "  - { id: b, step_type: noop, parameters: { x: \"{{ steps.a.output }}\" } }
  - { id: a, step_type: noop }
  - { id: c, step_type: noop, when: steps.b.status == \"failed\" }
",
    );
    assert_eq!(mission.steps[0].depends_on, ["a"]);
    assert_eq!(mission.steps[2].depends_on, ["b"]);
    assert_eq!(mission.order(), Ok(vec![1, 0, 2]));
}

#[test]
fn dependencies_beside_the_steps_are_merged() {
    let mission = load(
        "name: m\nsteps: [{ id: a, step_type: noop }, { id: b, step_type: noop }]
dependencies: [{ from: b, to: a }]\n",
    );
    assert_eq!(mission.order(), Ok(vec![1, 0]));
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let check = |text: &str, expected: &str| assert_eq!(messages(text), [expected], "{text}");
    check(
        "  - { id: a, step_type: noop }\n  - { id: a, step_type: noop }\n",
        "two steps have the id `a`",
    );
    check(
        "  - { id: a, step_type: noop, depends_on: c }\n  - { id: b, step_type: noop, depends_on: \
         a }\n  - { id: c, step_type: noop, depends_on: b }\n",
        "the steps wait for each other: a → b → c → a",
    );
    check(
        "  - { id: a, step_type: noop, when: 'steps.a' }\n",
        "`steps.a` leads nowhere: a step cannot refer to itself",
    );
    check(
        "  - { id: a, step_type: noop, parameters: { x: '{{ vars.b }}' } }\n",
        "`vars.b` leads nowhere: no such variable",
    );
    check(
        "  - { id: a, step_type: noop, parameters: { x: '{{ target.file }}' } }\n",
        "`target.file` leads nowhere: the mission has no `target`",
    );
    check(
        "  - { id: a, step_type: read_file, parameters: { path: x } }\n  - { id: b, step_type: \
         noop, parameters: { x: '{{ steps.a.stdout }}' } }\n",
        "`steps.a.stdout` leads nowhere: a `read_file` step gives output, content, path, status, \
         message",
    );
    check(
        "  - { id: a, step_type: noop, when: 'params.x = 3' }\n",
        "the condition cannot be read: `=` is written `==` here",
    );
    check("  - { id: a, step_type: command }\n", "command needs `command`");
    check(
        "  - { id: a/b, step_type: noop }\n",
        "the id `a/b` has a character that ids cannot have",
    );
    check("  - { id: \"a\\e[31m\", step_type: noop }\n", "`id` has a control character in it");
    for path in ["../x", "/etc/passwd", "a/../../x"] {
        let text =
            format!("  - {{ id: a, step_type: read_file, parameters: {{ path: {path} }} }}\n");
        let [message] = &*messages(&text) else { panic!("one problem") };
        assert!(message.starts_with(&format!("the path `{path}`")), "{message}");
    }
}

#[test]
fn the_place_inside_a_condition_is_marked() {
    for when in ["'not (vars.x'", "not (vars.x"] {
        let text = format!(
            "name: m\nvars: {{ x: 1 }}\nsteps:\n  - id: a\n    step_type: noop\n    \
                            when: {when}\n"
        );
        let problems = parse("m.yaml", text.as_bytes()).expect_err("no condition");
        let quote = usize::from(when.starts_with('\''));
        assert_eq!(problems.position(&problems.list[0]), Some((6, 15 + quote)));
    }
}

#[test]
fn strict_turns_warnings_into_errors() {
    let text = "name: m\nx-mine: 1\nnmae: 2\nsteps: [{ id: a, step_type: noop, x-y: 1 }]\n";
    let loaded = parse("m.yaml", text.as_bytes()).expect("a warning is no error");
    assert_eq!(loaded.warnings.list.len(), 1);
    let problems = loaded.strict().expect_err("strict");
    assert!(problems.has_errors());
}

#[test]
fn every_name_that_is_known_parses_as_a_step() {
    for name in kind_names() {
        let kind = kind(name).expect("known");
        assert_eq!(kinds::normal_name(name), name);
        if kind.group == Group::Unsupported {
            steps(&format!("  - {{ id: a, step_type: {name}, parameters: {{ any: 1 }} }}\n"));
        }
    }
    assert_eq!(kind_names().len(), 61);
    for (spelling, name) in
        [("ParseJson", "parse_json"), ("ParseJSON", "parse_json"), ("HTTP", "http"), ("LLM", "llm")]
    {
        assert_eq!(kinds::normal_name(spelling), name);
    }
}

#[test]
fn a_campaign_takes_paths_and_maps() {
    let text = "kind: campaign\nname: all\nmissions:\n  - a.yaml\n  - { file: b.yaml, depends_on: \
                a.yaml, priority: HIGH }\n";
    let loaded = parse("000_master.yaml", text.as_bytes()).expect("loads");
    let Document::Campaign(campaign) = loaded.document else { panic!("a campaign") };
    assert_eq!(campaign.missions[0].file, "a.yaml");
    assert_eq!(campaign.missions[1].depends_on, ["a.yaml"]);
    assert_eq!(campaign.missions[1].priority, Some(Priority::High));
}

#[test]
fn json_is_told_by_its_extension() {
    let json = "{\n\t\"name\": \"\\ud83d\\ude00\",\n\t\"steps\": [{\"id\": \"a\", \"step_type\": \
                \"noop\"}]\n}";
    assert!(parse("m.json", json.as_bytes()).is_ok());
    let problems = parse("m.json", b"{\n  name: x\n}").expect_err("YAML is no JSON");
    assert_eq!(problems.list[0].message, "not valid JSON: key must be a string");
    assert_eq!(problems.position(&problems.list[0]), Some((2, 3)));
}

#[test]
fn a_newer_version_is_refused() {
    let check = |version: &str, fine: bool| {
        let text = format!("version: {version}\n{}", "name: m\nsteps: [{id: a, type: noop}]\n");
        assert_eq!(parse("m.yaml", text.as_bytes()).is_ok(), fine, "{version}");
    };
    for version in ["1.0", "1.1", "'1.0'", "1", "\"1.1.0\""] {
        check(version, true);
    }
    for version in ["1.2", "2.0", "1.10", "latest", "[1]"] {
        check(version, false);
    }
}
