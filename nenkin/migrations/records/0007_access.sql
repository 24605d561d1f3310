-- Who read, wrote or was refused what, from where and why; and the roles of those who are no clerks.

CREATE TABLE nenkin.access_events (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Parts of who asked are null where a request was refused for lack of them.
    operator text,
    terminal text,
    office   text,
    purpose  text,
    kind     text NOT NULL,
    -- A person's number or an establishment's code; null where it was nobody's in particular.
    subject  text,
    outcome  text NOT NULL CHECK (outcome IN ('done', 'refused')),
    fields   text NOT NULL,
    detail   text NOT NULL,
    CHECK (outcome = 'refused' OR (operator <> '' AND terminal <> '' AND office <> '' AND purpose <> '') IS TRUE)
);
CREATE INDEX access_events_by_subject ON nenkin.access_events (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX access_events_by_operator ON nenkin.access_events (operator, id) WHERE operator IS NOT NULL;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.access_events
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();

-- What an operator is from a moment on; who is not here is a clerk.
CREATE TABLE nenkin.operators (
    operator   text NOT NULL CHECK (operator <> ''),
    revision   integer NOT NULL CHECK (revision > 0),
    role       text NOT NULL CHECK (role <> ''),
    granted_by text NOT NULL CHECK (granted_by NOT IN ('', operator)),
    reason     text NOT NULL CHECK (reason <> ''),
    granted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (operator, revision)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.operators
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();

-- Persons by birth date and by the beginning of their name, under the names that they bore before as well.
CREATE INDEX persons_by_birth ON nenkin.persons (birth_date, name_kana COLLATE "C");
CREATE INDEX persons_by_name ON nenkin.persons (name_kana COLLATE "C", birth_date);
CREATE INDEX identities_by_birth ON nenkin.identities (birth_date, name_kana COLLATE "C");
CREATE INDEX identities_by_name ON nenkin.identities (name_kana COLLATE "C", birth_date);
