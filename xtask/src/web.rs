//! The web page: its module built twice (with vectors and without), put beside the static files,
//! served on loopback, tried in a browser.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cross::{Toolchain, toolchain, variable};
use crate::shell::{cargo, command, root, run, target};
use crate::system;

const TARGET: &str = "wasm32-unknown-unknown";

/// The modules, and what the compiler may use in each.
const MODULES: [(&str, &str); 2] =
    [("musigan.wasm", "-Ctarget-feature=+simd128"), ("musigan-scalar.wasm", "")];

/// The model that the page begins with.
const MODEL: &str = "music-box.mgi";

/// Where the page is served.
const ADDRESS: (&str, u16) = ("127.0.0.1", 8017);

/// Builds the page and serves it, or tries it in a browser, or neither.
pub fn web(options: &[String]) -> Result<()> {
    match options.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => {
            build()?;
            serve()
        }
        ["--no-serve"] => build().map(drop),
        ["--test"] => {
            prepare()?;
            player()?;
            test()
        }
        ["--long"] => {
            prepare()?;
            long()
        }
        other => {
            bail!("`cargo xtask web` takes --no-serve, --test or --long, not {}", other.join(" "))
        }
    }
}

/// Makes sure that there are a compiler, a linker, a browser and what drives it.
pub fn prepare() -> Result<()> {
    linker()?;
    system::install_missing("node", "Node.js, which drives the browser", &["nodejs"])?;
    system::install_missing(BROWSER, "a browser", &[BROWSER])
}

const BROWSER: &str = "chromium";

/// Makes sure that there is a linker for WebAssembly; `None` if the toolchain brings its own.
fn linker() -> Result<Option<&'static str>> {
    if let Toolchain::Usual = toolchain(TARGET)? {
        return Ok(None);
    }
    // Older ones do not tell a program where its heap ends.
    let good = |name: &str| {
        let version = command(name).arg("--version").output().ok()?;
        let version = String::from_utf8_lossy(&version.stdout).into_owned();
        let major = version.split("LLD ").nth(1)?.split('.').next()?.parse::<u32>().ok()?;
        (major >= 16).then_some(())
    };
    let known = ["wasm-ld", "wasm-ld-22", "wasm-ld-19"];
    if let Some(found) = known.into_iter().find(|name| good(name).is_some()) {
        return Ok(Some(found));
    }
    println!("xtask: installing a linker for WebAssembly");
    system::install(&["lld-22"])?;
    Ok(Some("wasm-ld-22"))
}

/// Builds the page into a folder that any static host can serve; returns where it is.
fn build() -> Result<PathBuf> {
    let site = target().join("web");
    // What the page no longer has is not to be put on a host; the folder may not be there yet.
    let _ = fs::remove_dir_all(&site);
    fs::create_dir_all(&site)?;
    for (name, flags) in MODULES {
        let linker = linker()?;
        let toolchain = toolchain(TARGET)?;
        let mut build = toolchain.cargo();
        if let Toolchain::Debian = toolchain {
            build.env("RUSTC_BOOTSTRAP", "1");
        }
        if let Some(linker) = linker {
            build.env(variable(TARGET, "LINKER"), linker);
        }
        build.env(variable(TARGET, "RUSTFLAGS"), flags);
        build.args(["rustc", "--locked", "--profile", "web", "--target", TARGET]);
        if let Toolchain::Debian = toolchain {
            build.arg("-Zbuild-std=core,alloc");
        }
        run(build.args(["--package", "musigan-web", "--lib", "--crate-type", "cdylib"]))?;
        let built = target().join("cross").join(TARGET).join("web").join("musigan_web.wasm");
        copy(&built, &site.join(name))?;
    }
    for entry in fs::read_dir(root().join("web").join("page"))? {
        let path = entry?.path();
        copy(&path, &site.join(path.file_name().unwrap_or_default()))?;
    }
    copy(&root().join("models").join(MODEL), &site.join(MODEL))?;
    println!("xtask: the page is in {}", site.display());
    Ok(site)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}

/// Builds the player that the page is compared with. (The tests of the workspace have built it already:
/// to build it alone is to build what it stands on with other features, and for minutes.)
fn player() -> Result<()> {
    run(cargo().args(["build", "--locked", "--package", "musigan", "--bin", "musigan"]))
}

/// Tries the page, in Node and in a headless browser, against the player that was built.
pub fn test() -> Result<()> {
    tests(&["module.test.mjs", "parts.test.mjs", "page.test.mjs"])
}

/// Plays for a minute in a headless browser, and counts.
fn long() -> Result<()> {
    tests(&["minute.test.mjs"])
}

fn tests(files: &[&str]) -> Result<()> {
    let site = build()?;
    let mut node = command("node");
    node.env("MUSIGAN_SITE", &site).env("MUSIGAN_BROWSER", BROWSER);
    node.env("MUSIGAN", target().join("debug").join("musigan"));
    let folder = root().join("web").join("tests");
    run(node.args(["--test", "--test-concurrency=1"]).args(files.iter().map(|f| folder.join(f))))
}

/// Serves the page on loopback until it is interrupted.
fn serve() -> Result<()> {
    let site = target().join("web");
    let listener = TcpListener::bind(ADDRESS)
        .or_else(|_| TcpListener::bind((ADDRESS.0, 0)))
        .context("cannot listen on loopback")?;
    println!("xtask: http://{}/ (Ctrl-C to end)", listener.local_addr()?);
    for stream in listener.incoming() {
        // A browser that hangs up is no reason to stop.
        if let Err(error) = stream.map_err(Into::into).and_then(|stream| answer(stream, &site)) {
            println!("xtask: {error:#}");
        }
    }
    Ok(())
}

fn answer(mut stream: TcpStream, site: &Path) -> Result<()> {
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or("/").split('?').next().unwrap_or("/");
    let name = if path == "/" { "index.html" } else { path.trim_start_matches('/') };
    // The site is one flat folder.
    let file = (!name.contains(['/', '\\'])).then(|| fs::read(site.join(name)));
    let (status, kind, body) = match file {
        Some(Ok(body)) => ("200 OK", kind(name), body),
        _ => ("404 Not Found", "text/plain", b"not here\n".to_vec()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n",
        body.len()
    )?;
    write!(stream, "Cache-Control: no-store\r\nConnection: close\r\n\r\n")?;
    Ok(stream.write_all(&body)?)
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}
