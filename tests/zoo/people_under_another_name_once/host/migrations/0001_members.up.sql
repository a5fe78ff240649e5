CREATE TABLE /* who pays */ "Members" (
    id uuid PRIMARY KEY
);
