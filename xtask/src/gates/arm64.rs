//! The same work counted on an emulated aarch64, which tells each instruction that it executes: slowly, so that
//! it is done when it is asked for.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::cross::{self, Machine};
use crate::shell::{run, target};

/// The processor of a Raspberry Pi 5.
const PROCESSOR: &str = "cortex-a76";

/// Where the counting begins and ends: `counted` of `tests/counted`, as compilers write it.
const COUNTED: &str = "musigan_counted7counted";

/// Prints the instructions of a unit of each of these rows.
pub fn count(rows: &[String]) -> Result<()> {
    let machine = Machine::ARM64;
    let toolchain = cross::toolchain_with_std(machine)?;
    machine.linker()?;
    let mut build = toolchain.cargo();
    build.env(machine.variable("LINKER"), machine.gcc);
    build.args(["build", "--locked", "--release", "--target", machine.triple]);
    run(build.args(["--package", "musigan-counted"]))?;
    let program =
        target().join("cross").join(machine.triple).join("release").join("musigan-counted");
    for row in rows {
        let mut emulated = machine.emulated()?;
        emulated.args(["-cpu", PROCESSOR, "-singlestep", "-d", "exec,nochain"]);
        emulated.arg(&program).arg(row).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut emulated = emulated.spawn().context("cannot run the emulator")?;
        let told = emulated.stderr.take().context("the emulator tells nothing")?;
        let instructions = between(BufReader::new(told))?;
        let mut units = String::new();
        emulated.stdout.take().map(|mut said| said.read_to_string(&mut units)).transpose()?;
        ensure!(emulated.wait()?.success(), "`{row}` failed on {PROCESSOR}");
        let units: u64 = units.trim().parse().context("no number of units")?;
        let each = instructions.checked_div(units).unwrap_or(0);
        ensure!(each > 0, "nothing was counted of `{row}`");
        println!("xtask: {row}: {each} instructions on {PROCESSOR}");
    }
    Ok(())
}

/// Instructions from the first of `counted` to its last, whatever is called meanwhile.
fn between(mut told: impl BufRead) -> Result<u64> {
    let (mut line, mut all, mut last) = (Vec::new(), 0, None);
    loop {
        line.clear();
        if told.read_until(b'\n', &mut line)? == 0 {
            return Ok(last.unwrap_or(0));
        }
        let inside = line.windows(COUNTED.len()).any(|bytes| bytes == COUNTED.as_bytes());
        if line.starts_with(b"Trace ") && (inside || last.is_some()) {
            all += 1;
            last = if inside { Some(all) } else { last };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn what_is_called_counts_and_what_follows_does_not() {
        let inside = "Trace 0: 0x7f [0/1/2] _ZN15musigan_counted7counted17hE\n";
        let other = "Trace 0: 0x7f [0/1/3] memcpy\n";
        let told = [other, inside, other, "elsewhere\n", other, inside, other].concat();
        assert_eq!(between(told.as_bytes()).unwrap(), 4);
        assert_eq!(between(other.as_bytes()).unwrap(), 0);
    }
}
