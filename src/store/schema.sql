-- Written by `npm run db:dump` from the catalogue of a freshly migrated database. Do not edit: write a migration.

create sequence delivery_position as bigint start 1 increment 1 cache 1;

CREATE OR REPLACE FUNCTION public.ledger_line(seq bigint, ts timestamp with time zone, kind text, source text, message text, commitment bytea)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN format('{"v":1,"seq":%s,"ts":"%s","kind":%s,"iss":%s,"jti":%s,"c":"%s"}'::text, seq, to_char((ts AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text), to_json(kind), to_json(source), to_json(message), rtrim(translate(encode(commitment, 'base64'::text), '+/
'::text, '-_'::text), '='::text))
;

CREATE OR REPLACE FUNCTION public.sequence_leaves(most integer)
 RETURNS TABLE(seq bigint, ts timestamp with time zone, leaf_id uuid, kind text, source text, message text, commitment bytea, hash bytea)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
end $function$
;

create table assertion (
  hash bytea not null,
  expires_at timestamp with time zone not null,
  constraint assertion_pkey primary key (hash)
);
create index assertion_expires_at on assertion using btree (expires_at);

create table attempt (
  id uuid not null,
  parcel_id text not null,
  partner_id text not null,
  kind text not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  outcome text,
  code text,
  rows integer not null,
  mapping_version text not null,
  constraint attempt_pkey primary key (id, parcel_id, started_at)
) partition by range (started_at);

create table audit (
  id bigint not null generated always as identity,
  actor text not null,
  action text not null,
  about text not null,
  reason text not null,
  at timestamp with time zone not null default now(),
  constraint audit_pkey primary key (id),
  constraint audit_reason_given check ((reason ~ '\S'::text))
);
create index audit_about on audit using btree (about);

create table authorization_event (
  authorization_id uuid not null,
  event_id uuid not null,
  id bigint not null generated always as identity,
  counts boolean not null default true,
  constraint authorization_event_pkey primary key (id)
);
create index authorization_event_event on authorization_event using btree (event_id);
create index authorization_event_links on authorization_event using btree (authorization_id, event_id, id);

create table blocked_key (
  id uuid not null,
  wrapped_key bytea not null,
  rule text not null,
  until date,
  blocked_at timestamp with time zone not null,
  constraint blocked_key_pkey primary key (id)
);

create table capacity (
  id text not null,
  weekly integer not null,
  carry_over integer not null default 0,
  constraint capacity_pkey primary key (id),
  constraint capacity_weekly_positive check ((weekly > 0))
);

create table capacity_week (
  capacity_id text not null,
  week text not null,
  quota integer not null,
  used integer not null default 0,
  constraint capacity_week_pkey primary key (capacity_id, week),
  constraint capacity_week_iso check ((week ~ '^\d{4}-W\d{2}$'::text)),
  constraint capacity_week_never_overrun check (((used >= 0) and (used <= quota)))
);

create table case_file (
  id uuid not null,
  kind text not null,
  subject_id uuid,
  person_id uuid,
  event_id uuid,
  reason text not null,
  state text not null default 'open'::text,
  opened_at timestamp with time zone not null default now(),
  settled_at timestamp with time zone,
  settled_by text,
  settlement text,
  delivery_id text,
  constraint case_file_pkey primary key (id),
  constraint case_file_once unique nulls not distinct (kind, subject_id, person_id, event_id),
  constraint case_file_state check ((state = any (array['open'::text, 'settled'::text])))
);
create index case_file_delivery on case_file using btree (delivery_id) where ((state = 'open'::text) and (delivery_id is not null));
create index case_file_open on case_file using btree (opened_at) where (state = 'open'::text);

create table checkpoint (
  id bigint not null generated always as identity,
  origin text not null,
  size bigint not null,
  note text not null,
  signed_at timestamp with time zone not null,
  constraint checkpoint_pkey primary key (id),
  constraint checkpoint_once unique (origin, size)
);

create table client (
  id text not null,
  name text not null,
  role text not null,
  issuer text not null,
  jwks jsonb not null,
  scopes text[] not null,
  event_types text[],
  agency text,
  employer text,
  status text not null default 'active'::text,
  legacy_aud boolean not null default false,
  token_budget_per_minute integer not null default 60,
  set_budget_per_minute integer not null default 600,
  created_at timestamp with time zone not null default now(),
  certificates text[] not null default '{}'::text[],
  certificates_end timestamp with time zone,
  constraint client_pkey primary key (id),
  constraint client_issuer_unique unique (issuer),
  constraint client_certificates check ((array_to_string(certificates, ' '::text) ~ '^([A-Za-z0-9_-]{43}( |$))*$'::text)),
  constraint client_status check ((status = any (array['active'::text, 'suspended'::text])))
);

create table delivery (
  id text not null,
  "position" bigint not null default nextval('delivery_position'::regclass),
  partner_id text not null,
  lane_id bigint not null,
  person_id uuid,
  subject_id uuid not null,
  event_id uuid not null,
  type text not null,
  version integer not null,
  campaign integer,
  state text not null,
  gather_key text,
  not_before timestamp with time zone not null default now(),
  round integer not null default 1,
  attempts integer not null default 0,
  asks integer not null default 0,
  parcel_id text,
  attempt_id uuid,
  lease_until timestamp with time zone,
  capacity_week text,
  outcome_code text,
  reason text,
  receipt bytea,
  created_at timestamp with time zone not null default now(),
  dispatched_at timestamp with time zone,
  settled_at timestamp with time zone,
  reason_sealed bytea,
  stopped_at timestamp with time zone,
  constraint delivery_pkey primary key (id),
  constraint delivery_once unique (event_id, partner_id, version),
  constraint delivery_state check ((state = any (array['behind'::text, 'due'::text, 'dispatched'::text, 'sending'::text, 'unknown'::text, 'held'::text, 'parked'::text, 'dead'::text, 'accepted'::text, 'refused'::text, 'superseded'::text, 'discarded'::text])))
) with (fillfactor=80);
create index delivery_due on delivery using btree (partner_id, not_before, "position") where (state = 'due'::text);
create index delivery_lane_open on delivery using btree (lane_id, "position") where (state <> all (array['accepted'::text, 'refused'::text, 'superseded'::text, 'discarded'::text]));
create index delivery_leased on delivery using btree (partner_id, lease_until) where (state = any (array['dispatched'::text, 'sending'::text, 'unknown'::text]));
create index delivery_parcel on delivery using btree (parcel_id) where (parcel_id is not null);
create index delivery_settled on delivery using btree (partner_id, state) where (state = any (array['accepted'::text, 'refused'::text, 'superseded'::text, 'discarded'::text]));
create index delivery_stopped on delivery using btree (partner_id, "position") where (state = any (array['parked'::text, 'held'::text, 'dead'::text]));
create index delivery_subject on delivery using btree (subject_id, partner_id);
create index delivery_unsettled on delivery using btree (partner_id, "position") where (state = any (array['due'::text, 'behind'::text]));
create index delivery_waiting on delivery using btree (state, created_at) where (state = any (array['unknown'::text, 'held'::text, 'parked'::text, 'dead'::text]));

create table disclosure (
  id bigint not null generated always as identity,
  person_id uuid not null,
  partner_id text not null,
  delivery_id text,
  classes text[] not null,
  basis text not null,
  at timestamp with time zone not null default now(),
  terms text[] not null default '{}'::text[],
  constraint disclosure_pkey primary key (id)
);
create index disclosure_person on disclosure using btree (person_id);

create table document (
  id uuid not null,
  kind text not null,
  partner_id text not null,
  message text not null,
  frame bytea not null,
  created_at timestamp with time zone not null,
  around bytea,
  constraint document_pkey primary key (id),
  constraint document_kind check ((kind = any (array['sent'::text, 'received'::text, 'asked'::text])))
);
create index document_created on document using btree (created_at);
create index document_message on document using btree (message);

create table document_row (
  document_id uuid not null,
  "row" integer not null,
  id uuid not null,
  about text,
  person_id uuid,
  body bytea,
  constraint document_row_pkey primary key (document_id, "row")
);
create index document_row_about on document_row using btree (about) where (about is not null);
create unique index document_row_id on document_row using btree (id);
create index document_row_person on document_row using btree (person_id) where ((about is null) and (person_id is not null));

create table event (
  id uuid not null,
  type text not null,
  subject_id uuid not null,
  person_id uuid,
  source text not null,
  effective_at timestamp with time zone not null,
  received_at timestamp with time zone not null default now(),
  corrects uuid,
  body bytea not null,
  constraint event_pkey primary key (id)
);
create index event_subject on event using btree (subject_id);

create table gateway_key (
  "only" boolean not null default true,
  id uuid not null,
  wrapped_key bytea not null,
  constraint gateway_key_pkey primary key ("only"),
  constraint gateway_key_only_one check ("only")
);

create table handed_out (
  delivery_id text not null,
  partner_id text not null,
  jti text not null,
  visible_at timestamp with time zone not null,
  iat timestamp with time zone,
  kid text,
  constraint handed_out_pkey primary key (delivery_id),
  constraint handed_out_jti_unique unique (partner_id, jti)
);

create table idempotency (
  client_id text not null,
  method text not null,
  path text not null,
  key_hash bytea not null,
  fingerprint bytea not null,
  status integer,
  headers jsonb,
  body bytea,
  created_at timestamp with time zone not null,
  constraint idempotency_pkey primary key (client_id, method, path, key_hash)
);
create index idempotency_created on idempotency using btree (created_at);

create table import (
  id uuid not null,
  client_id text not null,
  format text not null,
  state text not null default 'running'::text,
  accepted integer not null default 0,
  refused integer not null default 0,
  repeated integer not null default 0,
  problem text,
  created_at timestamp with time zone not null,
  alive_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  problem_said jsonb,
  constraint import_pkey primary key (id),
  constraint import_state check ((state = any (array['running'::text, 'finished'::text, 'interrupted'::text])))
);

create table import_row (
  import_id uuid not null,
  "row" integer not null,
  status text not null,
  code text,
  pointer text,
  reason text,
  event_id uuid,
  said jsonb,
  constraint import_row_pkey primary key (import_id, "row"),
  constraint import_row_status check ((status = any (array['accepted'::text, 'refused'::text, 'repeated'::text])))
);

create table inbox (
  id uuid not null,
  partner_id text not null,
  message_hash bytea not null,
  body bytea not null,
  ticket_id uuid,
  state text not null default 'received'::text,
  rows integer,
  received_at timestamp with time zone not null default now(),
  lease_until timestamp with time zone,
  interpreted_at timestamp with time zone,
  constraint inbox_pkey primary key (id),
  constraint inbox_once unique (partner_id, message_hash),
  constraint inbox_state check ((state = any (array['received'::text, 'interpreted'::text, 'quarantined'::text])))
);
create index inbox_received on inbox using btree (received_at) where (state = 'received'::text);

create table inquiry (
  id uuid not null,
  partner_id text not null,
  request_id text not null,
  body bytea,
  state text not null,
  due_at timestamp with time zone,
  received_at timestamp with time zone not null,
  answered_at timestamp with time zone,
  constraint inquiry_pkey primary key (id),
  constraint inquiry_once unique (partner_id, request_id),
  constraint inquiry_state check ((state = any (array['received'::text, 'answered'::text])))
);
create index inquiry_kept on inquiry using btree (received_at) where (body is not null);

create table invitation (
  hash bytea not null,
  client_id text not null,
  name text not null,
  role text not null,
  issuer text not null,
  scopes text[] not null,
  event_types text[] not null,
  agency text,
  employer text,
  legacy_aud boolean not null,
  invited_by text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint invitation_pkey primary key (hash)
);
create index invitation_expires_at on invitation using btree (expires_at);

create table lane (
  id bigint not null generated always as identity,
  partner_id text not null,
  about_id uuid not null,
  constraint lane_pkey primary key (id),
  constraint lane_once unique (partner_id, about_id)
);
create index lane_about on lane using btree (about_id);

create table ledger (
  seq bigint not null,
  ts timestamp(3) with time zone not null,
  leaf_id uuid not null,
  kind text not null,
  source text not null,
  message text not null,
  commitment bytea not null,
  hash bytea not null,
  constraint ledger_pkey primary key (seq),
  constraint ledger_leaf_once unique (leaf_id),
  constraint ledger_hash_whole check (((length(hash) = 32) and (length(commitment) = 32))),
  constraint ledger_seq_from_zero check ((seq >= 0))
);
create index ledger_message on ledger using btree (message);

create table ledger_evidence (
  leaf_id uuid not null,
  person_id uuid,
  body bytea not null,
  constraint ledger_evidence_pkey primary key (leaf_id)
);

create table ledger_leaf (
  id uuid not null,
  kind text not null,
  source text not null,
  message text not null,
  commitment bytea not null,
  created_at timestamp with time zone not null default now(),
  constraint ledger_leaf_pkey primary key (id),
  constraint ledger_leaf_commitment_whole check ((length(commitment) = 32)),
  constraint ledger_leaf_kind check ((kind = any (array['accepted'::text, 'refused'::text, 'not-admitted'::text, 'received'::text, 'sent'::text, 'acknowledged'::text, 'declined'::text, 'asked'::text, 'answered'::text])))
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);
create index ledger_leaf_created on ledger_leaf using btree (created_at);

create table ledger_node (
  height smallint not null,
  index bigint not null,
  hash bytea not null,
  constraint ledger_node_pkey primary key (height, index),
  constraint ledger_node_above_leaves check (((height >= 1) and (index >= 0))),
  constraint ledger_node_hash_whole check ((length(hash) = 32))
);

create table migration (
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default now(),
  constraint migration_pkey primary key (name)
);

create table not_admitted (
  source text not null,
  key_hash bytea not null,
  payload_hash bytea not null,
  leaf_id uuid not null,
  noted_at timestamp with time zone not null,
  code text,
  token_hash bytea,
  constraint not_admitted_pkey primary key (source, key_hash, payload_hash),
  constraint not_admitted_code check ((code ~ '^[a-z]+([-_][a-z]+)*$'::text)),
  constraint not_admitted_token_hash check ((length(token_hash) = 32))
);
create index not_admitted_noted on not_admitted using btree (noted_at);
create index not_admitted_told on not_admitted using btree (source, noted_at, key_hash, payload_hash);

create table own_key (
  id uuid not null,
  of text not null,
  wrapped_key bytea not null,
  constraint own_key_pkey primary key (id),
  constraint own_key_of check ((of = any (array['message'::text, 'question'::text, 'row'::text])))
);
create index own_key_by_kind on own_key using btree (of, id);

create table pairwise (
  partner_id text not null,
  about_id uuid not null,
  sub_id uuid not null,
  constraint pairwise_pkey primary key (partner_id, about_id),
  constraint pairwise_sub_id_unique unique (partner_id, sub_id)
);
create index pairwise_about on pairwise using btree (about_id);

create table parcel (
  id text not null,
  partner_id text not null,
  mapping_version text not null,
  sends integer not null default 0,
  created_at timestamp with time zone not null default now(),
  constraint parcel_pkey primary key (id)
);

create table parcel_row (
  parcel_id text not null,
  "row" integer not null,
  delivery_id text not null,
  person_id uuid,
  fragment bytea not null,
  constraint parcel_row_pkey primary key (parcel_id, "row")
);
create index parcel_row_delivery on parcel_row using btree (delivery_id);

create table partner (
  id text not null,
  name text not null,
  adapter text not null,
  role text not null,
  client_id text,
  settings jsonb not null,
  secrets bytea,
  jwks jsonb,
  certificates jsonb not null default '[]'::jsonb,
  status text not null default 'active'::text,
  capacity_id text,
  max_in_flight integer not null default 4,
  attempts_max integer not null default 10,
  created_at timestamp with time zone not null default now(),
  dead_in_row integer not null default 0,
  constraint partner_pkey primary key (id),
  constraint partner_attempts_positive check (((attempts_max >= 1) and (attempts_max <= 100))),
  constraint partner_in_flight_positive check (((max_in_flight >= 1) and (max_in_flight <= 64))),
  constraint partner_status check ((status = any (array['active'::text, 'paused'::text, 'disabled'::text])))
);

create table person (
  id uuid not null,
  wrapped_key bytea,
  held text,
  created_at timestamp with time zone not null default now(),
  erased_at timestamp with time zone,
  blocked_at timestamp with time zone,
  objected_at timestamp with time zone,
  constraint person_pkey primary key (id),
  constraint person_gone_without_key check (((coalesce(erased_at, blocked_at) is null) or (wrapped_key is null)))
);
create index person_gone on person using btree (id) where (wrapped_key is null);
create index person_held on person using btree (id) where (held is not null);

create table person_identifier (
  scheme text not null,
  hash bytea not null,
  person_id uuid not null,
  created_at timestamp with time zone not null default now(),
  constraint person_identifier_pkey primary key (scheme, hash, person_id)
);
create index person_identifier_person on person_identifier using btree (person_id);

create table person_link (
  person_id uuid not null,
  other_id uuid not null,
  reason text not null,
  created_at timestamp with time zone not null default now(),
  constraint person_link_pkey primary key (person_id, other_id, reason),
  constraint person_link_not_self check ((person_id <> other_id))
);
create index person_link_other on person_link using btree (other_id);

create table person_source (
  client_id text not null,
  source_hash bytea not null,
  person_id uuid not null,
  constraint person_source_pkey primary key (client_id, source_hash)
);
create index person_source_person on person_source using btree (person_id);

create table poll_cursor (
  partner_id text not null,
  cursor text not null,
  polled_at timestamp with time zone not null default now(),
  constraint poll_cursor_pkey primary key (partner_id)
);

create table quarantine (
  id uuid not null,
  inbox_id uuid not null,
  partner_id text not null,
  "row" integer not null,
  code text not null,
  reason text not null,
  state text not null default 'open'::text,
  created_at timestamp with time zone not null default now(),
  settled_at timestamp with time zone,
  settled_by text,
  settlement text,
  constraint quarantine_pkey primary key (id),
  constraint quarantine_once unique (inbox_id, "row"),
  constraint quarantine_state check ((state = any (array['open'::text, 'applied'::text, 'discarded'::text])))
);
create index quarantine_open on quarantine using btree (created_at) where (state = 'open'::text);

create table question (
  id uuid not null,
  inquiry_id uuid not null,
  "row" integer not null,
  person_id uuid,
  body bytea not null,
  constraint question_pkey primary key (id),
  constraint question_once unique (inquiry_id, "row")
);

create table record (
  subject_id uuid not null,
  version integer not null,
  event_id uuid not null,
  state text not null,
  body bytea not null,
  created_at timestamp with time zone not null default now(),
  constraint record_pkey primary key (subject_id, version)
);

create table retention_run (
  day date not null,
  blocked integer not null,
  erased integer not null,
  forgotten integer not null,
  finished_at timestamp with time zone not null,
  constraint retention_run_pkey primary key (day)
);

create table rights_request (
  id uuid not null,
  person_id uuid not null,
  kind text not null,
  law text not null,
  asked_on date not null,
  due_on date not null,
  rule text not null,
  body bytea,
  state text not null default 'open'::text,
  outcome text,
  opened_by text not null,
  opened_at timestamp with time zone not null,
  settled_at timestamp with time zone,
  settled_by text,
  settlement text,
  constraint rights_request_pkey primary key (id),
  constraint rights_request_kind check ((kind = any (array['access'::text, 'rectification'::text, 'erasure'::text, 'objection'::text]))),
  constraint rights_request_outcome check ((outcome = any (array['erased'::text, 'blocked'::text, 'restricted'::text, 'objected'::text]))),
  constraint rights_request_state check ((state = any (array['open'::text, 'answered'::text, 'refused'::text])))
);
create index rights_request_open on rights_request using btree (due_on) where (state = 'open'::text);
create index rights_request_person on rights_request using btree (person_id);

create table rights_task (
  id uuid not null,
  request_id uuid not null,
  person_id uuid not null,
  partner_id text not null,
  classes text[] not null,
  deliveries text[] not null,
  due_on date not null,
  state text not null default 'open'::text,
  settled_at timestamp with time zone,
  settled_by text,
  answer text,
  constraint rights_task_pkey primary key (id),
  constraint rights_task_once unique (request_id, person_id, partner_id),
  constraint rights_task_state check ((state = any (array['open'::text, 'told'::text, 'superseded'::text])))
);
create index rights_task_open on rights_task using btree (due_on) where (state = 'open'::text);

create table seen (
  source text not null,
  key_hash bytea not null,
  payload_hash bytea not null,
  status text not null,
  event_id uuid,
  subject_id uuid,
  answer jsonb not null default '{}'::jsonb,
  received_at timestamp with time zone not null default now(),
  leaf_id uuid,
  way text,
  constraint seen_pkey primary key (source, key_hash),
  constraint seen_way check ((way = any (array['set'::text, 'event'::text, 'row'::text])))
);
create index seen_told on seen using btree (source, received_at, key_hash) where (way = any (array['set'::text, 'event'::text]));

create table signing_key (
  kid text not null,
  use text not null,
  algorithm text not null,
  private_key bytea not null,
  public_jwk jsonb not null,
  partner_id text,
  certificate text,
  published_at timestamp with time zone not null default now(),
  active_from timestamp with time zone not null default now(),
  retired_at timestamp with time zone,
  needed_until timestamp with time zone,
  compromised_at timestamp with time zone,
  constraint signing_key_pkey primary key (kid),
  constraint signing_key_use check ((use = any (array['set'::text, 'token'::text, 'log'::text, 'channel'::text])))
);

create table subject (
  id uuid not null,
  kind text not null,
  person_id uuid,
  natural_key bytea not null,
  client_id text,
  state text not null,
  campaign integer,
  agency text,
  offer text,
  employer text,
  consulate text,
  region text,
  version integer not null default 0,
  updated_at timestamp with time zone not null default now(),
  waiting uuid[] not null default '{}'::uuid[],
  constraint subject_pkey primary key (id),
  constraint subject_natural_key_unique unique (kind, natural_key),
  constraint subject_kind check ((kind = any (array['placement'::text, 'authorization'::text, 'offer'::text, 'stream'::text]))),
  constraint subject_person check (((kind = any (array['offer'::text, 'stream'::text])) or (person_id is not null)))
);
create index subject_agency on subject using btree (kind, agency, updated_at, id) where (agency is not null);
create index subject_employer on subject using btree (kind, employer, updated_at, id) where (employer is not null);
create index subject_person on subject using btree (person_id);
create index subject_updated on subject using btree (kind, updated_at, id);
create index subject_waiting on subject using btree (id) where (waiting <> '{}'::uuid[]);

create table subscription (
  id bigint not null generated always as identity,
  partner_id text not null,
  event_type text not null,
  employer text,
  agency text,
  consulate text,
  offer text,
  constraint subscription_pkey primary key (id),
  constraint subscription_once unique nulls not distinct (partner_id, event_type, employer, agency, consulate, offer)
);
create index subscription_event_type on subscription using btree (event_type);

create table ticket (
  id uuid not null,
  partner_id text not null,
  parcel_id text not null,
  ticket text not null,
  state text not null default 'open'::text,
  due_at timestamp with time zone not null,
  deadline_at timestamp with time zone not null,
  tries integer not null default 0,
  lease_until timestamp with time zone,
  opened_at timestamp with time zone not null default now(),
  closed_at timestamp with time zone,
  warn_at timestamp with time zone not null,
  warned_at timestamp with time zone,
  overdue_at timestamp with time zone,
  constraint ticket_pkey primary key (id),
  constraint ticket_once unique (partner_id, ticket),
  constraint ticket_state check ((state = any (array['open'::text, 'collected'::text, 'overdue'::text, 'failed'::text]))),
  constraint ticket_warned_before check ((warn_at <= deadline_at))
);
create index ticket_deadline on ticket using btree (deadline_at) where (state = 'open'::text);
create index ticket_due on ticket using btree (due_at) where (state = any (array['open'::text, 'overdue'::text]));

create table transport_copy (
  id uuid not null,
  parcel_id text not null,
  body bytea not null,
  created_at timestamp with time zone not null,
  attempt_id uuid,
  constraint transport_copy_pkey primary key (id, created_at)
) partition by range (created_at);

create table wrapping_key (
  id text not null,
  wrapped text not null,
  state text not null,
  made_at timestamp with time zone not null default now(),
  constraint wrapping_key_pkey primary key (id),
  constraint wrapping_key_id check ((id ~ '^[0-9a-f]{16}$'::text)),
  constraint wrapping_key_state check ((state = any (array['next'::text, 'current'::text, 'former'::text])))
);
create unique index wrapping_key_one on wrapping_key using btree (state) where (state <> 'former'::text);

alter table authorization_event add constraint authorization_event_authorization_id_fkey foreign key (authorization_id) references subject(id);
alter table authorization_event add constraint authorization_event_event_id_fkey foreign key (event_id) references event(id);
alter table blocked_key add constraint blocked_key_id_fkey foreign key (id) references person(id);
alter table capacity_week add constraint capacity_week_capacity_id_fkey foreign key (capacity_id) references capacity(id);
alter table case_file add constraint case_file_person_id_fkey foreign key (person_id) references person(id);
alter table case_file add constraint case_file_subject_id_fkey foreign key (subject_id) references subject(id);
alter table delivery add constraint delivery_lane_id_fkey foreign key (lane_id) references lane(id);
alter table delivery add constraint delivery_partner_id_fkey foreign key (partner_id) references partner(id);
alter table delivery add constraint delivery_person_id_fkey foreign key (person_id) references person(id);
alter table delivery add constraint delivery_subject_id_fkey foreign key (subject_id) references subject(id);
alter table document add constraint document_partner_id_fkey foreign key (partner_id) references partner(id);
alter table document_row add constraint document_row_document_id_fkey foreign key (document_id) references document(id) on delete cascade;
alter table document_row add constraint document_row_person_id_fkey foreign key (person_id) references person(id);
alter table event add constraint event_person_id_fkey foreign key (person_id) references person(id);
alter table event add constraint event_subject_id_fkey foreign key (subject_id) references subject(id);
alter table handed_out add constraint handed_out_delivery_id_fkey foreign key (delivery_id) references delivery(id);
alter table import add constraint import_client_id_fkey foreign key (client_id) references client(id);
alter table import_row add constraint import_row_import_id_fkey foreign key (import_id) references import(id);
alter table inbox add constraint inbox_partner_id_fkey foreign key (partner_id) references partner(id);
alter table inquiry add constraint inquiry_partner_id_fkey foreign key (partner_id) references partner(id);
alter table lane add constraint lane_partner_id_fkey foreign key (partner_id) references partner(id);
alter table ledger_evidence add constraint ledger_evidence_person_id_fkey foreign key (person_id) references person(id);
alter table pairwise add constraint pairwise_partner_id_fkey foreign key (partner_id) references partner(id);
alter table parcel add constraint parcel_partner_id_fkey foreign key (partner_id) references partner(id);
alter table parcel_row add constraint parcel_row_parcel_id_fkey foreign key (parcel_id) references parcel(id);
alter table partner add constraint partner_capacity_id_fkey foreign key (capacity_id) references capacity(id);
alter table partner add constraint partner_client_id_fkey foreign key (client_id) references client(id);
alter table person_identifier add constraint person_identifier_person_id_fkey foreign key (person_id) references person(id);
alter table person_link add constraint person_link_other_id_fkey foreign key (other_id) references person(id);
alter table person_link add constraint person_link_person_id_fkey foreign key (person_id) references person(id);
alter table person_source add constraint person_source_person_id_fkey foreign key (person_id) references person(id) deferrable initially deferred;
alter table poll_cursor add constraint poll_cursor_partner_id_fkey foreign key (partner_id) references partner(id);
alter table quarantine add constraint quarantine_inbox_id_fkey foreign key (inbox_id) references inbox(id);
alter table question add constraint question_inquiry_id_fkey foreign key (inquiry_id) references inquiry(id);
alter table question add constraint question_person_id_fkey foreign key (person_id) references person(id);
alter table record add constraint record_subject_id_fkey foreign key (subject_id) references subject(id);
alter table rights_request add constraint rights_request_person_id_fkey foreign key (person_id) references person(id);
alter table rights_task add constraint rights_task_person_id_fkey foreign key (person_id) references person(id);
alter table rights_task add constraint rights_task_request_id_fkey foreign key (request_id) references rights_request(id);
alter table signing_key add constraint signing_key_partner foreign key (partner_id) references partner(id);
alter table subject add constraint subject_person_id_fkey foreign key (person_id) references person(id);
alter table subscription add constraint subscription_partner_id_fkey foreign key (partner_id) references partner(id);
alter table ticket add constraint ticket_partner_id_fkey foreign key (partner_id) references partner(id);

revoke execute on function ledger_line(seq bigint, ts timestamp with time zone, kind text, source text, message text, commitment bytea) from public;
revoke execute on function sequence_leaves(most integer) from public;

grant usage on schema public to public;
grant usage on schema public to jisr_app;
grant delete, insert, select, update on assertion to jisr_app;
grant delete, insert, select, update on attempt to jisr_app;
grant insert, select on audit to jisr_app;
grant insert, select on authorization_event to jisr_app;
grant delete, insert, maintain, select, update on blocked_key to jisr_app;
grant delete, insert, select, update on capacity to jisr_app;
grant delete, insert, select, update on capacity_week to jisr_app;
grant delete, insert, select, update on case_file to jisr_app;
grant insert, select on checkpoint to jisr_app;
grant delete, insert, select, update on client to jisr_app;
grant delete, insert, select, update on delivery to jisr_app;
grant insert, select on disclosure to jisr_app;
grant delete, insert, select, update on document to jisr_app;
grant delete, insert, select, update on document_row to jisr_app;
grant insert, select on event to jisr_app;
grant delete, insert, select, update on gateway_key to jisr_app;
grant delete, insert, select, update on handed_out to jisr_app;
grant delete, insert, select, update on idempotency to jisr_app;
grant delete, insert, select, update on import to jisr_app;
grant delete, insert, select, update on import_row to jisr_app;
grant delete, insert, select, update on inbox to jisr_app;
grant delete, insert, select, update on inquiry to jisr_app;
grant delete, insert, select, update on invitation to jisr_app;
grant delete, insert, select, update on lane to jisr_app;
grant select on ledger to jisr_app;
grant insert, select on ledger_evidence to jisr_app;
grant insert, select on ledger_leaf to jisr_app;
grant insert, select on ledger_node to jisr_app;
grant select on migration to jisr_app;
grant delete, insert, select on not_admitted to jisr_app;
grant delete, insert, maintain, select, update on own_key to jisr_app;
grant delete, insert, select, update on pairwise to jisr_app;
grant delete, insert, select, update on parcel to jisr_app;
grant delete, insert, select, update on parcel_row to jisr_app;
grant delete, insert, select, update on partner to jisr_app;
grant delete, insert, maintain, select, update on person to jisr_app;
grant delete, insert, select, update on person_identifier to jisr_app;
grant delete, insert, select, update on person_link to jisr_app;
grant delete, insert, select, update on person_source to jisr_app;
grant delete, insert, select, update on poll_cursor to jisr_app;
grant delete, insert, select, update on quarantine to jisr_app;
grant delete, insert, select, update on question to jisr_app;
grant insert, select on record to jisr_app;
grant insert, select, update on retention_run to jisr_app;
grant insert, select, update on rights_request to jisr_app;
grant insert, select, update on rights_task to jisr_app;
grant delete, insert, select, update on seen to jisr_app;
grant delete, insert, select, update on signing_key to jisr_app;
grant delete, insert, select, update on subject to jisr_app;
grant delete, insert, select, update on subscription to jisr_app;
grant delete, insert, select, update on ticket to jisr_app;
grant delete, insert, select, update on transport_copy to jisr_app;
grant insert, select, update on wrapping_key to jisr_app;
grant select, usage on sequence audit_id_seq to jisr_app;
grant select, usage on sequence authorization_event_id_seq to jisr_app;
grant select, usage on sequence delivery_position to jisr_app;
grant select, usage on sequence disclosure_id_seq to jisr_app;
grant select, usage on sequence lane_id_seq to jisr_app;
grant select, usage on sequence subscription_id_seq to jisr_app;
grant execute on function sequence_leaves(most integer) to jisr_app;
