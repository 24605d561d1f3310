-- What is paid to whom, from the award's figures to the account, with its ledger. Nothing is ever overwritten.
--
-- Months are numbers (year times 12 plus month minus 1), so that they can be counted. A period is the even month in which
-- it is due, with the two months before it; each month lies in exactly one period.

CREATE FUNCTION nenkin.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'nenkin.% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Enter a correction as a row of its own.';
END
$$;

CREATE FUNCTION nenkin.month_text(month integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT lpad((month / 12)::text, 4, '0') || '-' || lpad((month % 12 + 1)::text, 2, '0')
$$;

-- Every row that a run reads takes the next number: what a run has seen is "up to that number".
CREATE SEQUENCE nenkin.entries;

-- Files that were taken in: the same file again changes nothing.
CREATE TABLE nenkin.intakes (
    sha256 text PRIMARY KEY,
    kind   text NOT NULL,
    name   text NOT NULL,
    rows   integer NOT NULL,
    who    text NOT NULL CHECK (who <> ''),
    why    text NOT NULL CHECK (why <> ''),
    at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- An awarded right: the certificate's number (年金証書) is basic number and pension code, 14 digits.
CREATE TABLE nenkin.entitlements (
    pension   bigint GENERATED ALWAYS AS
                  ((substr(number, 1, 4) || substr(number, 6, 6) || code)::bigint) STORED PRIMARY KEY,
    number    text NOT NULL CHECK (number ~ '^[0-9]{4}-[0-9]{6}$'),
    code      text NOT NULL CHECK (code ~ '^[0-9]{4}$'),
    begun     integer NOT NULL CHECK (begun BETWEEN 23400 AND 26400),
    -- Periods before this one were paid by another system and are never paid here.
    paid_from integer NOT NULL DEFAULT 0,
    entry     bigint NOT NULL DEFAULT nextval('nenkin.entries'),
    who       text NOT NULL CHECK (who <> ''),
    why       text NOT NULL CHECK (why <> ''),
    at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX entitlements_by_entry ON nenkin.entitlements USING brin (entry);

-- Yen a year of the basic and of the employees' pension from a month on; 0 and 0 is the end of the right (失権).
-- Of two rows of one month the later entry holds.
CREATE TABLE nenkin.figures (
    pension   bigint NOT NULL REFERENCES nenkin.entitlements,
    month     integer NOT NULL CHECK (month BETWEEN 23400 AND 26400),
    entry     bigint NOT NULL DEFAULT nextval('nenkin.entries'),
    basic     integer NOT NULL CHECK (basic BETWEEN 0 AND 99999999),
    employees integer NOT NULL CHECK (employees BETWEEN 0 AND 99999999),
    who       text NOT NULL CHECK (who <> ''),
    why       text NOT NULL CHECK (why <> ''),
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (pension, month, entry)
);
CREATE INDEX figures_by_entry ON nenkin.figures USING brin (entry);

CREATE VIEW nenkin.entitlement_months (pension, begun, ended) AS
    SELECT e.pension, e.begun, (
        SELECT CASE WHEN f.basic + f.employees = 0 THEN f.month - 1 END
        FROM nenkin.figures f WHERE f.pension = e.pension ORDER BY f.month DESC, f.entry DESC LIMIT 1)
    FROM nenkin.entitlements e;

-- Banks' branches: four digits of the bank, three of the branch; the names as the banks' files have them.
CREATE TABLE nenkin.branches (
    branch      integer PRIMARY KEY CHECK (branch BETWEEN 0 AND 9999999),
    bank_name   text NOT NULL CHECK (length(bank_name) <= 15),
    branch_name text NOT NULL CHECK (length(branch_name) <= 15)
);

-- Where a pension goes from a day on. `place` is bank, branch and account number, 14 digits: the order of the banks' files.
CREATE TABLE nenkin.accounts (
    pension bigint NOT NULL REFERENCES nenkin.entitlements,
    since   date NOT NULL,
    entry   bigint NOT NULL DEFAULT nextval('nenkin.entries'),
    place   bigint NOT NULL CHECK (place BETWEEN 0 AND 99999999999999),
    branch  integer NOT NULL GENERATED ALWAYS AS ((place / 10000000)::integer) STORED
                REFERENCES nenkin.branches,
    kind    text NOT NULL CHECK (kind IN ('1', '2', '4', '9')),
    payee   text COLLATE "C" NOT NULL CHECK (length(payee) BETWEEN 1 AND 30 AND payee = btrim(payee)),
    who     text NOT NULL CHECK (who <> ''),
    why     text NOT NULL CHECK (why <> ''),
    at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- In the order in which the one that holds is looked for.
CREATE UNIQUE INDEX accounts_latest ON nenkin.accounts (pension, since DESC, entry DESC);

-- A municipality's request to deduct care premiums (介護保険料の特別徴収): yen in April, June … February of a fiscal year.
CREATE TABLE nenkin.care_requests (
    pension      bigint NOT NULL REFERENCES nenkin.entitlements,
    year         integer NOT NULL,
    entry        bigint NOT NULL DEFAULT nextval('nenkin.entries'),
    amounts      integer[] NOT NULL CHECK (array_length(amounts, 1) = 6 AND 0 <= ALL (amounts)),
    municipality text NOT NULL CHECK (municipality ~ '^[0-9]{6}$'),
    request      text NOT NULL CHECK (request <> ''),
    content      text NOT NULL,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (municipality, request)
);
CREATE UNIQUE INDEX care_requests_latest ON nenkin.care_requests (pension, year DESC, entry DESC);

-- A run pays on a day: a regular one its period, every one what was left of the periods up to `through`.
-- It sees the entries up to `cutoff`; those behind `after` are new to it. A rerun finds all of this here.
CREATE TABLE nenkin.runs (
    paid       date PRIMARY KEY,
    period     integer CHECK (period % 2 = 1),
    through    integer NOT NULL CHECK (through % 2 = 1),
    cutoff     bigint NOT NULL,
    after      bigint NOT NULL,
    who        text NOT NULL CHECK (who <> ''),
    opened_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The parts of a run, each one transaction: part 0 is what was left, the others ranges of pensions.
CREATE TABLE nenkin.run_parts (
    paid  date NOT NULL REFERENCES nenkin.runs,
    part  integer NOT NULL,
    first bigint NOT NULL,
    until bigint NOT NULL,
    PRIMARY KEY (paid, part)
);
CREATE TABLE nenkin.run_parts_done (
    paid     date NOT NULL,
    part     integer NOT NULL,
    payments bigint NOT NULL,
    net      bigint NOT NULL,
    held     bigint NOT NULL,
    PRIMARY KEY (paid, part),
    FOREIGN KEY (paid, part) REFERENCES nenkin.run_parts
);

-- One row per entitlement and period: the primary key is what makes a second payment of a month impossible.
-- The parts are as the law cuts them, each pension for itself; yen. References are not declared, since one
-- check for each of thirty million rows would cost more than the run; rows are made of those tables alone.
CREATE TABLE nenkin.payments (
    pension         bigint NOT NULL,
    account         bigint NOT NULL,
    paid            date NOT NULL,
    period          integer NOT NULL CHECK (period % 2 = 1),
    basic           integer NOT NULL CHECK (basic >= 0),
    employees       integer NOT NULL CHECK (employees >= 0),
    added_basic     integer NOT NULL CHECK (added_basic BETWEEN 0 AND 5),
    added_employees integer NOT NULL CHECK (added_employees BETWEEN 0 AND 5),
    care            integer NOT NULL CHECK (care >= 0),
    net             integer NOT NULL CHECK (net >= 0),
    CHECK (net = basic + employees + added_basic + added_employees - care),
    PRIMARY KEY (period, pension)
);
CREATE INDEX payments_by_day ON nenkin.payments USING brin (paid);

-- What a period is worth by later figures less what was paid for it before (差額), yen: above 0 it is paid by the run that
-- finds it, below 0 it is owed by the pensioner. Each row is against all rows before it, so that none counts twice.
CREATE TABLE nenkin.differences (
    paid      date NOT NULL,
    period    integer NOT NULL,
    pension   bigint NOT NULL,
    account   bigint NOT NULL,
    basic     integer NOT NULL,
    employees integer NOT NULL,
    amount    integer NOT NULL CHECK (amount = basic + employees),
    PRIMARY KEY (period, pension, paid),
    FOREIGN KEY (period, pension) REFERENCES nenkin.payments
);
CREATE INDEX differences_by_day ON nenkin.differences (paid);

-- What was due and could not be paid, and why; a later run pays it.
CREATE TABLE nenkin.held (
    paid    date NOT NULL,
    period  integer NOT NULL,
    pension bigint NOT NULL,
    reason  text NOT NULL CHECK (reason IN ('no account', 'account returned')),
    PRIMARY KEY (paid, period, pension)
);

-- Care premiums that an instalment was too small for: the municipality collects them itself (普通徴収).
CREATE TABLE nenkin.care_missed (
    period  integer NOT NULL,
    pension bigint NOT NULL,
    paid    date NOT NULL,
    amount  integer NOT NULL CHECK (amount > 0),
    PRIMARY KEY (period, pension)
);

-- A transfer that the bank sent back; `account` is where it went. It is paid again once, and after that one is sent back
-- that one again once.
CREATE TABLE nenkin.returned (
    paid    date NOT NULL,
    pension bigint NOT NULL,
    entry   bigint NOT NULL DEFAULT nextval('nenkin.entries'),
    account bigint NOT NULL,
    amount  bigint NOT NULL CHECK (amount > 0),
    reason  text NOT NULL CHECK (reason <> ''),
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (paid, pension)
);
CREATE TABLE nenkin.repayments (
    returned date NOT NULL,
    pension  bigint NOT NULL,
    paid     date NOT NULL CHECK (paid > returned),
    account  bigint NOT NULL,
    amount   bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (returned, pension),
    FOREIGN KEY (returned, pension) REFERENCES nenkin.returned
);

-- The chart of accounts: cost of pensions (給付費), under way to banks (送金中), owed to municipalities (介護保険料預り金),
-- sent back and owed to pensioners (振込不能), overpaid and owed by them (返納金債権), the treasury's money (国庫金).
CREATE TYPE nenkin.ledger_account AS ENUM ('benefits', 'transit', 'care', 'returned', 'receivable', 'treasury');

-- The ledger: each row moves yen from one account (credit) to another (debit), so that it balances by construction.
CREATE TABLE nenkin.postings (
    amount  bigint NOT NULL CHECK (amount > 0),
    pension bigint,
    paid    date NOT NULL,
    period  integer,
    debit   nenkin.ledger_account NOT NULL,
    credit  nenkin.ledger_account NOT NULL,
    CHECK (debit <> credit)
);

-- Files for the banks as a run made them; one that is made again must be the same.
CREATE TABLE nenkin.files (
    name     text PRIMARY KEY,
    paid     date NOT NULL REFERENCES nenkin.runs,
    bank     text NOT NULL,
    sequence integer NOT NULL,
    count    integer NOT NULL,
    total    bigint NOT NULL,
    size     bigint NOT NULL,
    sha256   text NOT NULL
);
-- The end of a run: its manifest.
CREATE TABLE nenkin.manifests (
    paid   date PRIMARY KEY REFERENCES nenkin.runs,
    count  bigint NOT NULL,
    total  bigint NOT NULL,
    sha256 text NOT NULL,
    at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE nenkin.sendings (
    name text NOT NULL REFERENCES nenkin.files,
    at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    who  text NOT NULL CHECK (who <> ''),
    why  text NOT NULL CHECK (why <> '')
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['intakes', 'entitlements', 'figures', 'accounts', 'care_requests', 'runs', 'run_parts',
        'run_parts_done', 'payments', 'differences', 'held', 'care_missed', 'returned', 'repayments', 'postings', 'files', 'manifests',
        'sendings'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change()', name);
    END LOOP;
END
$$;

-- What goes to the banks on a day, a row per pension; `account` is an entry of nenkin.accounts.
CREATE VIEW nenkin.transfers (paid, pension, account, amount) AS
    SELECT paid, pension, account, net::bigint FROM nenkin.payments
    UNION ALL
    SELECT paid, pension, account, amount FROM nenkin.repayments
    UNION ALL
    SELECT paid, pension, account, amount::bigint FROM nenkin.differences WHERE amount > 0;

-- Every account's sides; the sum of all balances is 0, whatever the rows.
CREATE VIEW nenkin.balances (account, debit, credit, balance) AS
    SELECT account, sum(debit)::bigint, sum(credit)::bigint, (sum(debit) - sum(credit))::bigint
    FROM (SELECT debit AS account, amount AS debit, 0 AS credit FROM nenkin.postings
          UNION ALL
          SELECT credit, 0, amount FROM nenkin.postings) sides
    GROUP BY account;

-- What an outsider counts after a disaster: every key, its content, and how often it is there.
CREATE OR REPLACE VIEW nenkin.ledger (key, content, entries) AS
    SELECT lpad(pension::text, 14, '0') || '/' || nenkin.month_text(period),
           paid || '|' || net || '|' || care || '|' || account, count(*)
    FROM nenkin.payments GROUP BY pension, period, paid, net, care, account;
