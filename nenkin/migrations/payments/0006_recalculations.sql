-- Nights of the second calculation: what was asked for and compared, and every difference that it found.
CREATE TABLE nenkin.recalculations (
    night      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day        date NOT NULL,
    sample     integer NOT NULL,
    seed       bigint NOT NULL,
    generation bigint NOT NULL,
    manifest   jsonb NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (day, sample, seed, generation)
);
CREATE TABLE nenkin.recalculation_differences (
    night      bigint NOT NULL REFERENCES nenkin.recalculations,
    place      integer NOT NULL,
    pension    bigint NOT NULL,
    kind       text NOT NULL,
    month      integer NOT NULL,
    until      integer NOT NULL,
    paid       integer NOT NULL,
    recomputed integer NOT NULL,
    sentence   text NOT NULL,
    PRIMARY KEY (night, place)
);
CREATE INDEX recalculation_differences_of_pension ON nenkin.recalculation_differences (pension);
CREATE INDEX figures_by_time ON nenkin.figures USING brin (at);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.recalculations
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.recalculation_differences
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
