//! A file that cannot be kept at another path.

use crate::refusal::MoveRefusal;

pub(super) fn sentence(why: &MoveRefusal) -> String {
    use MoveRefusal as Why;
    match why {
        Why::Outside { path, root } => format!(
            "{} is not in this project; name a path in {}",
            path.display(),
            root.display()
        ),
        Why::Migration { path } => format!(
            "{path} is a migration: databases know it by its name, and it stays where it is"
        ),
        Why::NeverWritten { from } => {
            format!("{from} was never written here; there is nothing to move")
        }
        Why::IsThere { from } => format!("{from} is there already"),
        Why::IsForgotten { from } => format!("{from} is yours alone; move it as you like"),
        Why::IsOurs { to } => format!("{to} is another file of ours; choose another path"),
        Why::BothThere { from, to } => {
            format!("{from} and {to} are both there; remove one of them, then run this again")
        }
        Why::NeitherThere { from, to } => {
            format!("neither {from} nor {to} is there; bring one of them back first")
        }
    }
}
