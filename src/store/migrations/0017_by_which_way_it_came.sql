-- By which way a client told it: a SET and its REST twin are listed for whoever sent them, rows of a file have a list of their own. Null for what partners sent.
alter table seen add column way text,
  add constraint seen_way check (way in ('set', 'event', 'row'));
-- Nothing read the former one; rows of files need no place in the new one.
drop index seen_received;
create index seen_told on seen (source, received_at, key_hash) where way in ('set', 'event');
