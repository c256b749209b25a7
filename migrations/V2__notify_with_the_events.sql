-- The notification carries the events themselves when they fit, so that the other replicas need not read them.
--
-- Any role that may connect can notify, so such a notification is signed with a key that only the log's owner can
-- read: nobody else can make replicas deliver what is not in the log.
--
-- append_events also finds the head and its time with one look into the log instead of two.

CREATE TABLE events_notification_key (
    key text NOT NULL
);

COMMENT ON TABLE events_notification_key IS 'One row: signs notifications. Readable by the owner of the log alone.';

INSERT INTO events_notification_key VALUES (gen_random_uuid()::text || gen_random_uuid()::text);


DROP FUNCTION append_events(uuid, text[], text[], text[], text[]);

-- Appends a batch: dense ids in commit order, one NOTIFY with the new head. Element i of each array belongs
-- to event i; the events get first_id, first_id + 1, …
--
-- inline_events: the same events in the form in which the notification carries them after the new head, a
-- signature, first_id and appended_at in microseconds since 1970; null when they don't fit into its 8000 bytes.
--
-- Call it as one autocommit statement: the order lock is then held for the length of this call and its
-- commit, never across a client's round trip. Whoever holds the lock sees every earlier append, because
-- locks are released after commit and each statement of a READ COMMITTED function takes a new snapshot.
CREATE FUNCTION append_events(
    token         uuid,
    event_names   text[],
    payloads      text[],
    sources       text[],
    metadatas     text[],
    inline_events text DEFAULT NULL,
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
    signed    text;
    signature text;
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

    IF inline_events IS NULL THEN
        PERFORM pg_notify('eventhandler', new_head::text);
    ELSE
        signed := first_id || ' ' || (extract(epoch FROM appended_at) * 1000000)::bigint || ' ' || inline_events;
        SELECT encode(sha256(convert_to(key || signed || key, 'UTF8')), 'hex') INTO signature
        FROM events_notification_key;
        PERFORM pg_notify('eventhandler', new_head || ' ' || signature || ' ' || signed);
    END IF;
END
$$;
