-- What is done page by page finds its next page by an index: whole messages past their time, and what is stopped at one partner.

create index inbox_whole on inbox (received_at) where wrapped_key is not null and state <> 'received';
create index delivery_stopped on delivery (partner_id, position) where state in ('parked', 'held', 'dead');
