//! `DATABASE_TLS`: how production makes sure that it speaks to the right server, and to nobody in between.

use sqlx::postgres::PgSslMode;

use super::reader::Reader;

impl Reader<'_> {
    pub fn database_tls(&mut self) -> Option<PgSslMode> {
        let text = self.text("DATABASE_TLS")?;
        let words = [
            ("verify-full", PgSslMode::VerifyFull),
            ("require", PgSslMode::Require),
            ("disable", PgSslMode::Disable),
        ];
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            self.problem(
                "DATABASE_TLS",
                "must be verify-full, require (any certificate will do) or disable (a private network)",
            );
        }
        found.map(|(_, mode)| *mode)
    }
}
