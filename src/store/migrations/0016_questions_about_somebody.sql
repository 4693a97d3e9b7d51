-- What was asked about somebody is found by her, for her evidence file: a question's row is about no event and no delivery.

create index document_row_person on document_row (person_id) where about is null and person_id is not null;
