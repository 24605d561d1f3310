-- The yearly statement run: what it was opened with, so that it can be done again byte for byte, and what it made.

CREATE TABLE nenkin.statement_runs (
    birth_month  smallint NOT NULL CHECK (birth_month BETWEEN 1 AND 12),
    -- The day that ages and due days are counted for; a person gets one statement a year.
    day          date NOT NULL,
    -- Entries up to these count.
    act          bigint NOT NULL,
    contribution bigint NOT NULL,
    shard        integer NOT NULL CHECK (shard > 0),
    operator     text NOT NULL CHECK (operator <> ''),
    opened_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (birth_month, day)
);

-- The last number of each file that is to be made.
CREATE TABLE nenkin.statement_shards (
    birth_month smallint NOT NULL,
    day         date NOT NULL,
    shard       integer NOT NULL CHECK (shard > 0),
    first       text NOT NULL,
    last        text NOT NULL CHECK (first COLLATE "C" <= last COLLATE "C"),
    PRIMARY KEY (birth_month, day, shard),
    FOREIGN KEY (birth_month, day) REFERENCES nenkin.statement_runs
);

CREATE TABLE nenkin.statement_shards_done (
    birth_month smallint NOT NULL,
    day         date NOT NULL,
    shard       integer NOT NULL,
    statements  integer NOT NULL CHECK (statements >= 0),
    sums        jsonb NOT NULL,
    sha256      text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    done_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (birth_month, day, shard),
    FOREIGN KEY (birth_month, day, shard) REFERENCES nenkin.statement_shards
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['statement_runs', 'statement_shards', 'statement_shards_done'] LOOP
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.%I
                FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change()', name);
    END LOOP;
END
$$;
