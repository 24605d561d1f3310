-- Reliefs decided, additional premiums asked for, and direct debits (口座振替).

-- Months of relief (免除, 猶予, 学生納付特例) and of additional premiums (付加) as decided; of a month the latest decision
-- holds. The months' runs follow from it, of what is partial or additional with the payment.
CREATE TABLE nenkin.reliefs (
    number     text NOT NULL REFERENCES nenkin.persons,
    first      date NOT NULL CHECK (extract(day FROM first) = 1),
    last       date NOT NULL CHECK (extract(day FROM last) = 1 AND last >= first),
    kind       text NOT NULL CHECK (kind IN (
        'full', 'three_quarters', 'half', 'quarter', 'student', 'deferment', 'refused', 'additional')),
    decided_on date NOT NULL,
    act        bigint NOT NULL REFERENCES nenkin.acts,
    PRIMARY KEY (number, first, act)
);

-- From which account premiums are debited: of a person by number, of an establishment by code; null once withdrawn.
CREATE TABLE nenkin.mandates (
    subject  text NOT NULL CHECK (subject ~ '^[0-9]{4}-([0-9]{5}|[0-9]{6})$'),
    since    date NOT NULL,
    kind     text CHECK (kind IN ('1', '2', '3', '9')),
    bank     text CHECK (bank ~ '^[0-9]{4}$'),
    branch   text CHECK (branch ~ '^[0-9]{3}$'),
    account  text CHECK (account ~ '^[0-9]{7}$'),
    payer    text CHECK (payer <> ''),
    act      bigint NOT NULL REFERENCES nenkin.acts,
    PRIMARY KEY (subject, since, act),
    CHECK (num_nulls(kind, bank, branch, account, payer) IN (0, 5))
);

-- What a bank is asked to debit on a day. The state of a debit is asked until a result is there.
CREATE TABLE nenkin.debit_runs (
    day    date NOT NULL,
    month  date NOT NULL CHECK (extract(day FROM month) = 1),
    act    bigint NOT NULL REFERENCES nenkin.acts,
    PRIMARY KEY (day, month)
);
CREATE TABLE nenkin.debits (
    day     date NOT NULL,
    subject text NOT NULL,
    month   date NOT NULL,
    amount  bigint NOT NULL CHECK (amount > 0),
    -- Of a person's debit: what is paid by it.
    relief  text CHECK (relief IN ('three_quarters', 'half', 'quarter', 'additional')),
    kind    text NOT NULL,
    bank    text NOT NULL,
    branch  text NOT NULL,
    account text NOT NULL,
    payer   text NOT NULL,
    is_new  boolean NOT NULL,
    act     bigint NOT NULL REFERENCES nenkin.acts,
    PRIMARY KEY (day, subject, month),
    FOREIGN KEY (day, month) REFERENCES nenkin.debit_runs
);
CREATE INDEX debits_by_subject ON nenkin.debits (subject, month);
CREATE TABLE nenkin.debit_files (
    name   text PRIMARY KEY,
    day    date NOT NULL,
    month  date NOT NULL,
    count  integer NOT NULL,
    total  bigint NOT NULL,
    sha256 text NOT NULL,
    FOREIGN KEY (day, month) REFERENCES nenkin.debit_runs
);
-- By the banks' codes (振替結果コード): 0 is done, any other a failure that stays on record.
CREATE TABLE nenkin.debit_results (
    day     date NOT NULL,
    subject text NOT NULL,
    month   date NOT NULL,
    result  text NOT NULL CHECK (result IN ('0', '1', '2', '3', '4', '8', '9')),
    act     bigint NOT NULL REFERENCES nenkin.acts,
    PRIMARY KEY (day, subject, month),
    FOREIGN KEY (day, subject, month) REFERENCES nenkin.debits
);
CREATE TRIGGER closed AFTER INSERT ON nenkin.debit_results REFERENCING NEW TABLE AS added_rows
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.require_posted('date_trunc(''month'', day)');
CREATE VIEW nenkin.debit_states AS
    SELECT day, subject, month, amount,
           CASE WHEN result IS NULL THEN 'asked' WHEN result = '0' THEN 'done' ELSE 'failed' END AS state, result
    FROM nenkin.debits LEFT JOIN nenkin.debit_results USING (day, subject, month);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['reliefs', 'mandates', 'debit_runs', 'debits', 'debit_files', 'debit_results'] LOOP
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.%I
                FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change()', name);
    END LOOP;
END
$$;
