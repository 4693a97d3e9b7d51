-- The first migration. Bodies that speak of a person are sealed (bytea) under that person's key; what is in clear is listed in ARCHITECTURE.md.
-- Nothing here is deleted to "forget" someone: the key in person.wrapped_key is destroyed.

-- Who may speak to us, and whom we speak to ---------------------------------------------------------------------------------------------

create table client (
  id           text primary key,
  name         text not null,
  role         text not null,
  issuer       text not null,
  jwks         jsonb not null,
  scopes       text[] not null,
  -- Event types this client may push: those that its role is the source of. Null: any.
  event_types  text[],
  -- What a client may read and register is limited to: the agency it is, or the employer (CIF) it is.
  agency       text,
  employer     text,
  status       text not null default 'active',
  legacy_aud   boolean not null default false,
  token_budget_per_minute int not null default 60,
  set_budget_per_minute   int not null default 600,
  created_at   timestamptz not null default now(),
  constraint client_issuer_unique unique (issuer),
  constraint client_status check (status in ('active', 'suspended'))
);

-- The gateway's own data key, wrapped like a person's: keyed hashes, offers and settings hang on it, so it outlives rotations of the master key.
create table gateway_key (
  "only"      boolean primary key default true,
  id          uuid not null,
  wrapped_key bytea not null,
  constraint gateway_key_only_one check ("only")
);

create table assertion (
  hash        bytea primary key,
  expires_at  timestamptz not null
);
create index assertion_expires_at on assertion (expires_at);

create table signing_key (
  kid          text primary key,
  use          text not null,
  algorithm    text not null,
  private_key  bytea not null,
  public_jwk   jsonb not null,
  partner_id   text,
  certificate  text,
  published_at timestamptz not null default now(),
  active_from  timestamptz not null default now(),
  retired_at   timestamptz,
  constraint signing_key_use check (use in ('set', 'token', 'log', 'channel'))
);

create table capacity (
  id          text primary key,
  weekly      int not null,
  carry_over  int not null default 0,
  constraint capacity_weekly_positive check (weekly > 0)
);

create table capacity_week (
  capacity_id text not null references capacity,
  week        text not null,
  quota       int not null,
  used        int not null default 0,
  primary key (capacity_id, week),
  constraint capacity_week_never_overrun check (used between 0 and quota),
  constraint capacity_week_iso check (week ~ '^\d{4}-W\d{2}$')
);

create table partner (
  id              text primary key,
  name            text not null,
  adapter         text not null,
  role            text not null,
  client_id       text references client,
  settings        jsonb not null,
  secrets         bytea,
  jwks            jsonb,
  certificates    jsonb not null default '[]',
  status          text not null default 'active',
  capacity_id     text references capacity,
  max_in_flight   int not null default 4,
  attempts_max    int not null default 10,
  created_at      timestamptz not null default now(),
  constraint partner_status check (status in ('active', 'paused', 'disabled')),
  constraint partner_in_flight_positive check (max_in_flight between 1 and 64),
  constraint partner_attempts_positive check (attempts_max between 1 and 100)
);
alter table signing_key add constraint signing_key_partner foreign key (partner_id) references partner;

create table subscription (
  id          bigint generated always as identity primary key,
  partner_id  text not null references partner,
  event_type  text not null,
  employer    text,
  agency      text,
  consulate   text,
  offer       text,
  constraint subscription_once unique nulls not distinct (partner_id, event_type, employer, agency, consulate, offer)
);
create index subscription_event_type on subscription (event_type);

-- People ------------------------------------------------------------------------------------------------------------------------------

create table person (
  id           uuid primary key,
  wrapped_key  bytea,
  -- A held person's deliveries do not leave: two people share an identifier and somebody must look.
  held         text,
  created_at   timestamptz not null default now(),
  erased_at    timestamptz
);
create index person_held on person (id) where held is not null;

create table person_source (
  client_id    text not null,
  source_hash  bytea not null,
  -- Checked at commit: whoever wins this row makes the person.
  person_id    uuid not null references person deferrable initially deferred,
  primary key (client_id, source_hash)
);
create index person_source_person on person_source (person_id);

create table person_identifier (
  scheme     text not null,
  hash       bytea not null,
  person_id  uuid not null references person,
  created_at timestamptz not null default now(),
  primary key (scheme, hash, person_id)
);
create index person_identifier_person on person_identifier (person_id);

create table person_link (
  person_id  uuid not null references person,
  other_id   uuid not null references person,
  reason     text not null,
  created_at timestamptz not null default now(),
  primary key (person_id, other_id, reason),
  constraint person_link_not_self check (person_id <> other_id)
);

create table pairwise (
  partner_id  text not null references partner,
  -- The person, or the offer's subject.
  about_id    uuid not null,
  sub_id      uuid not null,
  primary key (partner_id, about_id),
  constraint pairwise_sub_id_unique unique (partner_id, sub_id)
);

-- Subjects, events, records ------------------------------------------------------------------------------------------------------------

create table subject (
  id           uuid primary key,
  kind         text not null,
  person_id    uuid references person,
  -- placement: person and year; authorization: person and employer; offer: client and offer id. A keyed hash.
  natural_key  bytea not null,
  -- Whoever spoke of it first: a client, or a partner.
  client_id    text,
  state        text not null,
  campaign     int,
  agency       text,
  offer        text,
  employer     text,
  consulate    text,
  region       text,
  version      int not null default 0,
  updated_at   timestamptz not null default now(),
  constraint subject_natural_key_unique unique (kind, natural_key),
  constraint subject_kind check (kind in ('placement', 'authorization', 'offer')),
  constraint subject_person check (kind = 'offer' or person_id is not null)
);
create index subject_person on subject (person_id);
create index subject_updated on subject (kind, updated_at, id);

create table event (
  id                uuid primary key,
  type              text not null,
  subject_id        uuid not null references subject,
  person_id         uuid references person,
  source            text not null,
  effective_at      timestamptz not null,
  received_at       timestamptz not null default now(),
  corrects          uuid,
  body              bytea not null
);
create index event_subject on event (subject_id);

-- Which authorisation an applied event of a placement moves too: known once the employer is, so it cannot be a column of the event.
create table authorization_event (
  authorization_id  uuid not null references subject,
  event_id          uuid not null references event,
  primary key (authorization_id, event_id)
);

-- One row per version of a subject's record. `fold` is what folding the next event needs beside the record.
create table record (
  subject_id  uuid not null references subject,
  version     int not null,
  event_id    uuid not null,
  state       text not null,
  body        bytea not null,
  created_at  timestamptz not null default now(),
  primary key (subject_id, version)
);

create table seen (
  source        text not null,
  key_hash      bytea not null,
  payload_hash  bytea not null,
  status        text not null,
  event_id      uuid,
  subject_id    uuid,
  answer        jsonb not null default '{}',
  received_at   timestamptz not null default now(),
  primary key (source, key_hash)
);
create index seen_received on seen (source, received_at, key_hash);

create table case_file (
  id          uuid primary key,
  kind        text not null,
  subject_id  uuid references subject,
  person_id   uuid references person,
  event_id    uuid,
  reason      text not null,
  state       text not null default 'open',
  opened_at   timestamptz not null default now(),
  settled_at  timestamptz,
  settled_by  text,
  settlement  text,
  constraint case_file_state check (state in ('open', 'settled')),
  constraint case_file_once unique nulls not distinct (kind, subject_id, person_id, event_id)
);
create index case_file_open on case_file (opened_at) where state = 'open';

create table ledger_leaf (
  id          uuid primary key,
  kind        text not null,
  source      text not null,
  message     text not null,
  commitment  bytea not null,
  created_at  timestamptz not null default now(),
  constraint ledger_leaf_kind check (kind in ('accepted', 'sent', 'acknowledged', 'refused'))
);
create index ledger_leaf_created on ledger_leaf (created_at);

-- Going out ----------------------------------------------------------------------------------------------------------------------------

create table lane (
  id          bigint generated always as identity primary key,
  partner_id  text not null references partner,
  about_id    uuid not null,
  constraint lane_once unique (partner_id, about_id)
);

create sequence delivery_position;

-- States: behind (another of its lane is first), due, dispatched (in a job), sending (claimed), unknown (must be asked), held (by a person's
-- case), parked, dead: the lane waits behind those. accepted, refused, superseded, discarded: settled.
create table delivery (
  id            text primary key,
  position      bigint not null default nextval('delivery_position'),
  partner_id    text not null references partner,
  lane_id       bigint not null references lane,
  person_id     uuid references person,
  subject_id    uuid not null references subject,
  event_id      uuid not null,
  type          text not null,
  version       int not null,
  campaign      int,
  state         text not null,
  gather_key    text,
  not_before    timestamptz not null default now(),
  round         int not null default 1,
  -- Sends; and, while its fate is unknown, how often the partner was asked.
  attempts      int not null default 0,
  asks          int not null default 0,
  parcel_id     text,
  attempt_id    uuid,
  lease_until   timestamptz,
  capacity_week text,
  outcome_code  text,
  reason        text,
  receipt       bytea,
  created_at    timestamptz not null default now(),
  dispatched_at timestamptz,
  settled_at    timestamptz,
  constraint delivery_state check (state in ('behind', 'due', 'dispatched', 'sending', 'unknown', 'held', 'parked', 'dead',
    'accepted', 'refused', 'superseded', 'discarded')),
  constraint delivery_once unique (partner_id, event_id, version)
) with (fillfactor = 80);
create index delivery_lane_open on delivery (lane_id, position) where state not in ('accepted', 'refused', 'superseded', 'discarded');
create index delivery_due on delivery (partner_id, not_before, position) where state = 'due';
create index delivery_unsettled on delivery (partner_id, position) where state in ('due', 'behind');
create index delivery_leased on delivery (lease_until) where state in ('dispatched', 'sending', 'unknown');
create index delivery_in_flight on delivery (partner_id) where state in ('dispatched', 'sending');
create index delivery_event on delivery (event_id);
create index delivery_subject on delivery (subject_id, partner_id);
create index delivery_waiting on delivery (state, created_at) where state in ('unknown', 'held', 'parked', 'dead');
create index delivery_parcel on delivery (parcel_id) where parcel_id is not null;

create table parcel (
  id               text primary key,
  partner_id       text not null references partner,
  mapping_version  text not null,
  sends            int not null default 0,
  created_at       timestamptz not null default now()
);

create table parcel_row (
  parcel_id    text not null references parcel,
  row          int not null,
  delivery_id  text not null,
  person_id    uuid,
  fragment     bytea not null,
  primary key (parcel_id, row)
);
create index parcel_row_delivery on parcel_row (delivery_id);

create table ticket (
  id           uuid primary key,
  partner_id   text not null references partner,
  parcel_id    text not null,
  ticket       text not null,
  state        text not null default 'open',
  due_at       timestamptz not null,
  deadline_at  timestamptz,
  tries        int not null default 0,
  lease_until  timestamptz,
  opened_at    timestamptz not null default now(),
  closed_at    timestamptz,
  constraint ticket_once unique (partner_id, ticket),
  constraint ticket_state check (state in ('open', 'collected', 'overdue', 'failed'))
);
create index ticket_due on ticket (due_at) where state = 'open';

create table disclosure (
  id          bigint generated always as identity primary key,
  person_id   uuid not null,
  partner_id  text not null,
  delivery_id text,
  classes     text[] not null,
  basis       text not null,
  at          timestamptz not null default now()
);
create index disclosure_person on disclosure (person_id);

-- The parcels of one job share the id that claims their rows.
create table attempt (
  id               uuid not null,
  parcel_id        text not null,
  partner_id       text not null,
  kind             text not null,
  started_at       timestamptz not null,
  ended_at         timestamptz,
  outcome          text,
  code             text,
  rows             int not null,
  mapping_version  text not null,
  primary key (id, parcel_id, started_at)
) partition by range (started_at);

create table transport_copy (
  id          uuid not null,
  parcel_id   text not null,
  body        bytea not null,
  created_at  timestamptz not null,
  primary key (id, created_at)
) partition by range (created_at);

-- Coming in ----------------------------------------------------------------------------------------------------------------------------

create table poll_cursor (
  partner_id  text primary key references partner,
  cursor      text not null,
  polled_at   timestamptz not null default now()
);

-- Verbatim, sealed under a key of the message's own: whose data it holds is known only after reading it.
create table inbox (
  id            uuid primary key,
  partner_id    text not null references partner,
  message_hash  bytea not null,
  wrapped_key   bytea,
  body          bytea not null,
  ticket_id     uuid,
  state         text not null default 'received',
  rows          int,
  received_at   timestamptz not null default now(),
  lease_until   timestamptz,
  interpreted_at timestamptz,
  constraint inbox_once unique (partner_id, message_hash),
  constraint inbox_state check (state in ('received', 'interpreted', 'quarantined'))
);
create index inbox_received on inbox (received_at) where state = 'received';

create table quarantine (
  id           uuid primary key,
  inbox_id     uuid not null references inbox,
  partner_id   text not null,
  row          int not null,
  code         text not null,
  reason       text not null,
  state        text not null default 'open',
  created_at   timestamptz not null default now(),
  settled_at   timestamptz,
  settled_by   text,
  settlement   text,
  constraint quarantine_once unique (inbox_id, row),
  constraint quarantine_state check (state in ('open', 'applied', 'discarded'))
);
create index quarantine_open on quarantine (created_at) where state = 'open';

create table import (
  id          uuid primary key,
  client_id   text not null references client,
  format      text not null,
  -- SHA-256 of the file, once all of it was read.
  digest      bytea,
  state       text not null default 'running',
  accepted    int not null default 0,
  refused     int not null default 0,
  repeated    int not null default 0,
  problem     text,
  created_at  timestamptz not null,
  -- Whoever runs it says every few seconds that it lives: one that has been silent for long was killed with its process.
  alive_at    timestamptz not null,
  finished_at timestamptz,
  constraint import_state check (state in ('running', 'finished', 'interrupted'))
);

create table import_row (
  import_id  uuid not null references import,
  row        int not null,
  status     text not null,
  code       text,
  pointer    text,
  reason     text,
  event_id   uuid,
  primary key (import_id, row),
  constraint import_row_status check (status in ('accepted', 'refused', 'repeated'))
);

-- Being pulled and being asked -----------------------------------------------------------------------------------------------------------

-- A delivery handed to a poller, hidden until `visible_at`.
create table handed_out (
  delivery_id  text primary key references delivery,
  partner_id   text not null,
  jti          text not null,
  visible_at   timestamptz not null,
  constraint handed_out_jti_unique unique (partner_id, jti)
);

-- The answer to a request with an Idempotency-Key; `status` is null while the first such request is being answered. `path` is the route's
-- pattern: the path itself may hold a client's own id of a person, and is in the hash.
create table idempotency (
  client_id    text not null,
  method       text not null,
  path         text not null,
  key_hash     bytea not null,
  fingerprint  bytea not null,
  status       int,
  headers      jsonb,
  body         bytea,
  created_at   timestamptz not null,
  primary key (client_id, method, path, key_hash)
);
create index idempotency_created on idempotency (created_at);

-- What a requester asked, sealed under a key of its own with the answers once there are any; `request_id` is the requester and its own id.
create table inquiry (
  id          uuid primary key,
  partner_id  text not null references partner,
  request_id  text not null,
  body        bytea not null,
  wrapped_key bytea not null,
  state       text not null,
  -- Campaign time before which the answer is not given; null for one that was answered at once.
  due_at      timestamptz,
  received_at timestamptz not null,
  answered_at timestamptz,
  constraint inquiry_once unique (partner_id, request_id),
  constraint inquiry_state check (state in ('received', 'answered'))
);

-- What people do --------------------------------------------------------------------------------------------------------------------------

create table audit (
  id      bigint generated always as identity primary key,
  actor   text not null,
  action  text not null,
  about   text not null,
  reason  text,
  at      timestamptz not null default now()
);

-- The application's role: it may add to the history and never change it.
grant usage on schema public to jisr_app;
grant select, insert, update, delete on all tables in schema public to jisr_app;
grant usage, select on all sequences in schema public to jisr_app;
revoke update, delete, truncate on event, authorization_event, record, ledger_leaf, audit, disclosure from jisr_app;
