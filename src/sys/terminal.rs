//! The terminal: how wide it is.

/// Returns how many columns the terminal behind stdout has; `None` if it is no terminal.
pub fn width_of_stdout() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| 0 < *columns)
}
