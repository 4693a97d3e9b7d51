-- A case may be about one delivery: an event that the receiver of a stream refused.

alter table case_file add column delivery_id text;
create index case_file_delivery on case_file (delivery_id) where state = 'open' and delivery_id is not null;
