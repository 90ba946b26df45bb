-- What came of the acceptance test that a node drew last, and on what: another engine, driver or card draws it anew.
ALTER TABLE nodes ADD COLUMN test jsonb;
