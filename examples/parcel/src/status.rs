//! The life of a parcel as a state machine.

use std::error::Error;
use std::fmt;

/// How often a delivery is tried before the parcel goes back.
pub const MAX_ATTEMPTS: usize = 3;

/// Where a parcel is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// The shipment was entered, nothing else happened.
    #[default]
    Created,
    /// The label was printed.
    Labelled,
    /// The parcel is on its way between depots.
    InTransit,
    /// A courier has the parcel.
    OutForDelivery,
    /// The recipient has the parcel.
    Delivered,
    /// The parcel is on its way back to the sender.
    Returning,
    /// The sender has the parcel back.
    Returned,
    /// The shipment was called off.
    Cancelled,
}

/// Something that happens to a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// The label is printed.
    Print,
    /// The parcel is scanned in a depot.
    Scan,
    /// A courier takes the parcel out.
    Load,
    /// The courier finds nobody.
    Miss,
    /// The parcel is handed over.
    Deliver,
    /// The recipient does not want the parcel.
    Refuse,
    /// The shipment is called off.
    Cancel,
}

/// An event that makes no sense in the current status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransitionError {
    /// The status the parcel was in.
    pub status: Status,
    /// The event that was refused.
    pub event: Event,
}

impl Status {
    /// The status after `event`.
    ///
    /// # Errors
    ///
    /// Returns a [`TransitionError`] if the event makes no sense in this
    /// status.
    pub const fn after(self, event: Event) -> Result<Self, TransitionError> {
        match (self, event) {
            (Self::Created, Event::Print) => Ok(Self::Labelled),
            (Self::Created | Self::Labelled, Event::Cancel) => Ok(Self::Cancelled),
            (Self::Labelled | Self::InTransit, Event::Scan)
            | (Self::OutForDelivery, Event::Miss) => Ok(Self::InTransit),
            (Self::InTransit, Event::Load) => Ok(Self::OutForDelivery),
            (Self::OutForDelivery, Event::Deliver) => Ok(Self::Delivered),
            (Self::OutForDelivery, Event::Refuse) | (Self::Returning, Event::Scan) => {
                Ok(Self::Returning)
            }
            (Self::Returning, Event::Deliver) => Ok(Self::Returned),
            (status, event) => Err(TransitionError { status, event }),
        }
    }

    /// Whether nothing can happen to the parcel any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Returned | Self::Cancelled)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Created => "created",
            Self::Labelled => "labelled",
            Self::InTransit => "in transit",
            Self::OutForDelivery => "out for delivery",
            Self::Delivered => "delivered",
            Self::Returning => "returning to sender",
            Self::Returned => "returned",
            Self::Cancelled => "cancelled",
        })
    }
}

/// The current status of a parcel and how it got there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    status: Status,
    steps: Vec<(Event, Status)>,
}

impl History {
    /// The history of a parcel that was just entered.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replays the events of a parcel from the beginning.
    ///
    /// # Errors
    ///
    /// Returns a [`TransitionError`] for the first event that is refused.
    pub fn replay(events: &[Event]) -> Result<Self, TransitionError> {
        let mut history = Self::new();
        for event in events {
            history.record(*event)?;
        }
        Ok(history)
    }

    /// Records an event and returns the new status. After [`MAX_ATTEMPTS`]
    /// missed deliveries the parcel goes back to the sender.
    ///
    /// # Errors
    ///
    /// Returns a [`TransitionError`] if the event makes no sense now; the
    /// history is unchanged in that case.
    pub fn record(&mut self, event: Event) -> Result<Status, TransitionError> {
        let mut status = self.status.after(event)?;
        if event == Event::Miss && self.missed() + 1 >= MAX_ATTEMPTS {
            status = Status::Returning;
        }
        self.status = status;
        self.steps.push((event, status));
        Ok(status)
    }

    /// The current status.
    pub const fn status(&self) -> Status {
        self.status
    }

    /// The events so far, each with the status it led to.
    pub fn steps(&self) -> &[(Event, Status)] {
        &self.steps
    }

    /// How often a delivery was missed.
    pub fn missed(&self) -> usize {
        self.steps.iter().filter(|(event, _)| *event == Event::Miss).count()
    }
}

impl fmt::Display for TransitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {:?} is not possible for a parcel that is {}", self.event, self.status)
    }
}

impl Error for TransitionError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_a_parcel_to_the_door() {
        let mut history = History::new();
        for event in [Event::Print, Event::Scan, Event::Load] {
            history.record(event).unwrap();
        }
        assert_eq!(history.record(Event::Deliver), Ok(Status::Delivered));
        assert_eq!(history.steps().len(), 4);
    }

    #[test]
    fn refuses_impossible_events() {
        let mut history = History::new();
        let error = history.record(Event::Deliver).unwrap_err();
        assert_eq!(error, TransitionError { status: Status::Created, event: Event::Deliver });
        assert_eq!(history, History::new());
    }
}
