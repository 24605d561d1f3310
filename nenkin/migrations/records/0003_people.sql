-- What is known of persons and establishments from a day on. A change is a row with its day; a correction is a row
-- of the same day with the next revision, after the wrong one was superseded.

-- Null for persons who were registered before acts were kept, or whose name in kanji is not known.
ALTER TABLE nenkin.persons ADD COLUMN name_kanji text, ADD COLUMN act bigint;

-- Name, birth date and sex as they stand from a day on; before the first row what nenkin.persons says.
CREATE TABLE nenkin.identities (
    number     text NOT NULL REFERENCES nenkin.persons,
    since      date NOT NULL,
    revision   smallint NOT NULL DEFAULT 1 CHECK (revision > 0),
    name_kana  text NOT NULL CHECK (name_kana <> ''),
    name_kanji text,
    birth_date date NOT NULL,
    sex        text NOT NULL CHECK (sex IN ('male', 'female')),
    act        bigint NOT NULL,
    PRIMARY KEY (number, since, revision)
);

CREATE TABLE nenkin.addresses (
    number   text NOT NULL REFERENCES nenkin.persons,
    since    date NOT NULL,
    revision smallint NOT NULL DEFAULT 1 CHECK (revision > 0),
    postcode text NOT NULL CHECK (postcode ~ '^[0-9]{7}$'),
    address  text NOT NULL CHECK (address <> ''),
    act      bigint NOT NULL,
    PRIMARY KEY (number, since, revision)
);

-- Where a pension is paid to; codes and kinds as in the banks' files.
CREATE TABLE nenkin.accounts (
    number      text NOT NULL REFERENCES nenkin.persons,
    since       date NOT NULL,
    revision    smallint NOT NULL DEFAULT 1 CHECK (revision > 0),
    kind        smallint NOT NULL CHECK (kind IN (1, 2, 4, 9)),
    bank        text NOT NULL CHECK (bank ~ '^[0-9]{4}$'),
    branch      text NOT NULL CHECK (branch ~ '^[0-9]{3}$'),
    account     text NOT NULL CHECK (account ~ '^[0-9]{7}$'),
    holder_kana text NOT NULL CHECK (holder_kana <> ''),
    act         bigint NOT NULL,
    PRIMARY KEY (number, since, revision)
);

-- An establishment (事業所) by the code of its office and the office's serial.
CREATE TABLE nenkin.establishments (
    code             text PRIMARY KEY CHECK (code ~ '^[0-8][0-9]{3}-[0-9]{5}$'),
    joined_on        date NOT NULL,
    labour_insurance text CHECK (labour_insurance ~ '^[0-9]{14}$'),
    act              bigint NOT NULL
);

CREATE TABLE nenkin.establishment_addresses (
    code     text NOT NULL REFERENCES nenkin.establishments,
    since    date NOT NULL,
    revision smallint NOT NULL DEFAULT 1 CHECK (revision > 0),
    name     text NOT NULL CHECK (name <> ''),
    postcode text NOT NULL CHECK (postcode ~ '^[0-9]{7}$'),
    address  text NOT NULL CHECK (address <> ''),
    act      bigint NOT NULL,
    PRIMARY KEY (code, since, revision)
);
