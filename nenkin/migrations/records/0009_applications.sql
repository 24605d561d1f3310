-- Electronic applications by the receipt number of the portal (e-Gov), and the states that each went through.

CREATE TABLE nenkin.applications (
    receipt  text PRIMARY KEY CHECK (receipt ~ '^[0-9A-Za-z-]{8,32}$'),
    form     text NOT NULL CHECK (form <> ''),
    content  jsonb NOT NULL,
    sha256   bytea NOT NULL,
    -- The portal's own time; when it came in here is the time of the first state.
    sent_at  timestamptz NOT NULL
);

CREATE TABLE nenkin.application_states (
    receipt  text NOT NULL REFERENCES nenkin.applications,
    place    integer NOT NULL CHECK (place > 0),
    state    text NOT NULL CHECK (state <> ''),
    reason   text,
    operator text NOT NULL CHECK (operator <> ''),
    since    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (receipt, place),
    CHECK (state NOT IN ('refused', 'returned') OR reason <> '')
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.applications
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.application_states
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();

-- Each state with the time in it, s; of the last one the time so far.
CREATE VIEW nenkin.application_times AS
    SELECT receipt, place, state, reason, operator, since,
           extract(epoch FROM coalesce(lead(since) OVER (PARTITION BY receipt ORDER BY place),
                                       clock_timestamp()) - since)::float8 AS seconds
    FROM nenkin.application_states;

