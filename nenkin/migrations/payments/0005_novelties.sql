-- What is new about a transfer (新規コード): 1 the first of a right, 2 the first to another account; all others are 0.
--
-- Fixed once a run, before its first file: a file that is made again finds the same here.
CREATE TABLE nenkin.novelties (
    paid    date NOT NULL REFERENCES nenkin.runs,
    pension bigint NOT NULL,
    novelty text NOT NULL CHECK (novelty IN ('1', '2')),
    PRIMARY KEY (paid, pension)
);
CREATE TABLE nenkin.novelties_done (paid date PRIMARY KEY REFERENCES nenkin.runs);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.novelties
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.novelties_done
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
CREATE INDEX repayments_of_pension ON nenkin.repayments (pension);
