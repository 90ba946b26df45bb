-- A late copy: an attempt at a task that another one is still at. The first picture wins.
ALTER TABLE attempts ADD COLUMN copy boolean NOT NULL DEFAULT false;
