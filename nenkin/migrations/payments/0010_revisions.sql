-- Revisions of all awards for a month (額改定): opened once, done by parts that may run side by side, joined in a manifest.

CREATE TABLE nenkin.revisions (
    revision   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    month      integer NOT NULL CHECK (month BETWEEN 23400 AND 26400),
    decided    date NOT NULL,
    generation bigint NOT NULL,
    who        text NOT NULL CHECK (who <> ''),
    opened_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX revisions_by_month ON nenkin.revisions (month, revision);

-- Ranges of pensions (the last excluded), each one transaction. They do not depend on how many processes share them out.
CREATE TABLE nenkin.revision_parts (
    revision bigint NOT NULL REFERENCES nenkin.revisions,
    part     integer NOT NULL,
    first    bigint NOT NULL,
    until    bigint NOT NULL,
    PRIMARY KEY (revision, part)
);
-- Awards looked at, of them changed and refused; yen a year of all of them before and after; and of what was decided the hash.
CREATE TABLE nenkin.revision_parts_done (
    revision bigint NOT NULL,
    part     integer NOT NULL,
    awards   integer NOT NULL,
    changed  integer NOT NULL,
    refused  integer NOT NULL,
    before   bigint NOT NULL,
    after    bigint NOT NULL,
    sha256   text NOT NULL,
    PRIMARY KEY (revision, part),
    FOREIGN KEY (revision, part) REFERENCES nenkin.revision_parts
);
-- The end of a revision.
CREATE TABLE nenkin.revision_manifests (
    revision bigint PRIMARY KEY REFERENCES nenkin.revisions,
    manifest jsonb NOT NULL,
    at       timestamptz NOT NULL DEFAULT clock_timestamp()
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['revisions', 'revision_parts', 'revision_parts_done', 'revision_manifests'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change()', name);
    END LOOP;
END
$$;
