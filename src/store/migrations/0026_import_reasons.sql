-- Why a row or a file was refused, as what was said and what stands in its gaps: so that it can be told in the language of whoever reads it.
-- What was refused before this keeps its English text and has none of it.

alter table import_row add column said jsonb;
alter table import add column problem_said jsonb;
