-- Arrears (滞納): who owes what on a day, what was done about it, and reminders measured against a control group.

-- What is counted of a day, as a batch leaves it; it can be counted anew at any time.
CREATE TABLE nenkin_work.arrears (
    as_of        date NOT NULL,
    subject      text NOT NULL,
    months       integer NOT NULL,
    oldest       date NOT NULL,
    amount       bigint NOT NULL,
    born         date,
    municipality text,
    income       text,
    PRIMARY KEY (as_of, subject)
);
CREATE TABLE nenkin_work.arrears_parts (
    as_of date NOT NULL,
    part  text NOT NULL,
    PRIMARY KEY (as_of, part)
);

-- The municipality at the beginning of an address, without prefecture and county (郡). Names that hold one of 市, 町, 村,
-- 郡 before their end are listed.
CREATE FUNCTION nenkin.municipality(address text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(
        substring(place FROM '^(?:四日市|廿日市|野々市|十日町|東村山|武蔵村山|大町|羽村|田村|大村|大和郡山|蒲郡|小郡)市'),
        substring(regexp_replace(place, '^.{1,3}郡', '') FROM '^(?:余市|玉村|大町)町'),
        substring(regexp_replace(place, '^.{1,3}郡', '') FROM '^.+?[市区町村]'))
    FROM (SELECT regexp_replace(address, '^(東京都|北海道|京都府|大阪府|.{2,3}県)', '') AS place) short
$$;

-- What was done about a debt (督促, 差押). A final demand names the day until which is to be paid.
CREATE TABLE nenkin.arrears_steps (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject  text NOT NULL CHECK (subject ~ '^[0-9]{4}-([0-9]{5}|[0-9]{6})$'),
    stage    text NOT NULL CHECK (stage IN ('notice', 'phone', 'visit', 'final_demand', 'enforcement', 'release')),
    done_on  date NOT NULL,
    deadline date,
    act      bigint NOT NULL REFERENCES nenkin.acts,
    UNIQUE (subject, stage, done_on),
    CHECK ((stage = 'final_demand') = (deadline IS NOT NULL)),
    -- National Pension Act, article 96 (3): at least ten days from the day on which the demand is sent.
    CONSTRAINT ten_days_to_pay CHECK (deadline >= done_on + 10)
);

-- Nothing is seized before a final demand's deadline has passed, and released only what is seized.
CREATE FUNCTION nenkin.require_demand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.stage = 'enforcement' AND NOT EXISTS (
        SELECT FROM nenkin.arrears_steps WHERE subject = NEW.subject AND stage = 'final_demand' AND deadline < NEW.done_on)
    THEN
        RAISE EXCEPTION 'nenkin.arrears_steps: %: no final demand whose deadline is over on %', NEW.subject, NEW.done_on
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.stage = 'release' AND coalesce((
        SELECT stage FROM nenkin.arrears_steps WHERE subject = NEW.subject AND stage IN ('enforcement', 'release')
        AND id < NEW.id AND done_on <= NEW.done_on ORDER BY done_on DESC, id DESC LIMIT 1), 'release') = 'release'
    THEN
        RAISE EXCEPTION 'nenkin.arrears_steps: %: nothing is seized on %', NEW.subject, NEW.done_on
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER demanded AFTER INSERT ON nenkin.arrears_steps
    FOR EACH ROW WHEN (NEW.stage IN ('enforcement', 'release')) EXECUTE FUNCTION nenkin.require_demand();

CREATE VIEW nenkin.arrears_stages AS
    SELECT DISTINCT ON (subject) subject, stage, done_on, deadline
    FROM nenkin.arrears_steps ORDER BY subject, done_on DESC, id DESC;

-- A reminder sent to a random part of those selected; the others are the control group.
CREATE TABLE nenkin.campaigns (
    name    text PRIMARY KEY CHECK (name <> ''),
    stage   text NOT NULL CHECK (stage IN ('notice', 'phone', 'visit')),
    as_of   date NOT NULL,
    share   numeric(3, 2) NOT NULL CHECK (share > 0 AND share < 1),
    wanted  jsonb NOT NULL,
    act     bigint NOT NULL REFERENCES nenkin.acts
);
CREATE TABLE nenkin.campaign_members (
    campaign   text NOT NULL REFERENCES nenkin.campaigns,
    subject    text NOT NULL,
    is_control boolean NOT NULL,
    months     integer NOT NULL CHECK (months > 0),
    amount     bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (campaign, subject)
);

-- Arrears of labour insurance (労働保険) as its offices list them, by its number.
CREATE TABLE nenkin.labour_arrears (
    labour_insurance text NOT NULL CHECK (labour_insurance ~ '^[0-9]{14}$'),
    as_of            date NOT NULL,
    amount           bigint NOT NULL CHECK (amount >= 0),
    act              bigint NOT NULL REFERENCES nenkin.acts,
    PRIMARY KEY (labour_insurance, as_of)
);
CREATE INDEX establishments_by_labour_insurance ON nenkin.establishments (labour_insurance);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['arrears_steps', 'campaigns', 'campaign_members', 'labour_arrears'] LOOP
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.%I
                FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change()', name);
    END LOOP;
END
$$;
