-- Documents about several persons, sent and received, as a frame and rows: each row is sealed under the key of whom it is about, and goes with it.

create table document (
  id          uuid primary key,
  kind        text not null,
  partner_id  text not null references partner,
  -- Our id of the message: a parcel's, or of the inbox.
  message     text not null,
  -- What stands around the rows; under the gateway's key, since it is about nobody.
  frame       bytea not null,
  created_at  timestamptz not null,
  constraint document_kind check (kind in ('sent', 'received', 'asked'))
);
create index document_message on document (message);
create index document_created on document (created_at);

-- `id` is also that of its leaf in the ledger.
create table document_row (
  document_id  uuid not null references document on delete cascade,
  row          int not null,
  id           uuid not null,
  -- The delivery that the row is, or the event that was read from it; null for one that nothing came of.
  about        text,
  person_id    uuid references person,
  -- Of a row of its own, while nobody knows whose it is.
  wrapped_key  bytea,
  -- Salt and text; null once its time is over.
  body         bytea,
  primary key (document_id, row)
);
create index document_row_about on document_row (about) where about is not null;

grant select, insert, update, delete on document, document_row to jisr_app;

-- What left for a partner in one attempt, around the document: envelope, signature, headers. Documents from before stand in it whole until their month goes.
alter table transport_copy add column attempt_id uuid;
