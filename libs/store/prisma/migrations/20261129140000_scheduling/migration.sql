-- What the policy must not forget.

-- The last measurements of tasks of a cost key on slots of a type, as the predictor keeps them.
CREATE TABLE predictions (
  cost_key   text NOT NULL,
  slot_type  text NOT NULL,
  samples    jsonb NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (cost_key, slot_type)
) WITH (fillfactor = 50);

-- Shares of the farm: of a project where user_name is empty, else of a user in it.
CREATE TABLE shares (
  project        text NOT NULL,
  user_name      text NOT NULL DEFAULT '',
  weight         double precision NOT NULL DEFAULT 1 CHECK (weight > 0),
  used_seconds   double precision NOT NULL DEFAULT 0 CHECK (used_seconds >= 0),
  budget_seconds double precision CHECK (budget_seconds >= 0),
  maximum_slots  integer CHECK (maximum_slots >= 0),
  PRIMARY KEY (project, user_name)
) WITH (fillfactor = 50);
