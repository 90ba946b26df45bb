-- What the nodes' slots reported to have used, by hour and by the job that they worked for; job_id is empty where they
-- worked for none.
CREATE TABLE energy (
  job_id     text NOT NULL,
  hour       timestamptz(3) NOT NULL,
  watt_hours double precision NOT NULL CHECK (watt_hours >= 0),
  PRIMARY KEY (job_id, hour)
) WITH (fillfactor = 50);

CREATE INDEX energy_by_hour ON energy (hour);
