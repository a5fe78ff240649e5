//! A timestamp in UTC, to the second, as migrations are named: `20261123180500`.

use jiff::{ToSpan, civil::DateTime, tz::TimeZone};

/// How migrations are named.
const STAMP: &str = "%Y%m%d%H%M%S";

/// A date and a time of day in UTC, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(DateTime);

impl Timestamp {
    /// The current time.
    #[must_use]
    pub fn now() -> Self {
        let now = TimeZone::UTC.to_datetime(jiff::Timestamp::now());
        let (date, time) = (now.date(), now.time());
        Self(date.at(time.hour(), time.minute(), time.second(), 0))
    }

    /// One second later: two migrations never share a name.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1.second()))
    }

    /// `YYYYMMDDhhmmss`.
    #[must_use]
    pub fn stamp(self) -> String {
        self.0.strftime(STAMP).to_string()
    }

    /// `2026-11-23 18:05 UTC`, for a reader.
    #[must_use]
    pub fn shown(self) -> String {
        self.0.strftime("%Y-%m-%d %H:%M UTC").to_string()
    }

    /// Reads a stamp back; `None` for anything that is not a real date and time.
    #[must_use]
    pub fn parse(stamp: &str) -> Option<Self> {
        let timestamp = Self(DateTime::strptime(STAMP, stamp).ok()?);
        (timestamp.stamp() == stamp).then_some(timestamp)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    fn at(stamp: &str) -> Timestamp {
        Timestamp::parse(stamp).unwrap()
    }

    #[test]
    fn a_stamp_is_read_back_as_the_same_timestamp() {
        for stamp in ["19700101000000", "20000229000000", "20991231235959"] {
            assert_eq!(at(stamp).stamp(), stamp);
        }
        let now = Timestamp::now();
        assert_eq!(at(&now.stamp()), now);
    }

    #[test]
    fn a_timestamp_is_shown_to_the_minute() {
        assert_eq!(at("20261123180559").shown(), "2026-11-23 18:05 UTC");
    }

    #[test]
    fn the_day_after_the_twenty_eighth_of_february_depends_on_the_year() {
        assert_eq!(at("20240228235959").next().stamp(), "20240229000000");
        assert_eq!(at("20260228235959").next().stamp(), "20260301000000");
    }

    #[test]
    fn the_second_after_the_last_of_a_year_is_the_first_of_the_next() {
        assert_eq!(at("20261231235959").next().stamp(), "20270101000000");
    }

    #[test]
    fn numbers_that_are_no_timestamp_are_not_read() {
        for stamp in [
            "",
            "1",
            "20261323000000",
            "20260230000000",
            "99999999999999",
            "2026112318050x",
        ] {
            assert_eq!(Timestamp::parse(stamp), None, "{stamp}");
        }
    }
}
