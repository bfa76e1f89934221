//! Starting the runs of a sweep.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};

use super::plan::{Plan, Trial};
use super::table;
use crate::checkpoint::write_atomically;
use crate::cli::interrupt::{self, INTERRUPTED};
use crate::cli::say::say;

/// Runs all trials here, as many at once as the plan says; a trial that fails does not stop the others.
///
/// # Errors
/// When a run failed; the others are done then.
pub fn local(plan: &Plan) -> anyhow::Result<()> {
    interrupt::watch()?;
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        while let Some(trial) = plan.trials.get(next.fetch_add(1, Ordering::Relaxed)) {
            if INTERRUPTED.load(Ordering::Relaxed) {
                return;
            }
            if let Err(error) = one(plan, trial) {
                failed.fetch_add(1, Ordering::Relaxed);
                eprintln!("musigan-train: {}: {error:#}", trial.name);
            }
            if let Err(error) = table::write(plan) {
                eprintln!("musigan-train: {error:#}");
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..plan.jobs.min(plan.trials.len()) {
            scope.spawn(work);
        }
    });
    match failed.into_inner() {
        0 => Ok(()),
        failed => bail!(
            "{failed} of {} runs failed: their .log files in {} say why",
            plan.trials.len(),
            plan.out.display()
        ),
    }
}

/// Runs a trial, or goes on with it, in a program of its own: what one run does to its memory is not
/// the next one's business. The run saves itself and ends when this program is asked to end, or ends.
///
/// # Errors
/// When the program cannot be started or fails.
pub fn one(plan: &Plan, trial: &Trial) -> anyhow::Result<()> {
    let folder = plan.out.join(&trial.name);
    let begun = folder.join("config.toml").exists();
    let arguments = match begun {
        true => vec!["train".to_owned(), "--resume".to_owned(), folder.display().to_string()],
        false => trial.command(&plan.out),
    };
    let log = plan.out.join(format!("{}.log", trial.name));
    let file = File::create(&log).with_context(|| log.display().to_string())?;
    let again = file.try_clone().with_context(|| log.display().to_string())?;
    say!("{}: musigan-train {}", trial.name, arguments.join(" "));
    let program = std::env::current_exe().context("where this program lies")?;
    let mut command = Command::new(program);
    command.args(&arguments).arg("--of-sweep").stdin(Stdio::piped()).stdout(file).stderr(again);
    let mut run = command.spawn().context("the run cannot be started")?;
    let mut held = run.stdin.take();
    let status = loop {
        if let Some(status) = run.try_wait()? {
            break status;
        }
        if INTERRUPTED.load(Ordering::Relaxed) {
            held = None;
        }
        thread::sleep(Duration::from_millis(50));
    };
    drop(held);
    if status.success() { Ok(()) } else { bail!("{status}; {} says why", log.display()) }
}

/// Writes a job array for Slurm and submits it.
///
/// # Errors
/// When there is no sbatch, or it refuses.
pub fn slurm(plan: &Plan, file: &Path) -> anyhow::Result<()> {
    let script = plan.out.join("sweep.sbatch");
    let program = std::env::current_exe().context("where this program lies")?;
    let file = file.canonicalize().with_context(|| file.display().to_string())?;
    write_atomically(&script, array(plan, &program, &file)?.as_bytes())?;
    let output = Command::new("sbatch").arg("--parsable").arg(&script).output();
    let output = output.with_context(|| {
        format!("sbatch cannot be run; submit {} where Slurm is", script.display())
    })?;
    if !output.status.success() {
        bail!("sbatch refused: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    say!(
        "Submitted {} runs as job {}. See them with: squeue; collect them with: musigan-train sweep {} --table",
        plan.trials.len(),
        String::from_utf8_lossy(&output.stdout).trim(),
        file.display(),
    );
    Ok(())
}

/// The batch script: one task for every run, `jobs` at once.
fn array(plan: &Plan, program: &Path, file: &Path) -> anyhow::Result<String> {
    let mut script = "#!/bin/sh\n#SBATCH --job-name=musigan-sweep\n".to_owned();
    let last = plan.trials.len() - 1;
    script.push_str(&format!("#SBATCH --array=0-{last}%{}\n", plan.jobs));
    script.push_str(&format!("#SBATCH --output=\"{}/slurm-%a.log\"\n", plan.out.display()));
    for option in &plan.slurm {
        script.push_str(&format!("#SBATCH {option}\n"));
    }
    let (program, file) = (quoted(program)?, quoted(file)?);
    // Relative paths of the sweep's file are those of the folder that sbatch is called in.
    script.push_str("cd \"$SLURM_SUBMIT_DIR\" || exit 1\n");
    script.push_str(&format!("exec {program} sweep {file} --only \"$SLURM_ARRAY_TASK_ID\"\n"));
    Ok(script)
}

fn quoted(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().with_context(|| format!("{} is not Unicode", path.display()))?;
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}
