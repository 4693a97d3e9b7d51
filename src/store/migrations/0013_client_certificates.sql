-- The certificates that a client must show to the proxy in front of us (RFC 8705), each by its SHA-256 in base64url; empty: none is asked for.
alter table client add column certificates text[] not null default '{}',
  add constraint client_certificates check (array_to_string(certificates, ' ') ~ '^([A-Za-z0-9_-]{43}( |$))*$');
