-- Who, what, when and why. Acts of before, where nobody was asked why, say so.
update audit set reason = 'nobody was asked why when this was done' where reason is null or reason !~ '\S';
alter table audit alter column reason set not null, add constraint audit_reason_given check (reason ~ '\S');
