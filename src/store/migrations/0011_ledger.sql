-- The evidence log. Stations leave unsequenced leaves (ledger_leaf) in their own transactions; one sequencer moves what is committed into the ledger and
-- numbers it without gaps. Only sequence_leaves does that: the application can neither number, change nor take away a leaf by itself.

create table ledger (
  seq        bigint primary key,
  ts         timestamptz(3) not null,
  leaf_id    uuid not null,
  kind       text not null,
  source     text not null,
  message    text not null,
  commitment bytea not null,
  -- SHA-256 over 0x00 and the leaf's line: an altered row can be named.
  hash       bytea not null,
  constraint ledger_leaf_once unique (leaf_id),
  constraint ledger_seq_from_zero check (seq >= 0),
  constraint ledger_hash_whole check (length(hash) = 32 and length(commitment) = 32)
);
create index ledger_message on ledger (message);

-- Roots of complete subtrees of 256^height leaves (height 1 and up): with the last few hundred leaves they are the whole tree.
create table ledger_node (
  height  smallint not null,
  index   bigint not null,
  hash    bytea not null,
  primary key (height, index),
  constraint ledger_node_above_leaves check (height >= 1 and index >= 0),
  constraint ledger_node_hash_whole check (length(hash) = 32)
);

-- Signed tree heads, in the order in which they were published. Each stands in a file outside the database as well.
create table checkpoint (
  id         bigint generated always as identity primary key,
  origin     text not null,
  size       bigint not null,
  note       text not null,
  signed_at  timestamptz not null,
  constraint checkpoint_once unique (origin, size)
);

-- What a leaf commits to and no other table keeps, sealed under the key of whom it is about: opened, it proves that nobody changed it since.
create table ledger_evidence (
  leaf_id    uuid primary key,
  -- Null: sealed under the gateway's key.
  person_id  uuid references person,
  body       bytea not null
);

-- Where the leaf about a refused message is found again, for its sender's receipt; that of an accepted one names its event.
alter table seen add column leaf_id uuid;

-- Rows come and go here; it must not grow by what is gone.
alter table ledger_leaf set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
alter table ledger_leaf drop constraint ledger_leaf_kind,
  add constraint ledger_leaf_kind check (kind in ('accepted', 'refused', 'received', 'sent', 'acknowledged', 'declined', 'asked', 'answered')),
  add constraint ledger_leaf_commitment_whole check (length(commitment) = 32);

-- The line of a leaf, exactly as it is hashed.
create function ledger_line(seq bigint, ts timestamptz, kind text, source text, message text, commitment bytea) returns text
language sql immutable parallel safe
return format('{"v":1,"seq":%s,"ts":"%s","kind":%s,"iss":%s,"jti":%s,"c":"%s"}', seq,
  to_char(ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), to_json(kind), to_json(source), to_json(message),
  rtrim(translate(encode(commitment, 'base64'), E'+/\n', '-_'), '='));

-- Moves up to `most` committed leaves into the ledger, the oldest first, and gives them as numbered. Whoever else sequences waits for the end of the
-- transaction. Times are the database's own, whose rows they are about, and never run backwards.
create function sequence_leaves(most int)
returns table (seq bigint, ts timestamptz, leaf_id uuid, kind text, source text, message text, commitment bytea, hash bytea)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  next bigint := 0;
  stamp timestamptz(3) := date_trunc('milliseconds', clock_timestamp());
  last record;
begin
  perform pg_advisory_xact_lock(hashtextextended('jisr sequence_leaves', 0));
  select l.seq, l.ts into last from ledger l order by l.seq desc limit 1;
  if found then
    next := last.seq + 1;
    stamp := greatest(stamp, last.ts);
  end if;
  return query
    with taken as (
      delete from ledger_leaf where id in (select p.id from ledger_leaf p order by p.created_at, p.id limit most) returning *),
    numbered as (
      select next - 1 + row_number() over (order by t.created_at, t.id) as seq, t.id, t.kind, t.source, t.message, t.commitment from taken t)
    insert into ledger (seq, ts, leaf_id, kind, source, message, commitment, hash)
    select n.seq, stamp, n.id, n.kind, n.source, n.message, n.commitment,
      sha256('\x00'::bytea || convert_to(ledger_line(n.seq, stamp, n.kind, n.source, n.message, n.commitment), 'UTF8'))
    from numbered n order by n.seq
    returning ledger.seq, ledger.ts::timestamptz, ledger.leaf_id, ledger.kind, ledger.source, ledger.message, ledger.commitment, ledger.hash;
end $$;

grant select on ledger to jisr_app;
grant select, insert on ledger_node, checkpoint, ledger_evidence to jisr_app;
revoke execute on function sequence_leaves(int), ledger_line(bigint, timestamptz, text, text, text, bytea) from public;
grant execute on function sequence_leaves(int) to jisr_app;
