-- Claims (裁定請求) that were awarded: what was handed in, and what came of it. A refused claim leaves nothing here.
CREATE TABLE nenkin.claims (
    receipt    text PRIMARY KEY CHECK (receipt <> ''),
    content    text NOT NULL,
    pension    bigint NOT NULL UNIQUE REFERENCES nenkin.entitlements,
    decided    date NOT NULL,
    first_paid date NOT NULL,
    lines      jsonb NOT NULL,
    who        text NOT NULL CHECK (who <> ''),
    at         timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.claims
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
