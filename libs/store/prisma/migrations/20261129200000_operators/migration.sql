-- What operators have decided, and who submits.

-- By subject: `farm`, `node/ID` or `chassis/NAME`.
CREATE TABLE settings (
  subject text PRIMARY KEY,
  value   jsonb NOT NULL
);

-- Whoever sent the batch, as far as that is known; empty where it is not.
ALTER TABLE jobs ADD COLUMN submitted_by text NOT NULL DEFAULT '';
