//! A question that cannot be asked.
#![allow(missing_docs, reason = "a field is named for what it holds")]

/// Why nothing is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskRefusal {
    /// There is no terminal to ask for the database at.
    CannotAsk,
    /// There is no terminal to confirm the plan at.
    CannotConfirmPlan,
    /// There is no terminal to confirm a removal at.
    CannotConfirm,
    /// There is no terminal to ask whether an edited file may be overwritten.
    CannotAskAbout { path: String },
    /// `VISUAL` or `EDITOR` holds nothing but spaces.
    BlankEditor,
}
