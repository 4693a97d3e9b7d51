-- Streams that receivers manage themselves (SSF) and that are pushed (RFC 8935): a SET keeps its jti and iat however often it is signed, what a stream is
-- told about itself is a delivery like all others, and a key that got out is told from one that was rotated.

-- Null: handed out before this migration.
alter table handed_out add column iat timestamptz, add column kid text;

-- A stream is a subject too: events about it tell its receiver what became of it.
alter table subject drop constraint subject_kind, add constraint subject_kind check (kind in ('placement', 'authorization', 'offer', 'stream'));
alter table subject drop constraint subject_person, add constraint subject_person check (kind in ('offer', 'stream') or person_id is not null);

-- Deliveries of a pushed stream that ran out of attempts since the last one that arrived.
alter table partner add column dead_in_row int not null default 0;

-- Until when a retired key stays published, because SETs that it signed have not been acknowledged; and when it was told to have got out.
alter table signing_key add column needed_until timestamptz, add column compromised_at timestamptz;
