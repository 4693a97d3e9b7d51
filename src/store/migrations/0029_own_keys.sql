-- The keys of what is kept under a key of its own (a message, a question, a row of nobody) stand in a table of their own, which is small: what took them out of the data files rewrote
-- the inbox before, and nobody could receive meanwhile. Of rows they had stayed in the files.

create table own_key (
  id uuid constraint own_key_pkey primary key,
  of text not null constraint own_key_of check (of in ('message', 'question', 'row')),
  wrapped_key bytea not null
);
alter table own_key alter column wrapped_key set statistics 0;
create index own_key_by_kind on own_key (of, id);
grant select, insert, update, delete on own_key to jisr_app;

insert into own_key (id, of, wrapped_key)
  select id, 'message', wrapped_key from inbox where wrapped_key is not null
  union all select id, 'question', wrapped_key from question where wrapped_key is not null
  union all select id, 'row', wrapped_key from document_row where wrapped_key is not null;

do $$ begin
  if current_setting('server_version_num')::int >= 170000 then execute 'revoke maintain on question, inbox from jisr_app'; end if;
end $$;
drop index inbox_whole;
alter table inbox drop column wrapped_key;
alter table question drop column wrapped_key;
alter table document_row drop column wrapped_key;

-- Written anew, this once: a column that is dropped leaves its bytes in every row, and rows that were changed leave theirs in the pages.
alter table inbox alter column body type bytea using body || ''::bytea;
alter table question alter column body type bytea using body || ''::bytea;
alter table document_row alter column body type bytea using body || ''::bytea;
