-- Qualification, contributions and remuneration of persons. Months are written as their first day.
-- That number, establishment and act are on record is seen to by triggers of their own (nenkin.require_known).

-- A period holds from the day of acquisition until before the day of loss; null while it lasts. Its months are those
-- from the month of acquisition to the one before the month of loss.
CREATE TABLE nenkin.periods (
    number        text NOT NULL,
    acquired      date NOT NULL,
    revision      smallint NOT NULL DEFAULT 1 CHECK (revision > 0),
    category      smallint NOT NULL CHECK (category BETWEEN 1 AND 3),
    lost          date CHECK (lost > acquired),
    establishment text,
    act           bigint NOT NULL,
    PRIMARY KEY (number, acquired, revision),
    CHECK ((category = 2) = (establishment IS NOT NULL))
);

-- Months in a row of one kind and one amount. Of categories 2 (employees) and 3 (dependants) no amount is due from
-- the person by month; of the months before the table of premiums begins, the amount paid is not known.
CREATE TABLE nenkin.contribution_runs (
    number        text NOT NULL,
    first         date NOT NULL CHECK (extract(day FROM first) = 1),
    revision      smallint NOT NULL DEFAULT 1 CHECK (revision > 0),
    is_additional boolean NOT NULL DEFAULT false,
    last          date NOT NULL CHECK (extract(day FROM last) = 1),
    kind          text NOT NULL CHECK (kind IN (
        'paid', 'full', 'three_quarters', 'half', 'quarter', 'student', 'deferment', 'unpaid', 'employees',
        'dependant')),
    amount        integer CHECK (amount >= 0),
    act           bigint NOT NULL,
    PRIMARY KEY (number, first, revision),
    CHECK (first <= last),
    -- The additional premium (付加) goes with whole payment only.
    CHECK (kind = 'paid' OR NOT is_additional),
    CHECK (amount IS NULL OR kind NOT IN ('employees', 'dependant')),
    CHECK (amount = 0 OR kind NOT IN ('full', 'student', 'deferment', 'unpaid'))
);

-- A standard holds from its first month until the next decision or the loss of qualification.
CREATE TABLE nenkin.decisions (
    number        text NOT NULL,
    first         date NOT NULL CHECK (extract(day FROM first) = 1),
    revision      smallint NOT NULL DEFAULT 1 CHECK (revision > 0),
    kind          text NOT NULL CHECK (kind IN ('fixed_time', 'revision', 'acquisition')),
    average       integer NOT NULL CHECK (average >= 0),
    standard      integer NOT NULL CHECK (standard > 0),
    establishment text NOT NULL,
    act           bigint NOT NULL,
    PRIMARY KEY (number, first, revision),
    CHECK (kind <> 'fixed_time' OR extract(month FROM first) = 9)
);

CREATE TABLE nenkin.bonuses (
    number        text NOT NULL,
    paid_on       date NOT NULL,
    revision      smallint NOT NULL DEFAULT 1 CHECK (revision > 0),
    pay           integer NOT NULL CHECK (pay >= 0),
    standard      integer NOT NULL CHECK (standard BETWEEN 0 AND pay),
    establishment text NOT NULL,
    act           bigint NOT NULL,
    PRIMARY KEY (number, paid_on, revision)
);
