create view everything as select * from baskets;
