-- Collecting premiums: files taken in line by line, runs of bills, suspense, postings by month, and their closing.

-- What a batch under way has worked out and another run of it goes on from; nothing of it is a record.
CREATE SCHEMA nenkin_work;

-- A file is taken in part by part; the same bytes again are the same file, whose parts are done once.
CREATE TABLE nenkin.batch_files (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind   text NOT NULL,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    name   text NOT NULL,
    lines  integer NOT NULL CHECK (lines >= 0),
    act    bigint NOT NULL REFERENCES nenkin.acts,
    UNIQUE (kind, sha256)
);
CREATE TABLE nenkin.batch_file_parts (
    file     bigint NOT NULL REFERENCES nenkin.batch_files,
    part     integer NOT NULL,
    accepted integer NOT NULL CHECK (accepted >= 0),
    refused  integer NOT NULL CHECK (refused >= 0),
    PRIMARY KEY (file, part)
);
-- The lines of which there is something to say; any other was accepted.
CREATE TABLE nenkin.batch_file_notes (
    file     bigint NOT NULL REFERENCES nenkin.batch_files,
    line     integer NOT NULL,
    outcome  text NOT NULL CHECK (outcome IN ('refused', 'noted')),
    sentence text NOT NULL CHECK (sentence <> ''),
    PRIMARY KEY (file, line)
);

-- What an act added to the sums of an accounting month, by office: 納入告知, 収納, 仮受.
CREATE TABLE nenkin.monthly_postings (
    act    bigint NOT NULL REFERENCES nenkin.acts,
    kind   text NOT NULL CHECK (kind IN ('billed', 'received', 'suspended', 'settled', 'contributed')),
    office text NOT NULL CHECK (office ~ '^[0-9]{4}$'),
    month  date NOT NULL CHECK (extract(day FROM month) = 1),
    part   integer NOT NULL DEFAULT 0,
    count  bigint NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (act, kind, office, month, part)
);
CREATE INDEX monthly_postings_by_month ON nenkin.monthly_postings (month);

-- The approval paper (決議書) of a month; drafted anew as often as sums change before somebody else approves it.
CREATE TABLE nenkin.closing_drafts (
    month    date NOT NULL CHECK (extract(day FROM month) = 1),
    draft    smallint NOT NULL CHECK (draft > 0),
    drafter  text NOT NULL,
    document jsonb NOT NULL,
    sha256   text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    act      bigint NOT NULL REFERENCES nenkin.acts,
    PRIMARY KEY (month, draft),
    UNIQUE (month, draft, drafter)
);
CREATE TABLE nenkin.closings (
    month    date PRIMARY KEY,
    draft    smallint NOT NULL,
    drafter  text NOT NULL,
    approver text NOT NULL,
    act      bigint NOT NULL REFERENCES nenkin.acts,
    CONSTRAINT approver_is_not_drafter CHECK (lower(btrim(approver)) <> lower(btrim(drafter))),
    FOREIGN KEY (month, draft, drafter) REFERENCES nenkin.closing_drafts (month, draft, drafter)
);

-- Whoever drafts or approves is who did the act: the names above are no mere claim.
CREATE FUNCTION nenkin.require_operator() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    IF NOT EXISTS (SELECT FROM nenkin.acts WHERE id = NEW.act AND operator = said) THEN
        RAISE EXCEPTION 'nenkin.%: % % did not do act %', TG_TABLE_NAME, TG_ARGV[0], said, NEW.act
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER drafted_by AFTER INSERT ON nenkin.closing_drafts
    FOR EACH ROW EXECUTE FUNCTION nenkin.require_operator('drafter');
CREATE TRIGGER approved_by AFTER INSERT ON nenkin.closings
    FOR EACH ROW EXECUTE FUNCTION nenkin.require_operator('approver');

-- Months are closed in their order: what is closed is every month until the last one closed.
CREATE FUNCTION nenkin.closed_until() RETURNS date LANGUAGE sql STABLE AS
    $$ SELECT max(month) FROM nenkin.closings $$;

-- The accounting month that a posting of a month goes to: its own, or the first that is open.
CREATE FUNCTION nenkin.open_month(wanted date) RETURNS date LANGUAGE sql STABLE AS
    $$ SELECT greatest(date_trunc('month', wanted)::date, (nenkin.closed_until() + interval '1 month')::date) $$;

CREATE FUNCTION nenkin.refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.month <= nenkin.closed_until() THEN
        RAISE EXCEPTION 'nenkin.%: month % is closed', TG_TABLE_NAME, to_char(NEW.month, 'YYYY-MM')
            USING ERRCODE = 'restrict_violation', HINT = 'Post it to the first month that is open.';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER closed BEFORE INSERT ON nenkin.monthly_postings
    FOR EACH ROW EXECUTE FUNCTION nenkin.refuse_closed();

-- A row whose own month is closed names an act that was posted to a later one. The argument is the row's month.
CREATE FUNCTION nenkin.require_posted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    late date;
    closed CONSTANT date := nenkin.closed_until();
BEGIN
    IF closed IS NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format(
        'SELECT min(own) FROM (SELECT DISTINCT act, (%s)::date AS own FROM added_rows) added WHERE own <= $1
         AND NOT EXISTS (SELECT FROM nenkin.monthly_postings posted WHERE posted.act = added.act AND posted.month > $1)',
        TG_ARGV[0]) INTO late USING closed;
    IF late IS NOT NULL THEN
        RAISE EXCEPTION 'nenkin.%: month % is closed', TG_TABLE_NAME, to_char(late, 'YYYY-MM')
            USING ERRCODE = 'restrict_violation', HINT = 'Post the act to the first month that is open.';
    END IF;
    RETURN NULL;
END
$$;
CREATE INDEX bills_by_month ON nenkin.bills (month);
-- A bill is accounted for in the month in which it is due (納期限), a payment in the one in which it was paid.
CREATE TRIGGER closed AFTER INSERT ON nenkin.bills REFERENCING NEW TABLE AS added_rows
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.require_posted('date_trunc(''month'', due)');
CREATE TRIGGER closed AFTER INSERT ON nenkin.bill_payments REFERENCING NEW TABLE AS added_rows
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.require_posted('date_trunc(''month'', paid_on)');

-- A run works out a month's bills from what had been entered by the acts until `cutoff`.
CREATE TABLE nenkin.bill_runs (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    month  date NOT NULL CHECK (extract(day FROM month) = 1),
    cutoff bigint NOT NULL,
    act    bigint NOT NULL REFERENCES nenkin.acts
);
CREATE TABLE nenkin.bill_runs_done (
    run     bigint PRIMARY KEY REFERENCES nenkin.bill_runs,
    bills   bigint NOT NULL,
    insured bigint NOT NULL,
    total   bigint NOT NULL,
    changed bigint NOT NULL,
    gaps    bigint NOT NULL
);
CREATE TABLE nenkin_work.bill_parts (
    run  bigint NOT NULL,
    part text NOT NULL,
    PRIMARY KEY (run, part)
);
CREATE TABLE nenkin_work.bill_sums (
    run           bigint NOT NULL,
    establishment text NOT NULL,
    insured       integer NOT NULL,
    bases         bigint NOT NULL,
    employees     bigint NOT NULL
);
-- Insured persons for whom nothing can be billed, and why.
CREATE TABLE nenkin_work.bill_gaps (
    run           bigint NOT NULL,
    number        text NOT NULL,
    establishment text NOT NULL,
    reason        text NOT NULL
);

-- Money for an establishment that is not on record (仮受): it waits until somebody says whose it is.
CREATE TABLE nenkin.suspense (
    key     uuid PRIMARY KEY,
    slip    text NOT NULL CHECK (slip <> ''),
    named   text NOT NULL,
    month   date NOT NULL CHECK (extract(day FROM month) = 1),
    amount  bigint NOT NULL CHECK (amount > 0),
    paid_on date NOT NULL,
    act     bigint NOT NULL REFERENCES nenkin.acts
);
CREATE TABLE nenkin.suspense_settled (
    key uuid PRIMARY KEY REFERENCES nenkin.suspense,
    act bigint NOT NULL REFERENCES nenkin.acts
);
CREATE TRIGGER closed AFTER INSERT ON nenkin.suspense REFERENCING NEW TABLE AS added_rows
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.require_posted('date_trunc(''month'', paid_on)');

-- How each bill stands against what was paid for it.
CREATE VIEW nenkin.bill_matches AS
    SELECT establishment, month, total, paid, due, open,
           CASE WHEN total IS NULL THEN 'unbilled' WHEN open < 0 THEN 'over' WHEN open = 0 THEN 'exact'
                WHEN paid = 0 THEN 'unpaid' ELSE 'part' END AS state
    FROM nenkin.bill_balances;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['batch_files', 'batch_file_parts', 'batch_file_notes', 'monthly_postings',
            'closing_drafts', 'closings', 'bill_runs', 'bill_runs_done', 'suspense', 'suspense_settled'] LOOP
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.%I
                FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change()', name);
    END LOOP;
END
$$;
