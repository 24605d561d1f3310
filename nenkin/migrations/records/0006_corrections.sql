-- Corrections: a wrong row is superseded by a row of nenkin.superseded_…, which names the act; what is right is
-- entered with the same act. So before, after, who, when and why are kept, and current_… shows what stands.

-- Two rows of a person (or establishment) never begin at the same time, except that one supersedes the other.
CREATE FUNCTION nenkin.require_superseded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_superseded boolean;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM nenkin.%1$I WHERE %2$I = $1.%2$I AND %3$I = $1.%3$I AND revision = $1.revision - 1)',
        'superseded_' || TG_TABLE_NAME, TG_ARGV[0], TG_ARGV[1]) INTO is_superseded USING NEW;
    IF NOT is_superseded THEN
        RAISE EXCEPTION 'nenkin.%: revision % of what stands is refused', TG_TABLE_NAME, NEW.revision
            USING ERRCODE = 'restrict_violation', HINT = 'Supersede the revision before it in the same transaction.';
    END IF;
    RETURN NULL;
END
$$;

-- No day is in two periods and no month in two runs of a person. Whoever enters them for a person at the same time
-- waits for the other: each sees what the other entered. What a statement enters is compared with itself first; with
-- what stands only where a person has rows that did not come with it, for most that come in great numbers are new.
CREATE FUNCTION nenkin.refuse_overlap() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    subject text;
    overlapping CONSTANT text :=
        'SELECT number FROM (
            SELECT number, %2$I AS begins, lag(coalesce(%3$s, ''infinity'')) OVER (
                PARTITION BY number COLLATE "C" ORDER BY %2$I) AS ended
            FROM %1$s
        ) in_order WHERE begins < ended LIMIT 1';
    others CONSTANT text :=
        '(SELECT * FROM nenkin.current_%1$s WHERE number IN (
            SELECT number FROM (SELECT number, count(*) AS added FROM added_rows GROUP BY number) person
            WHERE added <> (SELECT count(*) FROM nenkin.%1$s entered WHERE entered.number = person.number)
        )) standing';
BEGIN
    PERFORM FROM nenkin.persons WHERE number IN (SELECT number FROM added_rows) ORDER BY number FOR NO KEY UPDATE;
    EXECUTE format(overlapping, 'added_rows', TG_ARGV[0], TG_ARGV[1]) INTO subject;
    IF subject IS NULL THEN
        EXECUTE format(overlapping, format(others, TG_TABLE_NAME), TG_ARGV[0], TG_ARGV[1]) INTO subject;
    END IF;
    IF subject IS NOT NULL THEN
        RAISE EXCEPTION 'nenkin.%: two rows of number % overlap', TG_TABLE_NAME, subject
            USING ERRCODE = 'exclusion_violation', HINT = 'Supersede the row that is wrong before entering the right one.';
    END IF;
    RETURN NULL;
END
$$;

DO $$
DECLARE
    -- The table, whose a row is, and the columns of its key.
    tables CONSTANT text[] := ARRAY[
        'contributions number id', 'identities number number since revision',
        'addresses number number since revision', 'accounts number number since revision',
        'establishment_addresses code code since revision', 'periods number number acquired revision',
        'contribution_runs number number first revision', 'decisions number number first revision',
        'bonuses number number paid_on revision', 'bills establishment establishment month revision',
        'bill_payments establishment key'];
    entry text;
    words text[];
    name text;
    names text;
    parts text[] := '{}';
    after text;
BEGIN
    FOREACH entry IN ARRAY tables LOOP
        words := string_to_array(entry, ' ');
        name := words[1];
        names := array_to_string(words[3:], ', ');
        EXECUTE format('CREATE TABLE nenkin.%I AS SELECT %s FROM nenkin.%I WITH NO DATA', 'superseded_' || name, names, name);
        EXECUTE format(
            'ALTER TABLE nenkin.%1$I ADD COLUMN act bigint NOT NULL REFERENCES nenkin.acts, ADD PRIMARY KEY (%3$s),
                ADD FOREIGN KEY (%3$s) REFERENCES nenkin.%2$I', 'superseded_' || name, name, names);
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.%I
                FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change()', 'superseded_' || name);
        EXECUTE format(
            'CREATE VIEW nenkin.%1$I AS SELECT * FROM nenkin.%2$I standing WHERE NOT EXISTS (
                SELECT FROM nenkin.%3$I gone WHERE (%4$s) = (%5$s))',
            'current_' || name, name, 'superseded_' || name,
            'gone.' || array_to_string(words[3:], ', gone.'), 'standing.' || array_to_string(words[3:], ', standing.'));
        after := 'NULL::jsonb';
        IF name <> 'contributions' THEN
            EXECUTE format(
                'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change()', name);
            EXECUTE format(
                'CREATE TRIGGER known AFTER INSERT ON nenkin.%I REFERENCING NEW TABLE AS added_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.require_known(%s)', name,
                '''act'', ''acts'', ''id''' || CASE
                    WHEN name IN ('periods', 'contribution_runs', 'decisions', 'bonuses')
                    THEN ', ''number'', ''persons'', ''number''' ELSE '' END || CASE
                    WHEN name IN ('periods', 'decisions', 'bonuses')
                    THEN ', ''establishment'', ''establishments'', ''code''' ELSE '' END);
            after := format(
                '(SELECT jsonb_agg(to_jsonb(made)) FROM nenkin.%1$I made WHERE made.%2$I = old.%2$I AND made.act = gone.act)',
                name, words[2]);
        END IF;
        IF words[5] = 'revision' THEN
            EXECUTE format(
                'CREATE TRIGGER one_stands AFTER INSERT ON nenkin.%I FOR EACH ROW WHEN (NEW.revision > 1)
                    EXECUTE FUNCTION nenkin.require_superseded(%L, %L)', name, words[3], words[4]);
        END IF;
        parts := parts || format(
            'SELECT gone.act, %1$L::text AS of_table, old.%2$I AS subject, jsonb_agg(to_jsonb(old)) AS before, %3$s AS after
             FROM nenkin.%4$I gone JOIN nenkin.%5$I old USING (%6$s) GROUP BY gone.act, old.%2$I',
            name, words[2], after, 'superseded_' || name, name, names);
    END LOOP;
    EXECUTE 'CREATE VIEW nenkin.corrections AS
        SELECT made.of_table, made.subject, acts.operator, acts.terminal, acts.office, acts.purpose, acts.done_at,
               made.before, made.after, made.act
        FROM (' || array_to_string(parts, ' UNION ALL ') || ') made JOIN nenkin.acts ON acts.id = made.act';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.establishments
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
CREATE TRIGGER known AFTER INSERT ON nenkin.establishments REFERENCING NEW TABLE AS added_rows
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.require_known('act', 'acts', 'id');
CREATE TRIGGER known AFTER INSERT ON nenkin.persons REFERENCING NEW TABLE AS added_rows
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.require_known('act', 'acts', 'id');

CREATE TRIGGER no_overlap AFTER INSERT ON nenkin.periods REFERENCING NEW TABLE AS added_rows
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_overlap('acquired', 'lost');
-- A run's last month is one of its own: it ends where the next month begins.
CREATE TRIGGER no_overlap AFTER INSERT ON nenkin.contribution_runs REFERENCING NEW TABLE AS added_rows
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_overlap('first', 'last + 1');

-- Every month of a person that a run or a single posting speaks of; a month paid twice is there twice.
CREATE VIEW nenkin.contribution_months AS
    SELECT number, month::date AS month, kind, amount, is_additional
    FROM nenkin.current_contribution_runs, generate_series(first, last, interval '1 month') month
    UNION ALL
    SELECT number, month, 'paid', amount, false FROM nenkin.current_contributions;

-- Who a person is today.
CREATE VIEW nenkin.current_persons AS
    SELECT person.number, coalesce(latest.name_kana, person.name_kana) AS name_kana,
           CASE WHEN latest.number IS NULL THEN person.name_kanji ELSE latest.name_kanji END AS name_kanji,
           coalesce(latest.birth_date, person.birth_date) AS birth_date, coalesce(latest.sex, person.sex) AS sex,
           person.registered_at
    FROM nenkin.persons person
    LEFT JOIN LATERAL (
        SELECT * FROM nenkin.current_identities
        WHERE number = person.number AND since <= current_date ORDER BY since DESC LIMIT 1
    ) latest ON true;

-- What is owed and paid of each bill that stands; what was paid without a bill has no total.
CREATE VIEW nenkin.bill_balances AS
    SELECT establishment, month, bill.total, coalesce(paid.amount, 0) AS paid, bill.due,
           coalesce(bill.total, 0) - coalesce(paid.amount, 0) AS open
    FROM nenkin.current_bills bill
    FULL JOIN (
        SELECT establishment, month, sum(amount)::bigint AS amount
        FROM nenkin.current_bill_payments GROUP BY establishment, month
    ) paid USING (establishment, month);
