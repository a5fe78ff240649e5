DROP TABLE "Members";
