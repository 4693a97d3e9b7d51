-- A delivery changes its state three times, and each time every index gets an entry: two that others can stand in for are gone.
alter table delivery drop constraint delivery_once;
alter table delivery add constraint delivery_once unique (event_id, partner_id, version);
drop index delivery_event;
drop index delivery_in_flight;
drop index delivery_leased;
create index delivery_leased on delivery (partner_id, lease_until) where state in ('dispatched', 'sending', 'unknown');
