-- Of a pension's figures the latest is looked for, as of its accounts: the index has them in that order, and the run reads
-- each of them once, in the order of the pensions. It takes the place of the primary key, and says the same.
CREATE UNIQUE INDEX figures_latest ON nenkin.figures (pension, month DESC, entry DESC);
ALTER TABLE nenkin.figures DROP CONSTRAINT figures_pkey;
