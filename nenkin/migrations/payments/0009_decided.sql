-- Where a claim stands, with the sentence of the last day on which it was refused. A refused one is not decided again: the
-- office hands in a new one.
CREATE OR REPLACE VIEW nenkin.claim_states (receipt, key, number, code, received_at, decided, first_paid, refusal) AS
    SELECT receipt, key, number, code, received_at, decided, first_paid,
           (SELECT sentence FROM nenkin.refusals r WHERE r.receipt = received.receipt ORDER BY r.decided DESC LIMIT 1)
    FROM nenkin.received_claims received LEFT JOIN nenkin.claims USING (receipt);
