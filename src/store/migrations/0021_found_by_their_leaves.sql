-- A leaf of the log finds the row of a document that it commits to, and a person the acts about her, without reading either table from end to end.

create unique index document_row_id on document_row (id);
create index audit_about on audit (about);
