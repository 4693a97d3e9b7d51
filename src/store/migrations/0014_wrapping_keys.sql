-- Where a key service (KMS) holds the master key: the keys that it wraps for us, each unwrapped once at a start. They wrap the data keys.

create table wrapping_key (
  -- Names the key, as it stands in what it wraps; tells nothing about it.
  id         text primary key,
  -- As the service gave it. Nobody but the service can open it.
  wrapped    text not null,
  state      text not null,
  made_at    timestamptz not null default now(),
  constraint wrapping_key_state check (state in ('next', 'current', 'former')),
  constraint wrapping_key_id check (id ~ '^[0-9a-f]{16}$')
);
-- One current, and one that every process knows before it becomes that.
create unique index wrapping_key_one on wrapping_key (state) where state <> 'former';

grant select, insert, update on wrapping_key to jisr_app;
