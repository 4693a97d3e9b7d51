-- Why a SET was refused before anything of it was taken, by a word of ours, and by which digest its sender knows it: so that it stands in the list of
-- what became of what was sent. Rows from before have neither.

alter table not_admitted
  add column code text,
  add column token_hash bytea,
  add constraint not_admitted_code check (code ~ '^[a-z]+([-_][a-z]+)*$'),
  add constraint not_admitted_token_hash check (length(token_hash) = 32);
create index not_admitted_told on not_admitted (source, noted_at, key_hash, payload_hash);
