//! An entry of a file that is not ours, with which accounts cannot work.

use crate::refusal::{EditRefusal, Unfit};

pub(super) fn sentence(why: &EditRefusal) -> String {
    use EditRefusal as Why;
    match why {
        Why::NoTable { table } => {
            format!("[{table}] in Cargo.toml is not a table; correct it and run this again")
        }
        Why::Dependency { name, place, why } => format!("{name} in {place} {}", unfit(why)),
        Why::Linked {
            name,
            place,
            found,
            versions,
        } => format!(
            "{name} in {place} is \"{found}\", and brings the same native library as sqlx in another \
             version, which cargo links only once; change it to one of {versions} and run this again"
        ),
        Why::OtherName {
            name,
            place,
            package,
            line,
            features,
        } => format!(
            "{name} in {place} is {package} under another name, and cargo wants one name for it; \
             write `{line}` instead, and {package} where your code{} says {name}, and run this again",
            in_features(features)
        ),
    }
}

/// ` and "axum08/ws" of live in [features]`
fn in_features(entries: &[String]) -> String {
    if entries.is_empty() {
        return String::new();
    }
    format!(" and {} in [features]", entries.join(", "))
}

fn unfit(why: &Unfit) -> String {
    match why {
        Unfit::OtherPackage => {
            "is another package under that name; rename that entry and run this again".into()
        }
        Unfit::Optional { features } if features.is_empty() => {
            "is optional, and accounts always need it; remove `optional = true` and run this again"
                .into()
        }
        Unfit::Optional { features } => format!(
            "is optional, and accounts always need it; remove `optional = true`, and {} from \
             [features], and run this again",
            features.join(", ")
        ),
        Unfit::WithoutDefaults => "has `default-features = false`, and accounts need them; \
             remove that and run this again"
            .into(),
        Unfit::Version { found, needed } => format!(
            "is \"{found}\", which cannot work; change it to \"{needed}\" and run this again"
        ),
    }
}
