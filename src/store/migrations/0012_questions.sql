-- Questions that administrations ask, each under the key of whom it is about: what is kept whole of an inquiry is about nobody.

create table question (
  id          uuid primary key,
  inquiry_id  uuid not null references inquiry,
  row         int not null,
  -- Null: nobody is known for it, and it stands under a key of its own.
  person_id   uuid references person,
  wrapped_key bytea,
  -- The question and, once it was given, its answer.
  body        bytea not null,
  constraint question_once unique (inquiry_id, row),
  constraint question_one_key check (person_id is null or wrapped_key is null)
);
create index question_wrapped on question (id) where wrapped_key is not null;
-- As for the other tables of keys: no statistics of them, and whoever erases may rewrite those that are small.
alter table question alter column wrapped_key set statistics 0;
alter table inbox alter column wrapped_key set statistics 0;
alter table document_row alter column wrapped_key set statistics 0;
do $$ begin
  if current_setting('server_version_num')::int >= 170000 then execute 'grant maintain on question, inbox to jisr_app'; end if;
end $$;

-- What was kept whole goes with its key; that it was asked stays. Whoever still waits for such an answer asks again under another id.
update inquiry set body = ''::bytea;
alter table inquiry drop column wrapped_key, alter column body drop not null;
update inquiry set body = null;
create index inquiry_kept on inquiry (received_at) where body is not null;

grant select, insert, update, delete on question to jisr_app;
