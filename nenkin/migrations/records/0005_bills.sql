-- What an establishment owes for a month (納入告知) and what it paid of that.

CREATE TABLE nenkin.bills (
    establishment text NOT NULL REFERENCES nenkin.establishments,
    month         date NOT NULL CHECK (extract(day FROM month) = 1),
    revision      smallint NOT NULL DEFAULT 1 CHECK (revision > 0),
    insured       integer NOT NULL CHECK (insured >= 0),
    total         bigint NOT NULL CHECK (total >= 0),
    employees     bigint NOT NULL CHECK (employees >= 0),
    -- What the employees' rounded halves leave over.
    employer      bigint GENERATED ALWAYS AS (total - employees) STORED,
    due           date NOT NULL CHECK (due > month),
    act           bigint NOT NULL,
    PRIMARY KEY (establishment, month, revision)
);

-- A bill paid twice is two rows: the second is a fact to be refunded.
CREATE TABLE nenkin.bill_payments (
    key           uuid PRIMARY KEY,
    establishment text NOT NULL REFERENCES nenkin.establishments,
    month         date NOT NULL CHECK (extract(day FROM month) = 1),
    amount        bigint NOT NULL CHECK (amount > 0),
    paid_on       date NOT NULL,
    act           bigint NOT NULL
);
CREATE INDEX bill_payments_by_bill ON nenkin.bill_payments (establishment, month);
