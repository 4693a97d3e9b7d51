-- A partner that promised row answers gives them by a deadline, in campaign time, or somebody hears of it: first that it is near, then that it has passed.

alter table ticket add column warn_at timestamptz, add column warned_at timestamptz, add column overdue_at timestamptz;
update ticket set deadline_at = opened_at + interval '1 month', warn_at = opened_at + interval '20 days' where deadline_at is null;
alter table ticket alter column deadline_at set not null, alter column warn_at set not null;
alter table ticket add constraint ticket_warned_before check (warn_at <= deadline_at);

drop index ticket_due;
create index ticket_due on ticket (due_at) where state in ('open', 'overdue');
create index ticket_deadline on ticket (deadline_at) where state = 'open';
