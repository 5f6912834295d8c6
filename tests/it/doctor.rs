//! `rustchain doctor`, on this machine and on one that lacks things.

use crate::harness::{Done, Project, command, run};

fn run_with(project: &Project, variables: &[(&str, &str)]) -> Done {
    let mut command = command(project, "", &["doctor"]);
    let output = command.envs(variables.iter().copied()).output().expect("the binary starts");
    Done {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Whether the page has a line with this mark and name.
fn says(done: &Done, mark: &str, name: &str) -> bool {
    done.stdout.lines().any(|line| line.starts_with(&format!("{mark:<3} {name:<15} ")))
}

#[test]
fn a_machine_that_can_run_missions_is_told_so_and_nothing_is_left_behind() {
    let project = Project::new();
    project.write("Cargo.toml", "[package]\nname = \"a\"\nedition = \"2021\"\n");
    project.write("src/lib.rs", "");
    let before = project.tree();
    let done = run(&project, &["doctor"]);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    for name in ["rustc", "cargo", "project", "coverage engine", "box", "disk"] {
        assert!(says(&done, "ok", name), "{name}: {}", done.stdout);
    }
    assert!(done.stdout.contains("1 package, edition 2021"), "{}", done.stdout);
    assert_eq!(project.tree(), before);
    let cache = project.home().join("cache/rustchain");
    assert_eq!(cache.read_dir().expect("the cache folder").count(), 0);
}

#[test]
fn without_a_compiler_the_main_job_cannot_run() {
    let project = Project::new();
    let done = run_with(&project, &[("PATH", "/nonexistent")]);
    assert_eq!(done.code, 6, "{}", done.stdout);
    assert!(says(&done, "NO", "rustc"), "{}", done.stdout);
    assert!(says(&done, "-", "git"), "{}", done.stdout);
    assert!(done.stderr.contains("cannot run without: rustc"), "{}", done.stderr);
}

#[test]
fn a_model_that_answers_is_found_where_the_variable_says() {
    let project = Project::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let found = run_with(&project, &[("OLLAMA_HOST", &format!("http://0.0.0.0:{port}"))]);
    assert!(says(&found, "ok", "Ollama"), "{}", found.stdout);
    drop(listener);
    let gone = run_with(&project, &[("OLLAMA_HOST", &format!("127.0.0.1:{port}"))]);
    assert!(says(&gone, "-", "Ollama"), "{}", gone.stdout);
    assert_eq!(gone.code, 0, "{}", gone.stderr);
}
