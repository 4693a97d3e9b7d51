-- What a partner wrote in its refusal may name the person: it is sealed under her key (the gateway's for an offer), and `reason` is a text of ours.

alter table delivery add column reason_sealed bytea;
-- From before: these words stand in clear and cannot be sealed by the database. A person's own settlement stays, its text is an operator's.
update delivery d set reason = 'the words of the partner were not kept'
where state = 'refused' and reason is not null and not exists (select from audit a where a.about = d.id and a.action = 'delivery.refused');
