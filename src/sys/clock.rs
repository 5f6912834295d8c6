//! The clock: wall time, elapsed time and waiting.
#![expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]

use std::time::{Duration, Instant};

use super::Stop;

/// A source of time; tests fix its wall time.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
    fixed: Option<jiff::Timestamp>,
}

impl Clock {
    /// Returns the real clock, whose elapsed time begins now.
    pub fn real() -> Self {
        Self { start: Instant::now(), fixed: None }
    }

    /// Returns a clock whose wall time always is `timestamp`.
    pub fn fixed(timestamp: jiff::Timestamp) -> Self {
        Self { start: Instant::now(), fixed: Some(timestamp) }
    }

    /// Returns the wall time in whole seconds, as RFC 3339 in UTC: `2026-11-21T02:25:00Z`.
    pub fn timestamp(&self) -> String {
        let now = self.fixed.unwrap_or_else(jiff::Timestamp::now);
        now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// Returns the time since this clock was made.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Returns the moment of the monotonic clock.
    pub fn now() -> Instant {
        Instant::now()
    }

    /// Waits for `duration`, or shorter when `stop` says so.
    pub fn sleep(duration: Duration, stop: &Stop) {
        let end = Instant::now() + duration;
        while Instant::now() < end && !stop.is_stopped() {
            let left = end.saturating_duration_since(Instant::now());
            std::thread::sleep(left.min(Duration::from_millis(20)));
        }
    }
}
