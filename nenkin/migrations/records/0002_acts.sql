-- Who did something to the records, from where and why. Each row that is entered from here on names its act.

CREATE TABLE nenkin.acts (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The same key again is the same act, which is done once.
    key      uuid NOT NULL UNIQUE,
    operator text NOT NULL CHECK (operator <> ''),
    terminal text NOT NULL CHECK (terminal <> ''),
    office   text NOT NULL CHECK (office ~ '^[0-9]{4}$'),
    purpose  text NOT NULL CHECK (purpose <> ''),
    done_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.acts
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();

-- That what a row speaks of is on record: its arguments are a column, and the table and column that know it, and so on.
-- What nothing ever removes, as the tables of the records are append-only, is as safe after being looked for at entry
-- as behind a foreign key; and a statement that enters many rows looks once for what they share and not once a row.
CREATE FUNCTION nenkin.require_known() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    missing text;
BEGIN
    FOR place IN 0 .. TG_NARGS - 1 BY 3 LOOP
        EXECUTE format(
            'SELECT one::text FROM (SELECT DISTINCT %1$I AS one FROM added_rows) added
             WHERE one IS NOT NULL AND NOT EXISTS (SELECT FROM nenkin.%2$I WHERE %3$I = one) LIMIT 1',
            TG_ARGV[place], TG_ARGV[place + 1], TG_ARGV[place + 2]) INTO missing;
        IF missing IS NOT NULL THEN
            RAISE EXCEPTION 'nenkin.%: % % is not on record', TG_TABLE_NAME, TG_ARGV[place], missing
                USING ERRCODE = 'foreign_key_violation', HINT = 'Enter first what a row speaks of.';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
