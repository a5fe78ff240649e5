ALTER TABLE users RENAME TO "Members";
