-- Events that have waited long for another are looked for every hour: few records have any.

create index subject_waiting on subject (id) where waiting <> '{}';
