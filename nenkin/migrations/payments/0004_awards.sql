-- Every kind of claim, changes of awards, lump sums, overpayments set off against instalments, payments suspended.

-- What changed of an award (額改定, 失権): handed in under a receipt number of its own, by month (`since`).
CREATE TABLE nenkin.changes (
    receipt text PRIMARY KEY CHECK (receipt <> ''),
    pension bigint NOT NULL REFERENCES nenkin.entitlements,
    kind    text NOT NULL CHECK (kind IN ('revision', 'split', 'death', 'loss', 'suspend', 'resume')),
    since   integer NOT NULL CHECK (since BETWEEN 23400 AND 26400),
    entry   bigint NOT NULL DEFAULT nextval('nenkin.entries'),
    content text NOT NULL,
    decided date NOT NULL,
    lines   jsonb NOT NULL,
    who     text NOT NULL CHECK (who <> ''),
    at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX changes_of_pension ON nenkin.changes (pension, since, entry);
CREATE INDEX changes_by_day ON nenkin.changes (decided);
CREATE INDEX claims_by_day ON nenkin.claims (decided);
-- Who names a person as the spouse: the second side of a couple is found from the first.
CREATE INDEX claims_of_spouse ON nenkin.claims (((content::jsonb -> 'spouse') ->> 'number'));

-- Claims and changes that were refused, each sentence once a day; `gap` where the rules leave it out.
CREATE TABLE nenkin.refusals (
    receipt  text NOT NULL CHECK (receipt <> ''),
    decided  date NOT NULL,
    sentence text NOT NULL CHECK (sentence <> ''),
    gap      text,
    who      text NOT NULL CHECK (who <> ''),
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (receipt, decided, sentence)
);

-- What is paid once (死亡一時金, 障害手当金), under an entitlement of its own that has no figure.
CREATE TABLE nenkin.lumps (
    pension bigint PRIMARY KEY REFERENCES nenkin.entitlements,
    entry   bigint NOT NULL DEFAULT nextval('nenkin.entries'),
    amount  integer NOT NULL CHECK (amount > 0),
    who     text NOT NULL CHECK (who <> ''),
    why     text NOT NULL CHECK (why <> ''),
    at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- The primary key is what makes a second payment of it impossible.
CREATE TABLE nenkin.lump_payments (
    pension bigint PRIMARY KEY REFERENCES nenkin.lumps,
    paid    date NOT NULL,
    account bigint NOT NULL,
    amount  integer NOT NULL CHECK (amount > 0)
);
CREATE INDEX lump_payments_by_day ON nenkin.lump_payments (paid);

-- Payments stopped for a time (支払の一時差止め) from a day on, and set free again: what was held meanwhile is paid then.
CREATE TABLE nenkin.suspensions (
    pension      bigint NOT NULL REFERENCES nenkin.entitlements,
    since        date NOT NULL,
    entry        bigint NOT NULL DEFAULT nextval('nenkin.entries'),
    is_suspended boolean NOT NULL,
    who          text NOT NULL CHECK (who <> ''),
    why          text NOT NULL CHECK (why <> ''),
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (pension, since, entry)
);
ALTER TABLE nenkin.held DROP CONSTRAINT held_reason_check;
ALTER TABLE nenkin.held ADD CONSTRAINT held_reason_check
    CHECK (reason IN ('no account', 'account returned', 'suspended'));

-- What an instalment gives back of what was overpaid before (内払調整): it is taken off that day's transfer.
CREATE TABLE nenkin.offsets (
    paid    date NOT NULL,
    period  integer NOT NULL,
    pension bigint NOT NULL,
    account bigint NOT NULL,
    amount  integer NOT NULL CHECK (amount > 0),
    PRIMARY KEY (period, pension),
    FOREIGN KEY (period, pension) REFERENCES nenkin.payments
);
CREATE INDEX offsets_of_pension ON nenkin.offsets (pension);
CREATE INDEX offsets_by_day ON nenkin.offsets (paid);
CREATE INDEX differences_overpaid ON nenkin.differences (pension) WHERE amount < 0;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['changes', 'refusals', 'lumps', 'lump_payments', 'suspensions', 'offsets'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change()', name);
    END LOOP;
END
$$;

CREATE OR REPLACE VIEW nenkin.transfers (paid, pension, account, amount) AS
    SELECT paid, pension, account, net::bigint FROM nenkin.payments
    UNION ALL
    SELECT paid, pension, account, amount FROM nenkin.repayments
    UNION ALL
    SELECT paid, pension, account, amount::bigint FROM nenkin.differences WHERE amount > 0
    UNION ALL
    SELECT paid, pension, account, amount::bigint FROM nenkin.lump_payments
    UNION ALL
    SELECT paid, pension, account, -amount::bigint FROM nenkin.offsets;
