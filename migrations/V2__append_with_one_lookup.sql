-- append_events finds the head and its time with one look into the log instead of two.

CREATE OR REPLACE FUNCTION append_events(
    token       uuid,
    event_names text[],
    payloads    text[],
    sources     text[],
    metadatas   text[],
    OUT first_id    bigint,
    OUT appended_at timestamptz)
    LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    count     int := cardinality(event_names);
    hint      bigint;
    head      bigint;
    new_head  bigint;
    last_time timestamptz;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append_events needs READ COMMITTED, not %', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state';
    END IF;

    PERFORM pg_advisory_xact_lock(7305806, 1);

    SELECT last_value INTO hint FROM events_head_hint;
    SELECT e.id, e.created_at INTO head, last_time FROM events e WHERE e.id >= hint ORDER BY e.id DESC LIMIT 1;
    IF head IS NULL THEN -- the log is empty, or an aborted batch left the hint ahead
        head := events_head();
        SELECT e.created_at INTO last_time FROM events e WHERE e.id = head;
    END IF;
    first_id := head + 1;
    new_head := head + count;
    appended_at := greatest(clock_timestamp(), last_time);

    IF head = 0 OR new_head / events_partition_size() > head / events_partition_size() THEN
        PERFORM create_events_partition(first_id);
        PERFORM create_events_partition(new_head);
    END IF;

    PERFORM setval('events_head_hint', new_head);
    INSERT INTO events (id, event_name, payload, created_at, source, metadata, append_token)
    SELECT head + n, event_name, payload::jsonb, appended_at, source, metadata::jsonb,
           CASE WHEN n = 1 THEN token END
    FROM unnest(event_names, payloads, sources, metadatas) WITH ORDINALITY
         AS batch (event_name, payload, source, metadata, n);

    PERFORM pg_notify('eventhandler', new_head::text);
END
$$;
