-- Whether the pictures of a project are judged by the farm's safety checker; null: as the farm does.
ALTER TABLE shares
  ADD COLUMN safety text CHECK (safety IN ('off', 'withhold')),
  ADD CHECK (safety IS NULL OR user_name = '');
