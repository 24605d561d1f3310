-- How often each form, document and output was used on a day: what nobody uses is to be dropped.

CREATE TABLE nenkin.output_uses (
    output text NOT NULL CHECK (output <> ''),
    face   text NOT NULL CHECK (face IN ('screen', 'pdf', 'intake', 'batch')),
    day    date NOT NULL,
    uses   bigint NOT NULL CHECK (uses > 0),
    PRIMARY KEY (output, face, day)
);
