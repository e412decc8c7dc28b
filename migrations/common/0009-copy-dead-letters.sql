-- Whether the dead letter topic still lacks its copy of a letter: the row is committed first, and the relay's process sends the copy
-- from it, so that a topic which cannot be written stops neither a partition nor an outbox.
ALTER TABLE common.dead_letters ADD COLUMN copy_due boolean NOT NULL DEFAULT false;

CREATE INDEX dead_letters_copies_due ON common.dead_letters (service, id) WHERE copy_due;
