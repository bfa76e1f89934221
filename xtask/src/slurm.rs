//! A Slurm of one node, for as long as the tests of sweeps want it.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::shell::{cargo, command, output, run, target};
use crate::{onnxruntime, system};

/// Without a configuration, not even its version can be asked.
const CONTROLLER: &str = "/usr/sbin/slurmctld";

/// Seconds until the node must be there.
const PATIENCE: u32 = 30;

/// A controller and a node that nobody else knows of; they end when this is dropped.
pub struct Cluster {
    folder: PathBuf,
}

impl Cluster {
    /// Installs what is missing, and starts it.
    ///
    /// # Errors
    /// Where Slurm cannot be had, or cannot run here; the message says what it said.
    pub fn start() -> Result<Self> {
        ensure!(cfg!(target_os = "linux"), "Slurm runs on Linux only");
        if !Path::new(CONTROLLER).exists() {
            println!("xtask: installing Slurm");
            system::install(&["slurmctld", "slurmd", "slurm-client", "munge"])?;
        }
        let folder = target().join("slurm");
        if folder.exists() {
            // Of one that was killed.
            stop(&folder);
            run(system::root("rm").arg("-rf").arg(&folder))?;
        }
        for part in ["state", "spool"] {
            fs::create_dir_all(folder.join(part)).context("cannot make a folder for Slurm")?;
        }
        let host = output(&mut command("hostname"))?;
        // A node's name has no domain.
        let host = host.trim().split('.').next().unwrap_or("localhost");
        fs::write(folder.join("slurm.conf"), configuration(&folder, host)?)?;
        let cluster = Self { folder };
        cluster.start_all().inspect_err(|_| cluster.tell())?;
        Ok(cluster)
    }

    fn start_all(&self) -> Result<()> {
        let at = |name: &str| self.folder.join(name);
        let named = |name: &str, file: &str| format!("--{name}={}", at(file).display());
        let mut key = [0; 1024];
        fs::File::open("/dev/urandom").and_then(|mut chance| chance.read_exact(&mut key))?;
        fs::write(at("munge.key"), key)?;
        fs::set_permissions(at("munge.key"), fs::Permissions::from_mode(0o400))?;
        let mut munge = command("/usr/sbin/munged");
        munge.args(["--force".to_owned(), named("key-file", "munge.key")]);
        munge.args([named("socket", "munge.socket"), named("pid-file", "munged.pid")]);
        munge.args([named("log-file", "munged.log"), named("seed-file", "munge.seed")]);
        run(&mut munge)?;
        for daemon in ["slurmctld", "slurmd"] {
            let program = Path::new("/usr/sbin").join(daemon);
            run(system::root(&program.display().to_string()).arg("-f").arg(at("slurm.conf")))?;
        }
        for _ in 0..PATIENCE {
            let nodes = self.ask("sinfo", &["--noheader", "--format=%t"]).unwrap_or_default();
            if nodes.trim() == "idle" {
                return Ok(());
            }
            sleep(Duration::from_secs(1));
        }
        bail!("its node is not there after {PATIENCE} s")
    }

    fn ask(&self, program: &str, arguments: &[&str]) -> Result<String> {
        output(command(program).args(arguments).env("SLURM_CONF", self.folder.join("slurm.conf")))
    }

    /// Prints what its programs wrote down.
    fn tell(&self) {
        for daemon in ["munged", "slurmctld", "slurmd"] {
            let log = fs::read_to_string(self.folder.join(daemon).with_extension("log"));
            print!("{}", log.unwrap_or_default());
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        stop(&self.folder);
    }
}

/// Ends its programs, and waits for their ends: they write down their state.
fn stop(folder: &Path) {
    let ended = |daemon: &str| {
        let pid = fs::read_to_string(folder.join(daemon).with_extension("pid")).ok()?;
        let process = Path::new("/proc").join(pid.trim());
        // The file may be old, and the number somebody else's by now.
        let name = fs::read_to_string(process.join("comm")).ok()?;
        if name.trim() != daemon {
            return None;
        }
        // One that ends by itself meanwhile need not be ended.
        let _ = system::root("kill").arg(pid.trim()).status();
        Some(process)
    };
    let ending: Vec<PathBuf> =
        ["slurmd", "slurmctld", "munged"].into_iter().filter_map(ended).collect();
    for _ in 0..100 {
        if ending.iter().all(|process| !process.exists()) {
            return;
        }
        sleep(Duration::from_millis(100));
    }
}

/// A cluster of this machine, with ports that are free now.
fn configuration(folder: &Path, host: &str) -> Result<String> {
    let free = || TcpListener::bind(("127.0.0.1", 0)).context("no port is free");
    let (one, other) = (free()?, free()?);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let folder = folder.display();
    Ok(format!(
        "ClusterName=musigan\n\
         SlurmctldHost={host}(127.0.0.1)\n\
         SlurmUser=root\n\
         AuthType=auth/munge\n\
         AuthInfo=socket={folder}/munge.socket\n\
         StateSaveLocation={folder}/state\n\
         SlurmdSpoolDir={folder}/spool\n\
         SlurmctldPidFile={folder}/slurmctld.pid\n\
         SlurmdPidFile={folder}/slurmd.pid\n\
         SlurmctldLogFile={folder}/slurmctld.log\n\
         SlurmdLogFile={folder}/slurmd.log\n\
         SlurmctldPort={}\n\
         SlurmdPort={}\n\
         ProctrackType=proctrack/linuxproc\n\
         TaskPlugin=task/none\n\
         SelectType=select/cons_tres\n\
         SelectTypeParameters=CR_Core\n\
         MpiDefault=none\n\
         ReturnToService=2\n\
         NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN\n\
         PartitionName=main Nodes=ALL Default=YES State=UP\n",
        one.local_addr()?.port(),
        other.local_addr()?.port(),
    ))
}

/// Starts a cluster and hands it sweeps.
pub fn slurm() -> Result<()> {
    onnxruntime::ensure()?;
    run(sweeps().arg("--no-run"))?;
    test(&Cluster::start()?)
}

/// Hands sweeps to a cluster.
pub fn test(cluster: &Cluster) -> Result<()> {
    let mut test = sweeps();
    test.args(["--", "--ignored", "--nocapture"]);
    run(test.env("SLURM_CONF", cluster.folder.join("slurm.conf"))).inspect_err(|_| cluster.tell())
}

fn sweeps() -> Command {
    let mut test = cargo();
    test.args(["test", "--locked", "--workspace", "--test", "sweep"]);
    test
}
