-- SETs that their senders signed and that were refused before anything of them was taken: a leaf each, and where it is found again. Nothing of what they say.

alter table ledger_leaf drop constraint ledger_leaf_kind,
  add constraint ledger_leaf_kind check (kind in ('accepted', 'refused', 'not-admitted', 'received', 'sent', 'acknowledged', 'declined', 'asked', 'answered'));

create table not_admitted (
  source        text not null,
  key_hash      bytea not null,
  payload_hash  bytea not null,
  leaf_id       uuid not null,
  noted_at      timestamptz not null,
  -- The same SET again leaves no second leaf.
  primary key (source, key_hash, payload_hash)
);
create index not_admitted_noted on not_admitted (noted_at);

grant select, insert, delete on not_admitted to jisr_app;
