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

-- Acts are never removed, so that to look for them once a statement is as good as a foreign key, which would look
-- once a row for what all rows of a statement share.
CREATE FUNCTION nenkin.require_act() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing bigint;
BEGIN
    SELECT added.act INTO missing FROM (SELECT DISTINCT act FROM added_rows) added
    WHERE added.act IS NOT NULL AND NOT EXISTS (SELECT FROM nenkin.acts WHERE id = added.act) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'nenkin.%: act % is not on record', TG_TABLE_NAME, missing
            USING ERRCODE = 'foreign_key_violation', HINT = 'Enter the act before what was done in it.';
    END IF;
    RETURN NULL;
END
$$;
