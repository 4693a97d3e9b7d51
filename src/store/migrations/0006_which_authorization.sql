-- Which authorisation a placement's event moves depends on the employer at the time it took effect, and late facts may change that. What was said stays:
-- the last row of an authorisation and an event tells whether it counts there.
alter table authorization_event drop constraint authorization_event_pkey;
alter table authorization_event add column id bigint generated always as identity primary key, add column counts boolean not null default true;
create index authorization_event_links on authorization_event (authorization_id, event_id, id);
create index authorization_event_event on authorization_event (event_id);
grant usage, select on all sequences in schema public to jisr_app;
