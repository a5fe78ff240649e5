create table prices (id integer primary key);
