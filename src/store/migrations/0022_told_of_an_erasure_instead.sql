-- What a partner was to be told of somebody who was erased meanwhile cannot be told any more: it is told of the erasure.

alter table rights_task drop constraint rights_task_state;
alter table rights_task add constraint rights_task_state check (state in ('open', 'told', 'superseded'));
