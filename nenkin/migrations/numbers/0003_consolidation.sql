-- Consolidation (1人1番号): candidates, their review by persons, and acts that merge numbers or undo it.

CREATE TABLE nenkin.candidates (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    one      text NOT NULL REFERENCES nenkin.numbers,
    other    text NOT NULL REFERENCES nenkin.numbers,
    level    text NOT NULL CHECK (level IN ('duplicate', 'confirm', 'renamed')),
    found_by text NOT NULL CHECK (found_by IN ('issue', 'match')),
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (one < other),
    UNIQUE (one, other)
);
CREATE INDEX candidates_by_other ON nenkin.candidates (other);

-- More numbers than pairs could be made of; they are looked at as a whole.
CREATE TABLE nenkin.crowds (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    level    text NOT NULL CHECK (level IN ('duplicate', 'confirm', 'renamed')),
    numbers  text[] NOT NULL,
    sha256   bytea NOT NULL UNIQUE,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Acts are in one order, that of their ids, and so are their times.
CREATE TABLE nenkin.acts (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key      uuid NOT NULL UNIQUE,
    head     text REFERENCES nenkin.numbers,
    undone   bigint UNIQUE REFERENCES nenkin.acts,
    drafter  text NOT NULL CHECK (drafter <> ''),
    approver text NOT NULL CHECK (approver <> ''),
    reason   text NOT NULL CHECK (reason <> ''),
    acted_at timestamptz NOT NULL,
    CHECK (drafter <> approver),
    -- A merge has a head, an un-merge names the merge.
    CHECK ((head IS NULL) <> (undone IS NULL))
);
CREATE INDEX acts_by_time ON nenkin.acts (acted_at);
CREATE INDEX acts_by_head ON nenkin.acts (head);

-- The numbers that a merge put under its head.
CREATE TABLE nenkin.folds (
    number text NOT NULL REFERENCES nenkin.numbers,
    act    bigint NOT NULL REFERENCES nenkin.acts,
    PRIMARY KEY (number, act)
);
CREATE INDEX folds_by_act ON nenkin.folds (act);

CREATE TABLE nenkin.reviews (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        uuid NOT NULL UNIQUE,
    candidate  bigint NOT NULL REFERENCES nenkin.candidates,
    -- What an un-merge takes back is open again.
    decision   text NOT NULL CHECK (decision IN ('same', 'different', 'withdrawn')),
    act        bigint REFERENCES nenkin.acts,
    drafter    text NOT NULL CHECK (drafter <> ''),
    approver   text NOT NULL CHECK (approver <> ''),
    reason     text NOT NULL CHECK (reason <> ''),
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (drafter <> approver),
    CHECK ((decision = 'different') = (act IS NULL))
);
CREATE INDEX reviews_by_candidate ON nenkin.reviews (candidate, id);
CREATE INDEX reviews_by_act ON nenkin.reviews (act);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.candidates
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.crowds
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.acts
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.folds
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.reviews
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();

-- Which number stood under which, by which act, from when until when.
CREATE VIEW nenkin.folded (number, head, act, since, until) AS
    SELECT fold.number, act.head, act.id, act.acted_at, coalesce(undo.acted_at, 'infinity')
    FROM nenkin.folds fold
    JOIN nenkin.acts act ON act.id = fold.act
    LEFT JOIN nenkin.acts undo ON undo.undone = act.id;

-- Nothing stands under two, and nothing under itself, whatever program writes.
CREATE FUNCTION nenkin.refuse_second_fold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM nenkin.folded WHERE number = NEW.number AND until = 'infinity')
       OR nenkin.number_in_force((SELECT head FROM nenkin.acts WHERE id = NEW.act), 'infinity')
          = NEW.number THEN
        RAISE EXCEPTION 'nenkin.folds: % stands under a number already, or the head under it', NEW.number
            USING ERRCODE = 'restrict_violation', HINT = 'Undo the act that is in force first.';
    END IF;
    RETURN NEW;
END
$$;

-- The number in force of a number at a moment; 'infinity' asks for now. No row where it is unknown
-- or was issued later.
CREATE FUNCTION nenkin.number_in_force(asked text, moment timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE way (number, step) AS (
        SELECT number, 0 FROM nenkin.numbers WHERE number = asked AND issued_at <= moment
        UNION ALL
        SELECT folded.head, step + 1 FROM way JOIN nenkin.folded USING (number)
        WHERE since <= moment AND (until > moment OR until = 'infinity')
    )
    SELECT number FROM way ORDER BY step DESC LIMIT 1
$$;

-- Every number that had the same number in force at a moment, that one included.
CREATE FUNCTION nenkin.numbers_of_one(asked text, moment timestamptz) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE tree (number) AS (
        SELECT nenkin.number_in_force(asked, moment)
        UNION ALL
        SELECT folded.number FROM tree JOIN nenkin.folded ON folded.head = tree.number
        WHERE since <= moment AND (until > moment OR until = 'infinity')
    )
    SELECT number FROM tree WHERE number IS NOT NULL ORDER BY number
$$;

-- Candidates that a person has still to decide.
CREATE VIEW nenkin.open_candidates (id, one, other, level, found_by, found_at) AS
    SELECT id, one, other, level, found_by, found_at FROM nenkin.candidates candidate
    WHERE coalesce((SELECT decision FROM nenkin.reviews WHERE candidate = candidate.id
                    ORDER BY reviews.id DESC LIMIT 1), 'withdrawn') = 'withdrawn'
      AND nenkin.number_in_force(one, 'infinity') <> nenkin.number_in_force(other, 'infinity');

CREATE TRIGGER folded_once BEFORE INSERT ON nenkin.folds
    FOR EACH ROW EXECUTE FUNCTION nenkin.refuse_second_fold();
