-- One-time tokens with which a client registers itself (RFC 7591): what it will be was decided when it was invited. The token is kept as its hash.

create table invitation (
  hash         bytea primary key,
  client_id    text not null,
  name         text not null,
  role         text not null,
  issuer       text not null,
  scopes       text[] not null,
  event_types  text[] not null,
  agency       text,
  employer     text,
  legacy_aud   boolean not null,
  invited_by   text not null,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  used_at      timestamptz
);
create index invitation_expires_at on invitation (expires_at);
grant select, insert, update, delete on invitation to jisr_app;
