use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::program::{Program, musigan};

/// A terminal with a program in it; closed when it is dropped.
pub(crate) struct Terminal {
    /// `None` as soon as it is closed.
    end: Option<File>,
    screen: Arc<Mutex<String>>,
}

impl Terminal {
    /// Starts `musigan` by `wrapper` in a terminal of its own.
    pub(crate) fn with(wrapper: &[&str], arguments: &[&str]) -> (Self, Program) {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let end = openpt(flags).unwrap();
        grantpt(&end).unwrap();
        unlockpt(&end).unwrap();
        let theirs: OwnedFd = ioctl_tiocgptpeer(&end, flags).unwrap();
        let mut terminal = Self { end: Some(end.into()), screen: Arc::default() };
        terminal.resize(100, 30);
        let home = tempfile::tempdir().unwrap();
        let wrapper = [&["setsid", "--ctty"], wrapper].concat();
        let child = musigan(&wrapper, home.path())
            .args(arguments)
            .env("TERM", "xterm-256color")
            .stdin(theirs.try_clone().unwrap())
            .stdout(theirs.try_clone().unwrap())
            .stderr(theirs)
            .spawn()
            .unwrap();
        terminal.read();
        (terminal, Program::adopt(child, home))
    }

    fn read(&mut self) {
        let mut end = self.end.as_ref().unwrap().try_clone().unwrap();
        // This is another handle of the same end, which must not keep it open after the terminal.
        let screen = Arc::downgrade(&self.screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = end.read(&mut bytes) {
                let Some(screen) = screen.upgrade() else { break };
                screen.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
    }

    pub(crate) fn press(&mut self, key: &str) {
        self.end.as_mut().unwrap().write_all(key.as_bytes()).unwrap();
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(self.end.as_ref().unwrap(), size).unwrap();
    }

    /// What was written since this was last asked, without colours; the cursor's leaps are spaces.
    pub(crate) fn take_screen(&self) -> String {
        let drawn = std::mem::take(&mut *self.screen.lock().unwrap());
        let mut pieces = drawn.split("\x1b[");
        let mut text = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let end = piece.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
            text.push_str(if piece[end..].starts_with('H') { " " } else { "" });
            text.push_str(piece.get(end + 1..).unwrap_or_default());
        }
        text
    }
}
