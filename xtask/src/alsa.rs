//! The player on ALSA's own sound card and sequencer, in a virtual machine: Debian's kernel, this machine's
//! files, and nothing installed but the emulator. JACK's tests can be run there, too.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};

use crate::shell::{cargo, command, output, root, run, succeeds, target};
use crate::system;

/// What the machine needs, each with what it needs itself: this machine's files, and sound.
const MODULES: [&str; 6] =
    ["virtio_pci", "9pnet_virtio", "9p", "snd-aloop", "snd-virmidi", "snd-dummy"];

/// The first program of the machine: loads the modules, gives this machine's files (none of which it can
/// write) a device folder and a place for temporary files, and runs the job there.
const INIT: &str = "#!/bin/busybox sh
b=/bin/busybox
for d in proc sysfs devtmpfs; do $b mkdir -p /$d; $b mount -t $d $d /$d; done
while read module; do $b insmod /modules/$module; done < /order
$b mkdir /host
$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 host /host
$b mount -o bind /proc /host/proc
$b mount -o bind /sysfs /host/sys
$b mount -o bind /devtmpfs /host/dev
$b mount -t tmpfs run /host/run
$b mkdir -p /host/dev/shm
$b mount -t tmpfs shm /host/dev/shm
$b chroot /host /bin/sh \"$($b cat /job)\"
echo \"the machine's job ended with $?\"
$b poweroff -f
";

/// The program of [`INIT`].
const BUSYBOX: &str = "/bin/busybox";

/// What of the environment the job is told.
const PASSED_ON: [&str; 2] = ["JACK_DEFAULT_SERVER", "MUSIGAN_JACK_SECONDS"];

/// What tests start, and what that loads: read before they begin, for the machine's clock runs away while it waits for
/// a file.
const READ_FIRST: &str = "target/release/musigan \
    /usr/bin/jackd /usr/bin/setpriv /usr/bin/stdbuf /usr/bin/arecord /usr/bin/aplaymidi /usr/bin/aseqdump \
    /usr/bin/aconnect /usr/lib/x86_64-linux-gnu/libjack* /usr/lib/x86_64-linux-gnu/jack/* \
    /usr/lib/x86_64-linux-gnu/libasound* /usr/lib/x86_64-linux-gnu/libstdc*";

/// What is said when the job has ended, before its exit code.
const ENDED: &str = "the machine's job ended with ";

/// The switch of [`alsa`] by which cargo lets this program run a test.
pub const WITHIN: &str = "--within";

fn folder() -> PathBuf {
    target().join("musigan-cache").join("alsa")
}

/// Runs the tests of ALSA, those named in `filter` or all, one after the other.
///
/// # Errors
/// Where the machine cannot be made, or a test fails.
pub fn alsa(filter: &[String]) -> Result<()> {
    if let [switch, program @ ..] = filter
        && switch == WITHIN
    {
        return within(program);
    }
    if let Some(unknown) = filter.iter().find(|word| word.starts_with('-')) {
        bail!("`cargo xtask alsa` takes names of tests, not {unknown}");
    }
    system::alsa()?;
    system::install_missing("arecord", "programs to hear it with", &["alsa-utils"])?;
    let mut test = cargo();
    test.args(["--config", &machine()?]);
    test.args(["test", "--release", "--locked", "--package", "musigan", "--test", "alsa", "--"]);
    run(test.args(["--ignored", "--nocapture", "--test-threads=1"]).args(filter))
}

/// Makes sure that the machine can be started, and gives the setting by which cargo runs tests in it.
///
/// # Errors
/// Where it cannot be made.
pub fn machine() -> Result<String> {
    ensure!(
        cfg!(all(target_os = "linux", target_arch = "x86_64")),
        "the tests' virtual machine is an x86-64 one and wants such a Linux around it"
    );
    system::install_missing("qemu-system-x86_64", "a virtual machine", &["qemu-system-x86"])?;
    if !Path::new(BUSYBOX).exists() {
        println!("xtask: installing the virtual machine's first program");
        system::install(&["busybox-static"])?;
    }
    system::install_missing("cpio", "the archiver of what it starts with", &["cpio"])?;
    system::install_missing("modprobe", "the order of its modules", &["kmod"])?;
    kernel()?;
    let this = std::env::current_exe().context("this program has no name")?;
    Ok(format!(
        "target.'cfg(all())'.runner = [{:?}, \"alsa\", {WITHIN:?}]",
        this.display().to_string()
    ))
}

/// Makes sure that Debian's kernel is unpacked in the cache; apt knows whether it is the right one.
fn kernel() -> Result<()> {
    let folder = folder();
    if folder.join("vmlinuz").exists() {
        return Ok(());
    }
    let find = || output(command("apt-cache").args(["depends", "linux-image-amd64"]));
    let named = |said: String| {
        let mut words = said.split_whitespace().map(str::to_owned);
        words.find(|word| {
            word.starts_with("linux-image-")
                && word.ends_with("-amd64")
                && word != "linux-image-amd64"
        })
    };
    let name = match find().ok().and_then(named) {
        Some(name) => name,
        None => {
            system::refresh();
            find()
                .ok()
                .and_then(named)
                .context("apt knows no linux-image-amd64: this wants Debian")?
        }
    };
    println!("xtask: fetching Debian's kernel, {name} (70 MB), for the virtual machine");
    let fetched = folder.join("fetched");
    let _ = fs::remove_dir_all(&fetched);
    fs::create_dir_all(&fetched)?;
    run(command("apt-get").args(["-qq", "download", &name]).current_dir(&fetched))?;
    let package = fs::read_dir(&fetched)?.flatten().map(|it| it.path());
    let package = package.into_iter().find(|it| it.extension().is_some_and(|it| it == "deb"));
    let unpacked = fetched.join("unpacked");
    run(command("dpkg-deb")
        .arg("--extract")
        .arg(package.context("apt fetched nothing")?)
        .arg(&unpacked))?;
    let version = name.trim_start_matches("linux-image-");
    run(command("depmod").arg("--basedir").arg(&unpacked).arg(version))?;
    let start = folder.join("start");
    let _ = fs::remove_dir_all(&start);
    fs::create_dir_all(start.join("modules"))?;
    let mut order: Vec<String> = Vec::new();
    for module in MODULES {
        let mut show = command("modprobe");
        show.arg("--dirname").arg(&unpacked).args(["--set-version", version, "--show-depends"]);
        for line in output(show.arg(module))?.lines() {
            let Some(file) = line.strip_prefix("insmod ") else { continue };
            let file = Path::new(file.trim());
            let name = file.file_name().context("a module without a name")?;
            fs::copy(file, start.join("modules").join(name))?;
            let name = name.to_string_lossy().into_owned();
            if !order.contains(&name) {
                order.push(name);
            }
        }
    }
    fs::write(start.join("order"), order.join("\n") + "\n")?;
    fs::create_dir_all(start.join("bin"))?;
    fs::copy(BUSYBOX, start.join("bin").join("busybox"))?;
    let image = unpacked.join("boot").join(format!("vmlinuz-{version}"));
    fs::copy(image, folder.join("fetched").join("vmlinuz"))?;
    fs::rename(fetched.join("vmlinuz"), folder.join("vmlinuz"))?;
    fs::remove_dir_all(&fetched).context("the unpacked kernel cannot be removed")
}

/// Runs a program in the machine, in the folder that this was started in.
///
/// Its clock is its instructions, one a nanosecond, and goes on to the next event where it has nothing to do: so it is
/// a quiet machine whatever else this one does. (To wait for this one's files takes it longer, by its clock, than they take.)
fn within(program: &[String]) -> Result<()> {
    let folder = folder();
    let job = folder.join("job");
    let quoted = |word: &str| format!("'{}'", word.replace('\'', r"'\''"));
    let words = program.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    let path = "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
    let here = quoted(&root().to_string_lossy());
    let ours = std::env::vars().filter(|(name, _)| PASSED_ON.contains(&name.as_str()));
    let ours: String = ours.map(|(name, value)| format!("{name}={} ", quoted(&value))).collect();
    let program = program.first().map(|word| quoted(word)).unwrap_or_default();
    let read = format!("cat {program} {READ_FIRST} 2>/dev/null >/dev/null");
    let work = format!("{path} TMPDIR=/run HOME=/run {ours}exec {words}");
    fs::write(&job, format!("cd {here}\n{read}\n{work}\n"))?;
    let start = folder.join("start");
    fs::write(start.join("init"), INIT)?;
    run(command("chmod").arg("755").arg(start.join("init")))?;
    fs::write(start.join("job"), job.to_string_lossy().as_bytes())?;
    let archive = folder.join("start.cpio");
    let pack = format!(
        "find . | cpio --create --format=newc --quiet > {}",
        quoted(&archive.to_string_lossy())
    );
    run(command("sh").args(["-c", &pack]).current_dir(&start))?;
    ensure!(
        succeeds(command("test").arg("-s").arg(&archive)),
        "the machine has nothing to start with"
    );

    let mut machine = command("qemu-system-x86_64");
    machine.args([
        "-machine",
        "q35",
        "-cpu",
        "max",
        "-m",
        "1024",
        "-accel",
        "tcg",
        "-icount",
        "shift=0,sleep=off",
    ]);
    machine.args(["-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot"]);
    machine.args([
        "-virtfs",
        "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap",
    ]);
    machine.arg("-kernel").arg(folder.join("vmlinuz")).arg("-initrd").arg(archive);
    machine.args(["-append", "console=ttyS0 quiet panic=-1"]);
    let mut machine = machine
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("qemu-system-x86_64")?;
    let mut code = None;
    let told = machine.stdout.take().map(BufReader::new);
    for line in told.into_iter().flat_map(BufRead::lines) {
        let line = line?;
        let line = line.trim_end();
        match line.strip_prefix(ENDED) {
            Some(number) => code = number.parse::<i32>().ok(),
            None => println!("{line}"),
        }
    }
    machine.wait()?;
    ensure!(code.context("the machine ended before its job")? == 0, "{program} failed");
    Ok(())
}
