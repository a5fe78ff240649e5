//! A demo that cannot be made or served.

use crate::refusal::DemoRefusal;

pub(super) fn sentence(why: &DemoRefusal) -> String {
    use DemoRefusal as Why;
    match why {
        Why::Foreign { folder } => format!(
            "{folder} is there already and was not made by `cargo sigra demo`; \
             move it away and run this again"
        ),
        Why::Port { typed } => {
            format!("PORT is {typed:?}, which is no port; give a number up to 65535")
        }
        Why::PortInUse { port, why } => {
            format!("port {port} cannot be used ({why}); choose another with PORT=4001")
        }
        Why::CargoFailed { words, folder } => {
            format!("`cargo {words}` in {folder} failed; what it says is above")
        }
    }
}
