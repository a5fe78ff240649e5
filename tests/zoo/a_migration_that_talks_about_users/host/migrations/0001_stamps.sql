/* Every table gets stamps.
   /* For example: create table users (id bigint); */
*/
create table notes (
    text text default 'create table users (id int); -- it''s a joke'
);

create function example() returns text as $body$
    select 'create table users (id int);';
$body$ language sql;

-- create table users (id bigint);
