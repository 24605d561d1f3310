-- Claims (裁定請求) as offices hand them in, kept before anybody decides: the daily award run takes them from here.
CREATE TABLE nenkin.received_claims (
    receipt     text PRIMARY KEY CHECK (receipt <> ''),
    key         uuid NOT NULL UNIQUE,
    number      text NOT NULL,
    code        text NOT NULL,
    content     text NOT NULL,
    operator    text NOT NULL CHECK (operator <> ''),
    terminal    text NOT NULL CHECK (terminal <> ''),
    office      text NOT NULL CHECK (office <> ''),
    received_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX received_claims_by_number ON nenkin.received_claims (number, code);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.received_claims
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();

-- Where a claim stands. A refused one stays open: the office hands in a new one.
CREATE VIEW nenkin.claim_states (receipt, key, number, code, received_at, decided, first_paid) AS
    SELECT receipt, key, number, code, received_at, decided, first_paid
    FROM nenkin.received_claims LEFT JOIN nenkin.claims USING (receipt);

-- What an outsider counts after a disaster: every key, its content, and how often it is there; claims beside payments.
CREATE OR REPLACE VIEW nenkin.ledger (key, content, entries) AS
    SELECT lpad(pension::text, 14, '0') || '/' || nenkin.month_text(period),
           paid || '|' || net || '|' || care || '|' || account, count(*)
    FROM nenkin.payments GROUP BY pension, period, paid, net, care, account
    UNION ALL
    SELECT key::text, receipt || '|' || number || '|' || code, count(*)
    FROM nenkin.received_claims GROUP BY key, receipt, number, code;
