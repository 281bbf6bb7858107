-- A page of one kind of operation: without it, one that is seldom is looked for in all of them.

create index operations_type_id on operations (type, id);
