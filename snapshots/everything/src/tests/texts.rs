//! The texts say the same numbers as the code.

use crate::{
    accounts::{password, registration::code, session},
    texts,
};

#[test]
fn the_texts_say_how_long_a_password_has_to_be() {
    let (least, most) = (
        password::MIN_LENGTH.to_string(),
        password::MAX_LENGTH.to_string(),
    );
    assert!(texts::fields::PASSWORD_HINT.contains(&least));
    assert!(texts::fields::PASSWORD_TOO_SHORT.contains(&least));
    assert!(texts::fields::PASSWORD_TOO_LONG.contains(&most));
}

#[test]
fn the_texts_say_how_long_things_last() {
    assert!(
        texts::log_in::REMEMBER.contains(&format!("{} days", session::REMEMBERED.whole_days()))
    );
    assert_eq!(code::LIFETIME.whole_minutes(), 10);
    assert!(texts::confirm::SENT.contains("ten minutes"));
    assert!(texts::letters::CONFIRM_WITH_CODE.contains("ten minutes"));
}
