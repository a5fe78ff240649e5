//! A question that cannot be asked.

use crate::refusal::AskRefusal;

pub(super) fn sentence(why: &AskRefusal) -> String {
    use AskRefusal as Why;
    match why {
        Why::CannotAskAbout { path } => format!(
            "{path} has changes of yours and nobody can be asked here; look at them with \
             `cargo sigra install --diff=mine`, then give --yes --overwrite"
        ),
        Why::CannotAsk => {
            "nobody can be asked here; give --database sqlite or --database postgres and --yes, \
             or --yes alone for every default"
                .into()
        }
        Why::CannotConfirmPlan => "nobody can confirm the plan here; \
             look at it with --dry-run or --diff, then give --yes"
            .into(),
        Why::CannotConfirm => {
            "nobody can confirm here; look at it with --dry-run or --diff, then give --yes".into()
        }
        Why::BlankEditor => "VISUAL or EDITOR is blank; name an editor there".into(),
    }
}
