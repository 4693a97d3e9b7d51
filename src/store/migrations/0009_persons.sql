-- What becomes of a person's data in the end: blocked (her key is put where no ordinary statement looks), then erased (her key is gone).

alter table person add column blocked_at timestamptz;
alter table person add constraint person_gone_without_key check (coalesce(erased_at, blocked_at) is null or wrapped_key is null);
-- A histogram of this column would keep copies of keys in the catalogue after they are destroyed.
alter table person alter column wrapped_key set statistics 0;
create index person_gone on person (id) where wrapped_key is null;

create index lane_about on lane (about_id);
create index pairwise_about on pairwise (about_id);
create index person_link_other on person_link (other_id);

create table blocked_key (
  id           uuid primary key references person,
  wrapped_key  bytea not null,
  rule         text not null,
  -- Erased after this day; null while nobody can say (a death, a claim in court).
  until        date,
  blocked_at   timestamptz not null
);
alter table blocked_key alter column wrapped_key set statistics 0;

grant select, insert, update, delete on blocked_key to jisr_app;
-- To rewrite these tables, so that the bytes of a destroyed key leave the files. Before PostgreSQL 17 only the owner can: the daily jisr migrate does.
do $$ begin
  if current_setting('server_version_num')::int >= 170000 then execute 'grant maintain on person, blocked_key to jisr_app'; end if;
end $$;

-- What people ask for by right, and who has to be told of it because he was given the data.

alter table person add column objected_at timestamptz;

create table rights_request (
  id          uuid primary key,
  person_id   uuid not null references person,
  kind        text not null,
  law         text not null,
  asked_on    date not null,
  due_on      date not null,
  rule        text not null,
  -- What is to be mended or what she objects to, in her words: sealed under her key.
  body        bytea,
  state       text not null default 'open',
  -- What came of it: erased, blocked, restricted, objected, or null where a person answers.
  outcome     text,
  opened_by   text not null,
  opened_at   timestamptz not null,
  settled_at  timestamptz,
  settled_by  text,
  settlement  text,
  constraint rights_request_kind check (kind in ('access', 'rectification', 'erasure', 'objection')),
  constraint rights_request_state check (state in ('open', 'answered', 'refused')),
  constraint rights_request_outcome check (outcome in ('erased', 'blocked', 'restricted', 'objected'))
);
create index rights_request_open on rights_request (due_on) where state = 'open';
create index rights_request_person on rights_request (person_id);

-- One for each partner that was given her data. A partner knows her by what it was sent: its deliveries, since ids and names may be gone.
create table rights_task (
  id          uuid primary key,
  request_id  uuid not null references rights_request,
  person_id   uuid not null references person,
  partner_id  text not null,
  classes     text[] not null,
  deliveries  text[] not null,
  due_on      date not null,
  state       text not null default 'open',
  settled_at  timestamptz,
  settled_by  text,
  answer      text,
  constraint rights_task_once unique (request_id, person_id, partner_id),
  constraint rights_task_state check (state in ('open', 'told'))
);
create index rights_task_open on rights_task (due_on) where state = 'open';

grant select, insert, update on rights_request, rights_task to jisr_app;

-- Each day's look at what is due, once.
create table retention_run (
  day          date primary key,
  blocked      int not null,
  erased       int not null,
  forgotten    int not null,
  finished_at  timestamptz not null
);
grant select, insert, update on retention_run to jisr_app;

-- For a new master key, which wraps these too.
create index document_row_wrapped on document_row (id) where wrapped_key is not null;
