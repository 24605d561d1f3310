-- What a night is, how far it is, and who may say so. A run's number only grows: it is the run's fencing token.

CREATE SEQUENCE night.leaders;

-- One row: whose word counts. A dispatcher that takes over raises the token, and every change asks for the present one.
CREATE TABLE night.leader (
    is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    token    bigint NOT NULL,
    holder   text NOT NULL,
    since    timestamptz NOT NULL DEFAULT clock_timestamp(),
    beat_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO night.leader (token, holder) VALUES (0, '');

CREATE TABLE night.nights (
    name      text PRIMARY KEY,
    orders    jsonb NOT NULL,
    sha256    text NOT NULL,
    origin    timestamptz NOT NULL,                      -- minute 0: 00:00 of the operating day
    minute_s  double precision NOT NULL DEFAULT 60 CHECK (minute_s > 0),
    begun_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at  timestamptz
);

CREATE TABLE night.jobs (
    night       text NOT NULL REFERENCES night.nights,
    name        text NOT NULL,
    place       integer NOT NULL,                        -- in the plan's order
    state       text NOT NULL DEFAULT 'waiting'
                CHECK (state IN ('waiting', 'sent', 'running', 'done', 'failed', 'skipped')),
    held        text,                                    -- why it is held; null = it is not
    reason      text NOT NULL DEFAULT '',
    generation  integer NOT NULL DEFAULT 1,
    tries       integer NOT NULL DEFAULT 0,              -- failures of this generation that were the job's own
    not_before  timestamptz,                             -- a failure is not tried again at once
    PRIMARY KEY (night, name)
);

CREATE TABLE night.runs (
    token       bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    night       text NOT NULL,
    job         text NOT NULL,
    generation  integer NOT NULL,
    leader      bigint NOT NULL,
    site        text NOT NULL DEFAULT '',                -- whose workers it was given to; empty = everybody's
    state       text NOT NULL DEFAULT 'sent' CHECK (state IN ('sent', 'running', 'done', 'failed', 'lost')),
    host        text,
    instance    text,                                    -- the worker process, new with each of its starts
    sent_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    begun_at    timestamptz,
    lease_until timestamptz,
    ended_at    timestamptz,
    exit        integer,
    manifest    jsonb,
    reason      text NOT NULL DEFAULT '',
    FOREIGN KEY (night, job) REFERENCES night.jobs
);
-- A second start while the first may still be at work is impossible, whatever a program believes.
CREATE UNIQUE INDEX runs_open ON night.runs (night, job) WHERE state IN ('sent', 'running');
-- And so is a second effect of the same generation.
CREATE UNIQUE INDEX runs_done ON night.runs (night, job, generation) WHERE state = 'done';

-- Who works, or waits for work.
CREATE TABLE night.workers (
    host     text NOT NULL,
    name     text NOT NULL,
    site     text NOT NULL,
    beat_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (host, name)
);

-- The last of the engine's own migrations that was applied.
CREATE TABLE night.engine (
    is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    version  text NOT NULL
);

-- Hosts of which somebody vouches that nothing on them runs any more: powered off, or cut from everything.
CREATE TABLE night.fences (
    host    text NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    person  text NOT NULL,
    how     text NOT NULL
);

CREATE TABLE night.acts (
    number  bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    night   text NOT NULL REFERENCES night.nights,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    person  text NOT NULL,
    change  text NOT NULL,
    act     text NOT NULL CHECK (act IN ('hold', 'release', 'skip', 'rerun')),
    job     text NOT NULL,
    reason  text NOT NULL DEFAULT ''
);

-- Holds the present leader to its word until the transaction ends: a take-over waits for that.
CREATE FUNCTION night.ensure_leads(wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM night.leader WHERE token = wanted FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'another dispatcher leads' USING ERRCODE = 'HK001';
    END IF;
END $$;

-- The end record. A program that calls it in the transaction of its own rows commits both or neither. Calling it again after a
-- COMMIT that was not answered changes nothing; a run that is no longer the job's is refused.
CREATE FUNCTION night.end_run(wanted bigint, code integer, said jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ended night.runs;
BEGIN
    UPDATE night.runs
       SET state = CASE code WHEN 0 THEN 'done' ELSE 'failed' END, ended_at = clock_timestamp(), exit = code, manifest = said
     WHERE token = wanted AND state = 'running' RETURNING * INTO ended;
    IF NOT FOUND THEN
        PERFORM 1 FROM night.runs WHERE token = wanted AND state IN ('done', 'failed');
        IF NOT FOUND THEN
            RAISE EXCEPTION 'run % is no longer the one of its job', wanted USING ERRCODE = 'HK002';
        END IF;
        RETURN;
    END IF;
    UPDATE night.jobs
       SET state = ended.state, reason = '', tries = tries + (code <> 0)::integer
     WHERE night = ended.night AND name = ended.job;
    PERFORM pg_notify('night', ended.night);
END $$;

-- A run of which nothing will come any more; its job waits again, unless it was lost ten times: then it may be the job that takes
-- its host along, and a person decides. What has ended meanwhile stays as it is.
CREATE FUNCTION night.lose_run(wanted bigint, why text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    gone night.runs;
    times integer;
BEGIN
    UPDATE night.runs SET state = 'lost', ended_at = clock_timestamp(), reason = why
     WHERE token = wanted AND state IN ('sent', 'running') RETURNING * INTO gone;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT count(*) INTO times FROM night.runs
     WHERE night = gone.night AND job = gone.job AND generation = gone.generation AND state = 'lost';
    UPDATE night.jobs SET state = CASE WHEN times < 10 THEN 'waiting' ELSE 'failed' END, reason = why
     WHERE night = gone.night AND name = gone.job;
    PERFORM pg_notify('night', gone.night);
    RETURN true;
END $$;
