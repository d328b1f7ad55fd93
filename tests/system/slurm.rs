//! The scripts for clusters, on a real Slurm of two nodes on this machine.

use std::process::Command;

/// An array of shards, some of its tasks killed and queued again, and the merge after it make the bytes of a single run.
#[test]
fn a_cluster_makes_the_bytes_of_one_machine() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/slurm/test-on-one-machine.sh");
    let output = Command::new("bash").args([script, env!("CARGO_BIN_EXE_turmite")]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(77) {
        eprintln!("{told}");
        return;
    }
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("passed"), "{told}");
}
