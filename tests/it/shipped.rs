//! The missions that come with the repository: they are valid, and mean the same to `serde_yaml`.

use rustchain::mission::{Campaign, Document, Mission, parse};

use crate::harness::{Project, repository, run};

#[test]
fn every_shipped_mission_is_valid_without_a_warning() {
    for (name, text) in repository::missions() {
        let project = Project::new();
        project.write("mission.yaml", &text);
        let done = run(&project, &["validate", "--strict", "mission.yaml"]);
        assert_eq!(done.code, 0, "{name}: {}", done.stderr);
    }
}

#[test]
fn every_shipped_mission_means_the_same_to_serde_yaml() {
    for (name, text) in repository::missions() {
        let ours = parse(&name, text.as_bytes()).expect(&name).document;
        match ours {
            Document::Mission(ours) => {
                let theirs: Mission = serde_yaml::from_str(&text).expect(&name);
                assert_eq!(*ours, theirs, "{name}");
            }
            Document::Campaign(ours) => {
                let theirs = text.replace("HIGH", "high").replace("MEDIUM", "medium");
                let theirs: Campaign = serde_yaml::from_str(&theirs).expect(&name);
                assert_eq!(*ours, theirs, "{name}");
            }
        }
    }
}

#[test]
fn the_campaign_names_every_shipped_mission() {
    let missions = repository::missions();
    let (_, master) =
        missions.iter().find(|(name, _)| name == "000_master.yaml").expect("a campaign");
    let others = missions.iter().filter(|(name, _)| name != "000_master.yaml");
    assert_eq!(others.clone().count(), 7);
    for (name, _) in others {
        assert!(master.contains(&format!("file: {name},")), "{name}");
    }
}
