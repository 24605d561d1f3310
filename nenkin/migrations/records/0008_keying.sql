-- Forms that were posted, and forms that outside staff keyed twice.

-- What an act posted, so that another form under the same key is found out.
CREATE TABLE nenkin.posted_forms (
    act    bigint PRIMARY KEY REFERENCES nenkin.acts,
    sha256 bytea NOT NULL
);

-- A sheet of a batch as it was keyed, first and second time, by two who do not see each other's.
CREATE TABLE nenkin.keyed_sheets (
    batch    text NOT NULL CHECK (batch <> ''),
    sheet    integer NOT NULL CHECK (sheet > 0),
    keying   smallint NOT NULL CHECK (keying IN (1, 2)),
    form     text NOT NULL CHECK (form <> ''),
    content  jsonb NOT NULL,
    operator text NOT NULL CHECK (operator <> ''),
    terminal text NOT NULL CHECK (terminal <> ''),
    office   text NOT NULL CHECK (office ~ '^[0-9]{4}$'),
    keyed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (batch, sheet, keying),
    UNIQUE (batch, sheet, operator)
);

-- What became of a sheet: at most one row, so it is posted once.
CREATE TABLE nenkin.keyed_ends (
    batch    text NOT NULL,
    sheet    integer NOT NULL,
    -- Which of the two keyings was taken; null where both were wrong and a third is what was decided.
    taken    smallint CHECK (taken IN (1, 2)),
    content  jsonb NOT NULL,
    operator text NOT NULL CHECK (operator <> ''),
    -- Why it could not be posted; null where it was.
    refused  text,
    ended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (batch, sheet)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.posted_forms
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.keyed_sheets
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.keyed_ends
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();

-- Sheets that were keyed twice and not alike, and wait for somebody who decides.
CREATE VIEW nenkin.keyed_differences AS
    SELECT batch, sheet, one.form, one.content AS first, two.content AS second,
           one.operator AS first_operator, two.operator AS second_operator, two.keyed_at
    FROM nenkin.keyed_sheets one JOIN nenkin.keyed_sheets two USING (batch, sheet)
    LEFT JOIN nenkin.keyed_ends ended USING (batch, sheet)
    WHERE one.keying = 1 AND two.keying = 2 AND ended.batch IS NULL;
