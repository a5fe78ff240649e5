//! A moment in UTC, written as migrations are named: `20261123180500`.

use std::time::SystemTime;

const DAY: u64 = 86_400;

/// Whole seconds since 1970 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Moment {
    /// The clock on the wall.
    #[must_use]
    pub fn now() -> Self {
        Self(
            SystemTime::UNIX_EPOCH
                .elapsed()
                .map_or(0, |since| since.as_secs()),
        )
    }

    /// One second later: two migrations never share a name.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// `YYYYMMDDhhmmss`.
    #[must_use]
    pub fn stamp(self) -> String {
        let (year, month, day) = date(self.0 / DAY);
        let second = self.0 % DAY;
        format!(
            "{year:04}{month:02}{day:02}{:02}{:02}{:02}",
            second / 3600,
            second / 60 % 60,
            second % 60
        )
    }

    /// `2026-11-23 18:05 UTC`, for a person.
    #[must_use]
    pub fn shown(self) -> String {
        let (year, month, day) = date(self.0 / DAY);
        let minute = self.0 % DAY / 60;
        format!(
            "{year:04}-{month:02}-{day:02} {:02}:{:02} UTC",
            minute / 60,
            minute % 60
        )
    }

    /// Reads a stamp back; anything that is not a real moment after 1970 is none.
    #[must_use]
    pub fn parse(stamp: &str) -> Option<Self> {
        if stamp.len() != 14 || !stamp.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number = |from: usize, to: usize| stamp[from..to].parse::<u64>().ok();
        let days = days(number(0, 4)?, number(4, 6)?, number(6, 8)?)?;
        let moment =
            Self(days * DAY + number(8, 10)? * 3600 + number(10, 12)? * 60 + number(12, 14)?);
        (moment.stamp() == stamp).then_some(moment)
    }
}

/// Year, month and day of a day number, by Howard Hinnant's `civil_from_days`.
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// The way back, `days_from_civil`; none before 1970.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = year.checked_sub(u64::from(month <= 2))?;
    let (era, year_of_era) = (year / 400, year % 400);
    let march_month = (month + 9) % 12;
    let day_of_year = ((153 * march_month + 2) / 5 + day).checked_sub(1)?;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn a_stamp_is_read_back_as_the_same_moment() {
        for seconds in [0, 951_782_400, 1_709_164_800, 1_764_000_000, 4_102_444_799] {
            assert_eq!(
                Moment::parse(&Moment(seconds).stamp()),
                Some(Moment(seconds))
            );
        }
    }

    #[test]
    fn the_last_day_of_february_comes_out_right() {
        assert_eq!(Moment(1_709_164_800).stamp(), "20240229000000");
    }

    #[test]
    fn the_second_after_the_last_of_a_year_is_the_first_of_the_next() {
        let last = Moment::parse("20261231235959").unwrap();
        assert_eq!(last.next().stamp(), "20270101000000");
    }

    #[test]
    fn numbers_that_are_no_moment_are_not_read() {
        for stamp in [
            "",
            "1",
            "20261323000000",
            "20260230000000",
            "99999999999999",
            "2026112318050x",
        ] {
            assert_eq!(Moment::parse(stamp), None, "{stamp}");
        }
    }
}
